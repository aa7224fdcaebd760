"""Clips of whole pictures: cut, dissolved, taken to pieces, or filmed by nobody's hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from videomae_demo.training.render import CLASSES, MIRROR_TIME, render_clip
from videomae_demo.training.render.effects import view
from videomae_demo.training.render.records import Track
from videomae_demo.training.unlike.place import Place, lay, restless

_ORDERED = tuple(i for i, name in enumerate(CLASSES) if name in MIRROR_TIME)
"""Ids of the classes that only the order of frames tells from another: shuffled they are none."""


def cuts(place: Place) -> np.ndarray:
    """Three to eight places, one after another."""
    draws, times = place.draws, place.times
    starts = np.sort(draws.rng.random(draws.integer(2, 7)))
    pictures = [place.furnished() for _ in range(len(starts) + 1)]
    return np.stack([pictures[int(np.searchsorted(starts, t))] for t in times])


def dissolves(place: Place) -> np.ndarray:
    """Places that dissolve into one another, two to four times."""
    draws, times = place.draws, place.times
    count = draws.integer(3, 5)
    pictures = [place.furnished().astype(np.float32) for _ in range(count)]
    frames = []
    for t in times * (count - 1):
        k = min(int(t), count - 2)
        frames.append(((1 - (t - k)) * pictures[k] + (t - k) * pictures[k + 1]).astype(np.uint8))
    return np.stack(frames)


def flicker(place: Place) -> np.ndarray:
    """A place in light that changes without a beat, and in colour."""
    draws = place.draws
    picture = place.furnished().astype(np.float32)
    spread = draws.uniform(0.25, 0.8)
    tint = draws.uniform(0, 0.5)
    gains = np.exp(spread * draws.rng.uniform(-1.3, 0.7, (len(place.times), 1)))
    gains = gains * np.exp(tint * draws.rng.uniform(-1, 1, (len(place.times), 3)))
    return np.clip(picture * gains[:, None, None], 0, 255).astype(np.uint8)


def shuffled(place: Place) -> np.ndarray:
    """A clip of a class whose frames come in any order."""
    draws = place.draws
    clip = render_clip(
        draws.integer(0, 2**31),
        0,
        size=place.size,
        num_frames=len(place.times),
        label_id=draws.pick(_ORDERED),
        world=place.world,
    )
    return clip.rgb[draws.rng.permutation(len(clip.rgb))]


def camera_chaos(place: Place) -> np.ndarray:
    """A camera that is swung about: pans, zooms and rolls, none of them for long."""
    draws, times = place.draws, place.times
    canvas = place.furnished(1.7)
    x, y = (restless(draws, times, draws.uniform(0.15, 0.35), 0.8, 3.0) for _ in range(2))
    zoom = np.exp(restless(draws, times, draws.uniform(0.1, 0.5), 0.8, 3.0))
    roll = restless(draws, times, draws.uniform(0.2, 1.0), 0.8, 3.0)
    return np.stack([view(canvas, *moment, place.size) for moment in zip(x, y, zoom, roll, strict=True)])


def tiles(place: Place) -> np.ndarray:
    """A picture cut into squares that change places in jumps."""
    draws, times = place.draws, place.times
    across = draws.integer(3, 6)
    side = place.short // across
    picture = place.furnished()
    rows, columns = place.size[0] // side, place.size[1] // side
    order = np.arange(rows * columns)
    changes = draws.integer(4, 14)
    frames, done = [], 0
    for t in times:
        while done < int(t * changes):
            some = draws.rng.permutation(len(order))[: draws.integer(2, len(order))]
            order[some] = order[np.roll(some, 1)]
            done += 1
        frame = picture.copy()
        for i, source in enumerate(order):
            row, column = i // columns * side, i % columns * side
            from_row, from_column = source // columns * side, source % columns * side
            frame[row : row + side, column : column + side] = picture[
                from_row : from_row + side, from_column : from_column + side
            ]
        frames.append(frame)
    return np.stack(frames)


def kaleidoscope(place: Place) -> np.ndarray:
    """Half a picture and its mirror image, drifting towards and through each other."""
    draws, times = place.draws, place.times
    canvas = place.furnished(1.7)
    x, y = (restless(draws, times, 0.4, 0.8, 2.4) for _ in range(2))
    roll = restless(draws, times, 1.5, 0.5, 1.5)
    frames = np.stack([view(canvas, a, b, 1.0, turn, place.size) for a, b, turn in zip(x, y, roll, strict=True)])
    half = place.size[1] // 2
    frames[:, :, -half:] = frames[:, :, half - 1 :: -1] if half * 2 <= place.size[1] else frames[:, :, -half:]
    if draws.chance(0.6):
        half = place.size[0] // 2
        frames[:, -half:] = frames[:, half - 1 :: -1]
    return frames


def stutter(place: Place) -> np.ndarray:
    """Pieces of clips of several classes, a few frames each."""
    draws = place.draws
    count = len(place.times)
    frames: list[np.ndarray] = []
    seed = draws.integer(0, 2**31)
    while len(frames) < count:
        label_id = draws.integer(0, len(CLASSES) - 1)
        clip = render_clip(seed, len(frames), size=place.size, num_frames=count, label_id=label_id, world=place.world)
        start = draws.integer(0, count - 1)
        frames += list(clip.rgb[start : start + max(1, round(draws.uniform(0.2, 0.35) * count))])
    return np.stack(frames[:count])


def parallax(place: Place) -> np.ndarray:
    """A walk with the camera: what is near sways, nears and passes faster than what is far, and never for long."""
    draws, times = place.draws, place.times
    background = place.paint(1.7)
    x, y = (restless(draws, times, draws.uniform(0.12, 0.3), 0.6, 2.5) for _ in range(2))
    zoom = np.exp(restless(draws, times, draws.uniform(0.1, 0.35), 0.6, 2.0))
    frames = np.stack(
        [
            view(background.rgb, 0.4 * a, 0.4 * b, 1 + 0.3 * (c - 1), 0.0, place.size)
            for a, b, c in zip(x, y, zoom, strict=True)
        ]
    )
    for depth in np.linspace(0.6, 2.0, draws.integer(4, 9)):
        at_x, at_y = draws.uniform(-0.6, 0.6), draws.uniform(-0.4, 0.5)
        near = np.exp(depth * np.log(zoom))
        still = Track.still(len(times))
        track = replace(still, x=at_x * near + depth * x, y=at_y * near + depth * y, scale=0.6 * near)
        lay(frames, place.thing(background, 0.06, 0.2), track)
    return frames
