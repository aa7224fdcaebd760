"""From (seed, index) to a finished clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.effects import jitter, spoil, view
from videomae_demo.training.render.labels import CLASSES, FIGURE_CLASSES
from videomae_demo.training.render.records import RenderedClip, Take
from videomae_demo.training.render.scenes import draw_motion_scene
from videomae_demo.training.render.stage import draw_figure_scene
from videomae_demo.training.render.world_scenes import film_world
from videomae_demo.training.render.worlds import STUDIO, WORLDS, known_worlds


def frame_times(num_frames: int) -> np.ndarray:
    """(T,) middles of T equal parts of [0, 1]: a clip sampled uniformly from a longer one has the same times.

    >>> frame_times(4).tolist()
    [0.125, 0.375, 0.625, 0.875]
    """
    return (np.arange(num_frames) + 0.5) / num_frames


def render_clip(
    seed: int,
    index: int,
    *,
    size: int | tuple[int, int] = 96,
    num_frames: int = 16,
    style: str = "train",
    label_id: int | None = None,
    calm: bool | float = False,
    world: str = STUDIO,
    partners: Sequence[str] = tuple(WORLDS),
    at_camera: bool = False,
) -> RenderedClip:
    """The clip of this seed and index, always the same.

    Args:
        seed: of the collection; keep training, validation and test on different ones.
        index: of the clip within it.
        size: side in pixels, or (height, width).
        num_frames: T; more frames show the same motion more finely.
        style: "train", or "held_out" for shapes, textures, figures, places and speeds that training never shows.
        label_id: the class, or None for a random one.
        calm: True for no noise, distractors, occlusion or jitter; a number in [0, 1] for that much less of them.
        world: a key of `WORLDS`. Only the studio has a held-out style.
        partners: worlds whose surfaces things in this clip may have as well; no others leave a trace in it.
        at_camera: always in front of a webcam, for labels in `AT_CAMERA` and worlds other than the studio.

    Raises:
        ValueError: on an unknown style, label or world, or a calm outside [0, 1].
    """
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 16 or num_frames < 2:
        raise ValueError(f"a clip needs at least 2 frames of 16 x 16 pixels, not {num_frames} of {height} x {width}")
    known_worlds((world, *partners))
    if style != "train" and world != STUDIO:
        raise ValueError(f"world {world!r} has no style {style!r}")
    draws = Draws(seed, index, style, 1.0 - float(calm), wide=world != STUDIO)
    drawn = draws.integer(0, len(CLASSES) - 1)
    label_id = drawn if label_id is None else label_id
    if not 0 <= label_id < len(CLASSES):
        raise ValueError(f"label id {label_id} is not in [0, {len(CLASSES)})")
    times = frame_times(num_frames)
    label = CLASSES[label_id]
    action = label
    if label == "hold still":
        # A moment of any other class, held: only time tells it from that class, so nothing else can be learnt.
        action = draws.pick([name for name in CLASSES if name != label])
        times = np.full(num_frames, draws.uniform(0.15, 0.85))
    if world == STUDIO:
        draw = draw_figure_scene if action in FIGURE_CLASSES else draw_motion_scene
        return _finish(draws, draw(draws, action, times, (height, width)), label_id)
    take = film_world(draws, action, times, (height, width), world, partners, held=action != label, at_camera=at_camera)
    return _as_clip(take.frames, take.boxes, take, label_id)


def _finish(draws: Draws, take: Take, label_id: int) -> RenderedClip:
    """Camera jitter and the rest of the way to the file."""
    clip, boxes = take.frames, take.boxes
    height, width = clip.shape[1:3]
    shift = jitter(draws, len(clip))
    if shift is not None:
        short = min(height, width)
        for frame, x, y in zip(clip, shift.x, shift.y, strict=True):
            frame[:] = view(frame, x, y, 1.0, 0.0, (height, width))
        if not take.whole_scene:
            offset = np.stack([shift.x * short / width, shift.y * short / height], axis=1)
            boxes = np.clip(boxes + np.tile(offset, 2), 0, 1)
    return _as_clip(spoil(draws, clip), boxes, take, label_id)


def _as_clip(frames: np.ndarray, boxes: np.ndarray, take: Take, label_id: int) -> RenderedClip:
    return RenderedClip(frames, label_id, boxes.astype(np.float32), take.motion.astype(np.float32), take.whole_scene)
