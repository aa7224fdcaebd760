"""What the strange clips are made of: the same surfaces and things as the renderer's own clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.backgrounds import Background, paint_background
from videomae_demo.training.render.cutouts import make_cutout
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.outlines import CUTOUTS
from videomae_demo.training.render.records import Track
from videomae_demo.training.render.scenery import Size
from videomae_demo.training.render.sprites import Sprite, paste
from videomae_demo.training.render.world_scenes import Materials, paint_place
from videomae_demo.training.render.worlds import WORLDS


@dataclass(frozen=True)
class Place:
    """Where a clip is set: how to paint there, and for how long."""

    draws: Draws
    """The clip's choices."""
    world: str
    """A key of `WORLDS`."""
    size: Size
    """Height and width in pixels."""
    times: np.ndarray
    """(T,) in [0, 1]."""

    @property
    def short(self) -> int:
        """The short side in pixels."""
        return min(self.size)

    def paint(self, enlarged: float = 1.0) -> Background:
        """A new picture of this world, larger than the frame by this factor."""
        height, width = (round(side * enlarged) for side in self.size)
        if WORLDS[self.world].surface is None:
            return paint_background(self.draws, height, width, floor=self.draws.uniform(0.1, 0.4), place_share=0.3)
        return paint_place(self.draws, (height, width), self._materials())

    def furnished(self, enlarged: float = 1.0) -> np.ndarray:
        """(H, W, 3) uint8: a new picture with a few things standing about."""
        background = self.paint(enlarged)
        for _ in range(self.draws.integer(2, 6)):
            x, y = self.draws.uniform(-0.6, 0.6), self.draws.uniform(-0.45, 0.45)
            paste(background.rgb, self.thing(background, 0.05, 0.18), x, y, 1.0, self.draws.uniform(0, 6.3), 1.0)
        return background.rgb

    def thing(self, background: Background, smallest: float, largest: float) -> Sprite:
        """A thing with a radius between these, in short sides, any outline, any of this world's surfaces."""
        radius = smallest * (largest / smallest) ** self.draws.uniform(0, 1)
        surface = None if WORLDS[self.world].surface is None else self._materials().pick(self.draws)
        behind = background.tones[1]
        return make_cutout(self.draws, self.draws.pick(CUTOUTS), radius, self.short, surface, behind, least=0.2)

    def _materials(self) -> Materials:
        own = WORLDS[self.world].surface
        assert own is not None  # the studio paints otherwise
        others = tuple(world.surface for name, world in WORLDS.items() if world.surface and name != self.world)
        return Materials(own, others)


def lay(frames: np.ndarray, sprite: Sprite, track: Track) -> None:
    """Lay a thing onto every frame, in place."""
    columns = (track.x, track.y, track.scale, track.angle, track.opacity)
    for frame, *place in zip(frames, *columns, strict=True):
        paste(frame, sprite, *place)


def restless(draws: Draws, times: np.ndarray, reach: float, slowest: float, fastest: float) -> np.ndarray:
    """(T,) to and fro without a beat: swings of three unrelated rates, in cycles a clip, together within reach."""
    rates = np.sort(draws.rng.uniform(slowest, fastest, 3))
    swings = np.sin(2 * np.pi * (rates[:, None] * times + draws.rng.random((3, 1))))
    return reach * (np.array([0.45, 0.3, 0.25]) @ swings)
