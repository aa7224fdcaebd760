"""Nothing moves from here to there, yet everything changes: surfaces that boil, ripple, flow."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.textures import grid
from videomae_demo.training.render.worlds.fields import coloured, power_law, ramp_colours
from videomae_demo.training.unlike.place import Place, restless


def boiling(place: Place) -> np.ndarray:
    """Clouds of colour that turn into other clouds, each spot at its own time."""
    draws, times = place.draws, place.times
    colours = ramp_colours(draws, draws.integer(2, 5))
    exponent = draws.uniform(0.9, 1.9)
    count = draws.integer(3, 7)
    fields = [power_law(draws, *place.size, exponent=exponent) - 0.5 for _ in range(count)]
    phases = draws.rng.random((count, 2)) * (draws.uniform(0.7, 2.5), 1.0)
    frames = []
    for t in times:
        weights = np.sin(2 * np.pi * (phases[:, 0] * t + phases[:, 1]))
        field = sum(w * f for w, f in zip(weights, fields, strict=True)) / np.sqrt(count / 2)
        frames.append(np.clip(coloured(0.5 + 1.1 * field, colours), 0, 255).astype(np.uint8))
    return np.stack(frames)


def snow(place: Place) -> np.ndarray:
    """Noise, new in every frame: alone, or over a picture."""
    draws = place.draws
    picture = place.furnished()
    height, width = place.size
    grain = draws.pick((1, 1, 2, 4, 8))
    share = draws.uniform(0.35, 1.0)
    channels = draws.pick((1, 3))
    frames = []
    for _ in place.times:
        noise = draws.rng.integers(0, 256, (height // grain + 1, width // grain + 1, channels)).astype(np.uint8)
        noise = noise.repeat(grain, 0).repeat(grain, 1)[:height, :width]
        frames.append(np.clip(picture * (1 - share) + noise * share, 0, 255).astype(np.uint8))
    return np.stack(frames)


def _displaced(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The picture read at places displaced by (H, W) pixels."""
    height, width = x.shape
    columns = np.arange(width, dtype=np.float32) + x.astype(np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None] + y.astype(np.float32)
    return cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def ripples(place: Place) -> np.ndarray:
    """A picture under water: waves of two or three directions run through it."""
    draws = place.draws
    picture = place.furnished()
    u, v = grid(*place.size)
    waves = [
        (draws.uniform(0, 2 * np.pi), draws.uniform(3, 12), draws.uniform(1, 3.5) * draws.sign(), draws.uniform(0, 6))
        for _ in range(draws.integer(2, 3))
    ]
    depth = draws.uniform(0.015, 0.045) * place.short
    frames = []
    for t in place.times:
        x, y = np.zeros_like(u), np.zeros_like(u)
        for turn, rate, speed, phase in waves:
            swell = np.sin(rate * (u * np.cos(turn) + v * np.sin(turn)) - 2 * np.pi * speed * t + phase)
            x, y = x + swell * np.cos(turn), y + swell * np.sin(turn)
        frames.append(_displaced(picture, depth * x, depth * y))
    return np.stack(frames)


def wobbling(place: Place) -> np.ndarray:
    """A picture on jelly: smooth pieces of it are drawn this way and that."""
    draws = place.draws
    picture = place.furnished()
    count = draws.integer(2, 4)
    fields = [[power_law(draws, *place.size, exponent=2.2) - 0.5 for _ in range(2)] for _ in range(count)]
    reach = draws.uniform(0.25, 0.6) * place.short
    pulls = [restless(draws, place.times, reach, 0.5, 2.5) for _ in fields]
    frames = []
    for t in range(len(place.times)):
        x, y = (sum(pull[t] * field[axis] for pull, field in zip(pulls, fields, strict=True)) for axis in range(2))
        frames.append(_displaced(picture, np.asarray(x), np.asarray(y)))
    return np.stack(frames)


def spotlights(place: Place) -> np.ndarray:
    """A dark place in which several lights stray about."""
    draws = place.draws
    picture = place.furnished()
    u, v = grid(*place.size)
    dark = draws.uniform(0.1, 0.45)
    lights = []
    for _ in range(draws.integer(2, 5)):
        x, y = (
            draws.uniform(-0.5, 0.5) + restless(draws, place.times, draws.uniform(0.4, 0.9), 0.5, 2.0) for _ in "xy"
        )
        lights.append((draws.uniform(0.15, 0.5), x, y))
    frames = []
    for t in range(len(place.times)):
        gain = dark + sum(np.exp(-((u - x[t]) ** 2 + (v - y[t]) ** 2) / (2 * r * r)) for r, x, y in lights)
        frames.append(np.clip(picture * np.minimum(gain, 1.6)[..., None], 0, 255).astype(np.uint8))
    return np.stack(frames)


def flames(place: Place) -> np.ndarray:
    """Tongues that rise, split and go out above a still lower edge."""
    draws = place.draws
    picture = place.furnished().astype(np.float32)
    height, width = place.size
    far = power_law(draws, 3 * height, width, exponent=draws.uniform(1.0, 1.5))
    slow = power_law(draws, 3 * height, width, exponent=1.6)
    speed, colours = draws.uniform(0.6, 1.4), ramp_colours(draws, 4)
    _, v = grid(*place.size)
    frames = []
    for t in place.times:
        first, second = (int(t * speed * rate * height) for rate in (1.0, 0.45))
        field = far[first : first + height] + slow[second : second + height] - 1.0
        heat = np.clip(1.4 * field + 0.9 * v + draws.uniform(-0.05, 0.05), 0, 1)
        share = np.clip(3 * heat, 0, 1)[..., None]
        frames.append(np.clip(picture * (1 - share) + coloured(heat, colours) * share, 0, 255).astype(np.uint8))
    return np.stack(frames)


def patchwork(place: Place) -> np.ndarray:
    """A still place in which some patches, and only they, change their surface again and again."""
    draws = place.draws
    picture = place.furnished()
    others = [place.paint().rgb for _ in range(draws.integer(2, 4))]
    height, width = place.size
    frames = np.repeat(picture[None], len(place.times), axis=0)
    for _ in range(draws.integer(2, 7)):
        side = int(draws.uniform(0.1, 0.3) * place.short)
        top, left = draws.integer(0, height - side), draws.integer(0, width - side)
        changes = draws.integer(4, 12)
        order = draws.rng.integers(0, len(others), changes + 1)
        for frame, t in zip(frames, place.times, strict=True):
            window = slice(top, top + side), slice(left, left + side)
            frame[window] = others[order[int(t * changes)]][window]
    return frames
