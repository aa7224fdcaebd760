"""Pictures that carry their number, so that decoded pixels tell which frame they are, upright and in its colours."""

from __future__ import annotations

import numpy as np

GRID = (4, 5)
"""Rows and columns of blocks: 12 bits of the number, 8 bits of a check sum, most significant first."""

ONE = (235, 235, 40)
ZERO = (20, 20, 150)

SIZE = (80, 64)
"""(width, height) in pixels of most clips."""


def burn(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(height, width, 3) uint8: the picture of frame ``number``.

    >>> read_number(burn(1234))
    1234
    >>> read_number(burn(1234)[::-1, ::-1]) is None  # upside down
    True
    """
    width, height = size
    bits = np.array([_word(number) >> place & 1 for place in reversed(range(20))]).reshape(GRID)
    rows = np.arange(height) * GRID[0] // height
    columns = np.arange(width) * GRID[1] // width
    return np.where(bits[rows][:, columns, None], np.array(ONE, np.uint8), np.array(ZERO, np.uint8))


def read_number(rgb: np.ndarray) -> int | None:
    """The number burnt into a decoded picture; None if the picture is not upright, not whole or not in its colours."""
    height, width = rgb.shape[:2]
    centres = [
        [
            rgb[int((row + 0.3) * height / GRID[0]) : max(1, int((row + 0.7) * height / GRID[0]))][
                :, int((column + 0.3) * width / GRID[1]) : max(1, int((column + 0.7) * width / GRID[1]))
            ].mean(axis=(0, 1))
            for column in range(GRID[1])
        ]
        for row in range(GRID[0])
    ]
    red, green, blue = np.array(centres).reshape(-1, 3).T
    ones = red + green > 255
    if not ((red > blue + 40) == ones).all() or not ((blue > red + 40) == ~ones).all():
        return None
    word = int("".join("1" if one else "0" for one in ones), 2)
    return word >> 8 if _word(word >> 8) == word else None


def _word(number: int) -> int:
    return number << 8 | (number * 37 + 11) % 251
