"""What surfaces are made of: random fields with the statistics of nature, and colouring them.

A field is (H, W) float32 in [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, any_colour, mix, soft_colour
from videomae_demo.training.render.draws import Draws

_SIDE = 128
"""Fields are made at this power of two, which a Fourier transform is fast at, and resized."""


def _frequencies() -> tuple[np.ndarray, np.ndarray]:
    """(S, S/2 + 1) cycles per picture, down and across."""
    return np.meshgrid(np.fft.fftfreq(_SIDE) * _SIDE, np.fft.rfftfreq(_SIDE) * _SIDE, indexing="ij")


_DOWN, _ACROSS = (axis.astype(np.float32) for axis in _frequencies())


def power_law(
    draws: Draws, height: int, width: int, *, exponent: float = 1.0, stretch: float = 1.0, lowest: float = 1.0
) -> np.ndarray:
    """Noise whose amplitude falls as 1 / frequency^exponent; photographs of nature have exponents near 1.

    Args:
        draws: the clip's choices.
        height: of the field; `width` likewise.
        width: see height.
        exponent: 0 is white, 2 is soft clouds.
        stretch: above 1 draws it out along x: grain of wood, ripples.
        lowest: frequencies below this many cycles a picture are no stronger than it.
    """
    radius = np.maximum(np.hypot(_ACROSS * stretch, _DOWN), lowest)
    spectrum = radius ** np.float32(-exponent)
    spectrum[0, 0] = 0
    phase = draws.rng.random(spectrum.shape, dtype=np.float32) * np.float32(2 * np.pi)
    field = np.fft.irfft2(spectrum * np.exp(1j * phase), s=(_SIDE, _SIDE)).astype(np.float32)
    field = 0.5 + field * (0.2 / max(float(field.std()), 1e-9))
    short = _SIDE * min(height, width) / max(height, width)
    # The frame's own aspect is cut out of the square, so that the grain has one scale both ways.
    rows, columns = (short, _SIDE) if height < width else (_SIDE, short)
    return np.clip(cv2.resize(field[: round(rows), : round(columns)], (width, height)), 0, 1)


def warped(field: np.ndarray, x: np.ndarray, y: np.ndarray, strength: float) -> np.ndarray:
    """The field read at places displaced by two other fields.

    Args:
        field: what is displaced.
        x: displacement across, 0.5 is none; `y` down.
        y: see x.
        strength: share of the short side that the fields' full range stands for.
    """
    height, width = field.shape
    reach = np.float32(strength * min(height, width))
    columns = np.arange(width, dtype=np.float32) + (x - 0.5) * reach
    rows = np.arange(height, dtype=np.float32)[:, None] + (y - 0.5) * reach
    return cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def coloured(field: np.ndarray, colours: list[Colour]) -> np.ndarray:
    """(H, W, 3) float32 in [0, 255]: the field's values looked up along a ramp of at least two colours."""
    stops = np.array(colours, np.float32)
    ramp = cv2.resize(stops[None], (256, 1), interpolation=cv2.INTER_LINEAR)[0]
    return ramp[(np.clip(field, 0, 1) * 255).astype(np.uint8)]


def ramp_colours(draws: Draws, count: int) -> list[Colour]:
    """Colours that go together: from one to another, with a little freedom on the way; dark to light or back."""
    first, last = (any_colour(draws), soft_colour(draws))[:: draws.sign()]
    return [mix(mix(first, last, i / (count - 1)), any_colour(draws), draws.uniform(0, 0.3)) for i in range(count)]


def lit(picture: np.ndarray, relief: np.ndarray, strength: float) -> np.ndarray:
    """The surface as light from the upper left shows its relief.

    Args:
        picture: (H, W, 3) float32.
        relief: (H, W) heights.
        strength: of light and shade; 2 is rough bark.
    """
    slope = relief - cv2.blur(np.roll(relief, (1, 1), axis=(0, 1)), (3, 3))
    return picture * (1 + np.clip(slope * strength, -0.6, 0.6))[..., None]
