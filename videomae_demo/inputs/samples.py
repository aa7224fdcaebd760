"""The sample clips on the page: all drawn by this project, free to use.

The files lie in ``assets/clips``; ``python -m videomae_demo render samples`` draws them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..settings import ASSETS

CLIPS_DIR = ASSETS / "clips"


@dataclass(frozen=True)
class Sample:
    """One clip to click on."""

    name: str
    """Of its files, without the ending."""
    title: str
    """What a visitor reads under its picture."""
    label: str
    """What the bundled model should answer."""

    @property
    def path(self) -> Path:
        """The clip: H.264, 640 x 480, 24 frames a second."""
        return CLIPS_DIR / f"{self.name}.mp4"

    @property
    def thumbnail(self) -> Path:
        """Its picture: WebP, 320 x 240."""
        return CLIPS_DIR / f"{self.name}.webp"


SAMPLES: tuple[Sample, ...] = (
    Sample("boat", "Sailing boat", "move left"),
    Sample("car", "Little car", "move right"),
    Sample("wave", "Hello!", "wave"),
    Sample("door", "At the door", "open a door"),
    Sample("pinwheel", "Pinwheel", "rotate clockwise"),
    Sample("windmill", "Windmill", "rotate counter-clockwise"),
    Sample("chair", "Take a seat", "sit down"),
    Sample("kick", "Football", "kick a ball"),
    Sample("star", "Paper star", "grow"),
    Sample("beach-ball", "Beach ball", "shrink"),
    Sample("throw", "Ball game", "throw"),
    Sample("box", "Heavy box", "lift a box"),
    Sample("bounce", "Bouncing ball", "bounce"),
    Sample("balloon", "Balloon", "move up"),
    Sample("walk", "In the park", "walk right"),
    Sample("still-life", "Still life", "hold still"),
)
"""In the order of the page; each pair of neighbours makes a point of its own."""
