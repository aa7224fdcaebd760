"""What is behind: patterns and simple places. Each is (H, W, 3) uint8 with the colour that movers stand out from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from videomae_demo.training.render.colours import Tones, hsv, mix, shade, soft_colour
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.textures import (  # fmt: skip
    Share,
    checker,
    clouds,
    dots,
    gradient,
    grid,
    plaid,
    plain,
    rings,
    smooth_noise,
    soft_edge,
    spiral,
    stripes,
    two_tone,
    zigzag,
)

Painter = Callable[[Draws, int, int, float], np.ndarray]
"""(draws, height, width, floor) -> (H, W, 3) float32; the floor line is `floor` short sides below the middle."""


@dataclass(frozen=True)
class Background:
    """A picture to draw on."""

    rgb: np.ndarray
    """(H, W, 3) uint8."""
    tones: Tones
    """Its dark, middle and light luminances: what is drawn on it has to stand out from all three."""


def _pattern(share: Share) -> Painter:
    def paint(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
        u, v = grid(height, width)
        first = soft_colour(draws)
        # Close colours: the pattern must not drown the mover.
        second = mix(first, soft_colour(draws), draws.uniform(0.15, 0.55))
        return two_tone(share(draws, u, v), first, second)

    return paint


def grain(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """Clouds at several scales: plaster, grass, gravel."""
    octaves = [smooth_noise(draws, height, width, cells) * weight for cells, weight in ((4, 0.5), (10, 0.3), (24, 0.2))]
    depth = np.sum(octaves, axis=0)
    first = soft_colour(draws)
    return two_tone(depth, first, mix(first, soft_colour(draws), 0.7))


def _horizon(height: int, width: int, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) distance above and below the floor line, in half short sides."""
    _, v = grid(height, width)
    return 2 * floor - v, v - 2 * floor


def room(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """A wall with a picture or a window, a skirting board, a floor."""
    above, below = _horizon(height, width, floor)
    wall, ground = soft_colour(draws), shade(soft_colour(draws), 0.75)
    picture = two_tone(np.clip(above / 3, 0, 1) * 0.25, wall, (255.0, 255.0, 255.0))
    if draws.chance(0.6):
        u, v = grid(height, width)
        x, y = draws.uniform(-1.1, 1.1), draws.uniform(-0.75, -0.35)
        inside = np.minimum(draws.uniform(0.18, 0.34) - np.abs(u - x), draws.uniform(0.15, 0.25) - np.abs(v - y))
        edge = shade(wall, 0.7)
        picture = np.where((inside > 0)[..., None], np.array(edge, np.float32), picture)
        picture = np.where((inside > 0.03)[..., None], np.array(soft_colour(draws), np.float32), picture)
    board = (below > -0.05) & (below <= 0)
    picture = np.where(board[..., None], np.array(shade(wall, 1.4), np.float32), picture)
    boards = two_tone(np.clip(below, 0, 1) * 0.5, ground, shade(ground, 0.7))
    return np.where((below > 0)[..., None], boards, picture)


def park(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """Sky, hills, grass."""
    above, below = _horizon(height, width, floor)
    u, _ = grid(height, width)
    sky = hsv(draws.uniform(0.5, 0.62), draws.uniform(0.12, 0.5), draws.uniform(0.75, 1.0))
    grass = hsv(draws.uniform(0.2, 0.4), draws.uniform(0.25, 0.6), draws.uniform(0.4, 0.8))
    picture = two_tone(np.clip(above / 2.2, 0, 1), shade(sky, 1.5), sky)
    for far in (0.5, 0.2):
        peak = draws.uniform(0.15, 0.5) * (0.4 + far)
        ridge = peak * (1 + 0.5 * np.sin(draws.uniform(1, 3) * u + draws.uniform(0, 6)))
        hill = soft_edge(ridge - above, 12)[..., None]
        picture = picture * (1 - hill) + np.array(mix(grass, sky, far), np.float32) * hill
    ground = two_tone(np.clip(below, 0, 1) * 0.7, grass, shade(grass, 0.7))
    return np.where((below > 0)[..., None], ground, picture)


def street(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """A brick or block wall over a pavement."""
    above, below = _horizon(height, width, floor)
    u, _ = grid(height, width)
    brick = soft_colour(draws)
    course = draws.uniform(0.14, 0.3)
    row = np.floor(above / course)
    joint_y = np.abs(above / course - row - 0.5)
    along = u / (2.1 * course) + 0.5 * (row % 2)
    joint_x = np.abs(along - np.floor(along) - 0.5)
    joints = np.maximum(soft_edge(joint_y - 0.43, 14), soft_edge(joint_x - 0.465, 20))
    wall = two_tone(joints * draws.uniform(0.2, 0.6), brick, shade(brick, draws.pick((0.75, 1.5))))
    pavement = soft_colour(draws)
    ground = two_tone(np.clip(below, 0, 1), shade(pavement, 0.9), shade(pavement, 0.65))
    return np.where((below > 0)[..., None], ground, wall)


def shapes_heap(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """Soft discs of near colours, out of focus."""
    first = soft_colour(draws)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = first
    short = min(height, width)
    for _ in range(draws.integer(4, 9)):
        centre = (int(draws.uniform(0, width)), int(draws.uniform(0, height)))
        colour = mix(first, soft_colour(draws), draws.uniform(0.2, 0.8))
        cv2.circle(picture, centre, int(draws.uniform(0.08, 0.3) * short), colour, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), max(0.6, short * draws.uniform(0.01, 0.04)))


def skyline(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """Evening sky, houses as flat blocks, a square in front."""
    above, below = _horizon(height, width, floor)
    u, _ = grid(height, width)
    low, high = hsv(draws.uniform(0.0, 0.12), 0.4, 0.98), hsv(draws.uniform(0.6, 0.85), 0.4, 0.75)
    picture = two_tone(np.clip(above / 1.9, 0, 1), low, high)
    tops = draws.rng.uniform(0.1, 0.75, 24).astype(np.float32)
    block = np.floor((u + 4) * draws.uniform(2.5, 4.5)).astype(int) % 24
    houses = (above < tops[block])[..., None]
    tint = np.array(mix(high, (40.0, 40.0, 60.0), draws.uniform(0.2, 0.6)), np.float32)
    picture = np.where(houses, tint, picture)
    ground = soft_colour(draws)
    return np.where((below > 0)[..., None], two_tone(np.clip(below, 0, 1), ground, shade(ground, 0.7)), picture)


def beach(draws: Draws, height: int, width: int, floor: float) -> np.ndarray:
    """Sky, sea, sand."""
    above, below = _horizon(height, width, floor)
    sky = hsv(draws.uniform(0.48, 0.6), draws.uniform(0.1, 0.35), draws.uniform(0.85, 1.0))
    sea = hsv(draws.uniform(0.48, 0.6), draws.uniform(0.4, 0.7), draws.uniform(0.5, 0.8))
    sand = hsv(draws.uniform(0.08, 0.13), draws.uniform(0.2, 0.4), draws.uniform(0.75, 0.95))
    picture = two_tone(np.clip(above / 2, 0, 1), shade(sky, 1.6), sky)
    picture = np.where((above < draws.uniform(0.2, 0.5))[..., None], np.array(sea, np.float32), picture)
    return np.where((below > 0)[..., None], two_tone(np.clip(below, 0, 1), sand, shade(sand, 0.8)), picture)


PATTERNS: dict[str, tuple[Painter, ...]] = {
    "train": (
        _pattern(plain), _pattern(gradient), _pattern(gradient), _pattern(clouds), _pattern(stripes),
        _pattern(checker), _pattern(dots), _pattern(rings), grain, grain, shapes_heap,
    ),
    "held_out": (_pattern(zigzag), _pattern(plaid), _pattern(spiral), _pattern(gradient)),
}  # fmt: skip

PLACES: dict[str, tuple[Painter, ...]] = {"train": (room, room, park, street), "held_out": (skyline, beach)}
"""Backgrounds with a floor to stand on."""

CALM: tuple[Painter, ...] = (_pattern(plain), _pattern(gradient), _pattern(clouds), room, park)


def paint_background(draws: Draws, height: int, width: int, *, floor: float, place_share: float) -> Background:
    """A background for the frame; `place_share` is how often it is a place with a floor line."""
    if draws.chance(place_share):
        painter = draws.pick(PLACES[draws.style])
    elif draws.style == "train" and draws.chance(1 - draws.difficulty):
        painter = draws.pick(CALM)
    else:
        painter = draws.pick(PATTERNS[draws.style])
    return as_background(painter(draws, height, width, floor))


def as_background(picture: np.ndarray) -> Background:
    """A painted (H, W, 3) picture, values about [0, 255], and its tones."""
    rgb = np.clip(picture, 0, 255).astype(np.uint8)
    thin = max(1, min(rgb.shape[:2]) // 24)
    tones = np.sort((rgb[::thin, ::thin] @ np.array([0.299, 0.587, 0.114]) / 255).ravel())
    dark, middle, light = (float(tones[int(share * len(tones))]) for share in (0.12, 0.5, 0.88))
    return Background(rgb, (dark, middle, light))
