"""Things that move, but not as any class does."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from videomae_demo.training.render.backgrounds import Background
from videomae_demo.training.render.motions import MOVES
from videomae_demo.training.render.outlines import amoeba, splinter
from videomae_demo.training.render.records import Track
from videomae_demo.training.unlike.place import Place, lay, restless

_SUBPIXEL_BITS = 4


def _on(place: Place) -> tuple[Background, np.ndarray]:
    """A place, and (T, H, W, 3) frames in which nothing happens there yet."""
    background = place.paint()
    return background, np.repeat(background.rgb[None], len(place.times), axis=0)


def crowd(place: Place) -> np.ndarray:
    """Many things, each on its own straight way."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for _ in range(draws.integer(9, 26)):
        turn, speed = draws.uniform(0, 2 * np.pi), draws.uniform(0.3, 1.1)
        still = Track.still(len(times), draws.uniform(-0.6, 0.6), draws.uniform(-0.5, 0.5))
        way = speed * (times - 0.5)
        spin = draws.uniform(0, 6.3) + draws.uniform(-4, 4) * times
        track = replace(still, x=still.x + way * np.cos(turn), y=still.y + way * np.sin(turn), angle=spin)
        lay(frames, place.thing(background, 0.03, 0.12), track)
    return frames


def wanderers(place: Place) -> np.ndarray:
    """One to three things that stray about without a goal."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for _ in range(draws.integer(1, 3)):
        still = Track.still(len(times), draws.uniform(-0.2, 0.2), draws.uniform(-0.2, 0.2))
        x, y = (restless(draws, times, draws.uniform(0.2, 0.4), 0.8, 3.2) for _ in range(2))
        turn = draws.uniform(0, 6.3) + restless(draws, times, draws.uniform(0, 1.5), 0.5, 2.5)
        lay(frames, place.thing(background, 0.09, 0.24), replace(still, x=still.x + x, y=still.y + y, angle=turn))
    return frames


def medley(place: Place) -> np.ndarray:
    """Three to five things, each with another class's motion at once."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for label in draws.rng.permutation(sorted(MOVES))[: draws.integer(3, 5)]:
        sprite = place.thing(background, 0.07, 0.2)
        lay(frames, sprite, MOVES[str(label)](draws, times, sprite.radius, sprite.symmetry_angle))
    return frames


def confetti(place: Place) -> np.ndarray:
    """Things that are there for a moment, anywhere, and gone."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for _ in range(draws.integer(12, 30)):
        start, length = draws.uniform(-0.1, 1), draws.uniform(0.08, 0.3)
        still = Track.still(len(times), draws.uniform(-0.55, 0.55), draws.uniform(-0.45, 0.45))
        there = ((times >= start) & (times < start + length)).astype(float)
        track = replace(still, angle=still.angle + draws.uniform(0, 6.3), opacity=there)
        lay(frames, place.thing(background, 0.03, 0.16), track)
    return frames


def morphing(place: Place) -> np.ndarray:
    """A thing or two whose outline never stops changing."""
    draws, times = place.draws, place.times
    _, frames = _on(place)
    height, width = place.size
    for _ in range(draws.integer(1, 2)):
        radius = draws.uniform(0.14, 0.36) * place.short
        centre = np.array([width, height]) / 2 + draws.rng.uniform(-0.18, 0.18, 2) * place.short
        moments = np.linspace(0, 1, draws.integer(4, 7))
        outlines = [_evenly(draws.pick((amoeba, splinter))(draws)) for _ in moments]
        fill = place.paint().rgb
        for frame, t in zip(frames, times, strict=True):
            k = min(int(t * (len(moments) - 1)), len(moments) - 2)
            share = t * (len(moments) - 1) - k
            corners = (1 - share) * outlines[k] + share * outlines[k + 1]
            mask = np.zeros(place.size, np.uint8)
            pixels = np.round((centre + radius * corners) * 2**_SUBPIXEL_BITS).astype(np.int32)
            cv2.fillPoly(mask, [pixels], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
            share_in = mask[..., None] / 255.0
            frame[:] = np.round(fill * share_in + frame * (1 - share_in)).astype(np.uint8)
    return frames


def _evenly(outline: np.ndarray, count: int = 64) -> np.ndarray:
    """(count, 2) points at even angles, so that two outlines can be mixed."""
    closed = np.concatenate([outline, outline[:1]])
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0, steps[-1], count, endpoint=False)
    return np.stack([np.interp(at, steps, column) for column in closed.T], axis=1)


def typing(place: Place) -> np.ndarray:
    """Lines of signs that appear one after another, and a page that is emptied now and then."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    height, width = place.size
    rows, columns = draws.integer(3, 6), draws.integer(5, 9)
    colour = (245, 245, 240) if background.tones[1] < 0.5 else (15, 15, 20)
    signs = [chr(int(c)) for c in draws.rng.integers(33, 126, rows * columns)]
    shown = (times * draws.uniform(0.7, 2.2) % 1.0 * rows * columns).astype(int)
    scale = place.short / rows / 30
    thick = max(1, round(place.short / 60))
    for frame, count in zip(frames, shown, strict=True):
        for i in range(count):
            where = int((i % columns + 0.3) * width / columns), int((i // columns + 0.8) * height / rows)
            cv2.putText(frame, signs[i], where, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)
    return frames


def swarm(place: Place) -> np.ndarray:
    """Many small things that whirl about each other like gnats."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for _ in range(draws.integer(10, 24)):
        still = Track.still(len(times), draws.uniform(-0.4, 0.4), draws.uniform(-0.35, 0.35))
        x, y = (restless(draws, times, draws.uniform(0.05, 0.25), 0.8, 3.5) for _ in range(2))
        lay(frames, place.thing(background, 0.02, 0.07), replace(still, x=still.x + x, y=still.y + y))
    return frames


def relay(place: Place) -> np.ndarray:
    """One thing that does three or four classes' motions, one after the other."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    sprite = place.thing(background, 0.1, 0.25)
    labels = draws.rng.permutation(sorted(MOVES))[: draws.integer(3, 4)]
    part = np.minimum((times * len(labels)).astype(int), len(labels) - 1)
    tracks = [
        MOVES[str(label)](draws, np.clip(times * len(labels) - k, 0, 1), sprite.radius, sprite.symmetry_angle)
        for k, label in enumerate(labels)
    ]
    columns = {
        name: np.choose(part, [getattr(track, name) for track in tracks])
        for name in ("x", "y", "scale", "angle", "opacity")
    }
    lay(frames, sprite, Track(**columns))
    return frames


def jumpy(place: Place) -> np.ndarray:
    """One to four things that stand, are elsewhere at once, and stand again."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    for _ in range(draws.integer(1, 4)):
        stops = draws.integer(4, 8)
        stop = np.minimum((times * stops).astype(int), stops - 1)
        x, y, turn = (draws.rng.uniform(-reach, reach, stops)[stop] for reach in (0.4, 0.35, 3.0))
        still = Track.still(len(times))
        lay(frames, place.thing(background, 0.08, 0.2), replace(still, x=x, y=y, angle=turn))
    return frames


def traffic(place: Place) -> np.ndarray:
    """Lanes in which things pass each other, some to the left and some to the right."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    lanes = draws.integer(3, 5)
    for lane in range(lanes):
        sense, speed = (-1) ** lane * draws.uniform(0.8, 1.6), draws.uniform(0.7, 1.2)
        for _ in range(draws.integer(1, 3)):
            still = Track.still(len(times), 0, (lane + 0.5) / lanes - 0.5)
            x = (draws.uniform(0, 2) + sense * speed * times) % 2.0 - 1.0
            lay(frames, place.thing(background, 0.05, 0.4 / lanes), replace(still, x=x))
    return frames


def stalks(place: Place) -> np.ndarray:
    """Stalks that bend in gusts, each after its neighbour, rooted where they are."""
    draws, times = place.draws, place.times
    _, frames = _on(place)
    height, width = place.size
    count = draws.integer(8, 20)
    gust = restless(draws, np.linspace(0, 1.6, 4 * len(times)), draws.uniform(0.3, 0.7), 0.8, 3.0)
    for i in range(count):
        root = np.array([(i + draws.uniform(0, 1)) / count * width, height * draws.uniform(0.8, 1.05)])
        length, thick = draws.uniform(0.3, 0.8) * place.short, max(1, round(draws.uniform(0.01, 0.04) * place.short))
        colour = tuple(int(c) for c in draws.rng.integers(0, 256, 3))
        bends = np.interp(times + 0.5 * i / count, np.linspace(0, 1.6, len(gust)), gust)
        for frame, bend in zip(frames, bends, strict=True):
            up = np.linspace(0, 1, 9)
            points = root + length * np.stack([bend * up**2, -up], axis=1)
            pixels = np.round(points * 2**_SUBPIXEL_BITS).astype(np.int32)
            cv2.polylines(frame, [pixels], False, colour, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    return frames


def scribble(place: Place) -> np.ndarray:
    """A line that draws itself, with a pen or without."""
    draws, times = place.draws, place.times
    background, frames = _on(place)
    fine = np.linspace(0, 1, 240)
    way = np.stack([restless(draws, fine, draws.uniform(0.35, 0.6), 0.8, 5.0) for _ in range(2)], axis=1)
    corners = np.array(place.size[::-1]) / 2 + way * place.short
    pixels = np.round(corners * 2**_SUBPIXEL_BITS).astype(np.int32)
    colour = (245, 245, 240) if background.tones[1] < 0.5 else (15, 15, 20)
    thick = max(1, round(draws.uniform(0.01, 0.05) * place.short))
    for frame, t in zip(frames, times, strict=True):
        drawn = pixels[: max(2, int(t * len(pixels)))]
        cv2.polylines(frame, [drawn], False, colour, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    return frames
