"""The sample clips on the page: all drawn by this project, free to use.

The files lie in ``assets/clips``; ``python -m videomae_demo render samples`` draws them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..settings import ASSETS
from ..words import later

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
    Sample("boat", later("Sailing boat"), "move left"),
    Sample("car", later("Little car"), "move right"),
    Sample("wave", later("Hello!"), "wave"),
    Sample("door", later("At the door"), "open a door"),
    Sample("pinwheel", later("Pinwheel"), "rotate clockwise"),
    Sample("windmill", later("Windmill"), "rotate counter-clockwise"),
    Sample("chair", later("Take a seat"), "sit down"),
    Sample("kick", later("Football"), "kick a ball"),
    Sample("star", later("Paper star"), "grow"),
    Sample("beach-ball", later("Beach ball"), "shrink"),
    Sample("throw", later("Ball game"), "throw"),
    Sample("box", later("Heavy box"), "lift a box"),
    Sample("bounce", later("Bouncing ball"), "bounce"),
    Sample("balloon", later("Balloon"), "move up"),
    Sample("walk", later("In the park"), "walk right"),
    Sample("still-life", later("Still life"), "hold still"),
)
"""In the order of the page; each pair of neighbours makes a point of its own."""
