"""Flat pieces that figures and props are made of, and drawing them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour

_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Part:
    """A convex piece of one colour, over time."""

    points: np.ndarray
    """(T, K, 2) corners, or (1, K, 2) of a piece that stays where it is."""
    colour: Colour
    moving: bool = True
    """Whether it is the actor's, or moved by the actor: a chair is not."""


def capsule(
    start: np.ndarray, end: np.ndarray, start_radius: float | np.ndarray, end_radius: float | np.ndarray
) -> np.ndarray:
    """(T, 18, 2) outline of a limb from (T, 2) to (T, 2), round at both ends; radii that change are (T, 1, 1)."""
    way = end - start
    heading = np.arctan2(way[:, 1], way[:, 0])[:, None]
    half = np.linspace(-np.pi / 2, np.pi / 2, 9)
    tip, tail = heading + half, heading + half + np.pi
    round_end = end[:, None] + end_radius * np.stack([np.cos(tip), np.sin(tip)], axis=-1)
    round_start = start[:, None] + start_radius * np.stack([np.cos(tail), np.sin(tail)], axis=-1)
    return np.concatenate([round_end, round_start], axis=1)


def disc(centre: np.ndarray, radius: float, corners: int = 28) -> np.ndarray:
    """(T, corners, 2) a circle about (T, 2)."""
    turn = 2 * np.pi * np.arange(corners) / corners
    return centre[:, None] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=-1)


def cap(centre: np.ndarray, radius: float, up: np.ndarray, cover: float) -> np.ndarray:
    """(T, 20, 2) the part of a circle within `cover` radians of the direction `up`, (T,): hair, a hat."""
    turn = up[:, None] + np.linspace(-cover, cover, 20)
    return centre[:, None] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=-1)


def fixed(times: np.ndarray, *corners: tuple[float, float]) -> np.ndarray:
    """(T, K, 2) corners that stay where they are."""
    return np.repeat(np.array(corners, dtype=float)[None], len(times), axis=0)


def draw_parts(
    frames: np.ndarray, parts: list[Part], origin: tuple[float, float], stretch: tuple[float, float]
) -> None:
    """Draw the parts onto (T, H, W, 3) frames, in order.

    Args:
        frames: drawn on, in place.
        parts: with T frames or one.
        origin: where their (0, 0) goes, in short sides from the middle.
        stretch: short sides per unit of x and of y; a negative x looks the other way.
    """
    height, width = frames.shape[1:3]
    short = min(height, width)
    scale = np.array(stretch) * short * 2**_SUBPIXEL_BITS
    offset = (np.array(origin) * short + ((width - 1) / 2, (height - 1) / 2)) * 2**_SUBPIXEL_BITS
    corners = [np.round(part.points * scale + offset).astype(np.int32) for part in parts]
    for t, frame in enumerate(frames):
        for part, places in zip(parts, corners, strict=True):
            place = places[t] if len(places) > 1 else places[0]
            cv2.fillConvexPoly(frame, place, part.colour, cv2.LINE_AA, _SUBPIXEL_BITS)
