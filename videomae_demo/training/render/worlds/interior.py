"""Rooms full of made things: shelves, tiles, panels, printed matter; straight edges and writing."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import any_colour, mix, shade, soft_colour
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.worlds.fields import power_law


def paint_interior(draws: Draws, height: int, width: int) -> np.ndarray:
    """One of the four, unevenly lit."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = soft_colour(draws)
    draws.pick((_shelf, _tiles, _panels, _print))(draws, picture, min(height, width))
    uneven = power_law(draws, height, width, exponent=1.8)
    return picture * (1 + draws.uniform(0.1, 0.5) * (uneven - 0.5))[..., None]


def _bar(picture: np.ndarray, left: float, top: float, right: float, bottom: float, colour: tuple) -> None:
    cv2.rectangle(picture, (int(left), int(top)), (int(right), int(bottom)), colour, -1)


def _shelf(draws: Draws, picture: np.ndarray, short: int) -> None:
    """Books and boxes on boards."""
    height, width = picture.shape[:2]
    spacing = draws.uniform(0.2, 0.42) * short
    board = shade(soft_colour(draws), 0.7)
    bottom = draws.uniform(0.3, 1.0) * spacing
    while bottom < height + spacing:
        x = draws.uniform(-0.1, 0.0) * short
        while x < width:
            thick = draws.uniform(0.03, 0.14) * short
            top = bottom - spacing * draws.uniform(0.45, 0.92)
            colour = any_colour(draws)
            _bar(picture, x, top, x + thick, bottom, colour)
            _bar(picture, x, top, x + max(1, 0.15 * thick), bottom, shade(colour, 0.6))
            if draws.chance(0.5):
                level = top + (bottom - top) * draws.uniform(0.15, 0.6)
                _bar(picture, x, level, x + thick, level + 0.03 * short, shade(colour, 1.6))
            x += thick + (draws.uniform(0, 0.1) * short if draws.chance(0.2) else 0)
        _bar(picture, 0, bottom, width, bottom + 0.03 * short, board)
        bottom += spacing


def _tiles(draws: Draws, picture: np.ndarray, short: int) -> None:
    """Tiles of a few glazes."""
    height, width = picture.shape[:2]
    glazes = [any_colour(draws) for _ in range(draws.integer(2, 4))]
    side, long = draws.uniform(0.07, 0.22) * short, draws.pick((1.0, 1.0, 2.0))
    for row in range(int(height / side) + 1):
        offset = (row % 2) * 0.5 * side * long if long > 1 else 0.0
        for column in range(-1, int(width / (side * long)) + 1):
            x, y = column * side * long + offset, row * side
            colour = mix(draws.pick(glazes), any_colour(draws), draws.uniform(0, 0.15))
            _bar(picture, x + 1, y + 1, x + side * long - 1, y + side - 1, colour)


def _panels(draws: Draws, picture: np.ndarray, short: int) -> None:
    """Doors, cupboards, frames: rectangles within rectangles."""
    height, width = picture.shape[:2]
    for _ in range(draws.integer(5, 14)):
        w, h = draws.uniform(0.08, 0.5) * short, draws.uniform(0.08, 0.6) * short
        x, y = draws.uniform(-0.5 * w, width - 0.5 * w), draws.uniform(-0.5 * h, height - 0.5 * h)
        colour = any_colour(draws)
        for inset, factor in ((0, 0.5), (0.012, 1.0), (0.045, 0.7), (0.055, 1.15)):
            edge = inset * short
            if w > 2 * edge and h > 2 * edge:
                _bar(picture, x + edge, y + edge, x + w - edge, y + h - edge, shade(colour, factor))


def _print(draws: Draws, picture: np.ndarray, short: int) -> None:
    """Lines of writing, a headline, pictures."""
    height, width = picture.shape[:2]
    ink = any_colour(draws)
    line = draws.uniform(0.035, 0.09) * short
    y = line
    while y < height:
        x = draws.uniform(0.0, 0.1) * short
        while x < width:
            word = draws.uniform(0.03, 0.18) * short
            strokes = np.arange(x, min(x + word, width), max(2.0, 0.3 * line))
            for stroke in strokes:
                top = y - 0.6 * line * draws.uniform(0.5, 1.0)
                end = (int(stroke + draws.uniform(-0.3, 0.3) * line), int(y))
                cv2.line(picture, (int(stroke), int(top)), end, ink, max(1, int(0.12 * line)))
            x += word + 0.6 * line
        y += line * draws.pick((1.0, 1.0, 1.0, 2.0))
    for _ in range(draws.integer(0, 3)):
        x, y = draws.uniform(0, 0.8) * width, draws.uniform(0, 0.8) * height
        _bar(
            picture, x, y, x + draws.uniform(0.1, 0.35) * short, y + draws.uniform(0.1, 0.3) * short, any_colour(draws)
        )
