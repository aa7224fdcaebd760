"""Records with known numbers, made by hand: what the figures and the page are tested on, without a model or a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from videomae_demo.records import (
    ClipInfo,
    CropBox,
    Geometry,
    ModelIdentity,
    ModelInput,
    SampledFrames,
    SamplingPlan,
    Window,
)
from videomae_demo.results import (
    Analysis,
    ClipTimeline,
    Contest,
    Explanation,
    Faithfulness,
    Prediction,
    Target,
    Timing,
)

LABELS = ("move left", "move right", "circle clockwise", "bounce", "hold still", "shake", "zoom in", "zoom out")
KINETICS_GEOMETRY = Geometry(num_frames=16, image_size=224, tubelet_size=2, patch_size=16)
SMALL_GEOMETRY = Geometry(num_frames=16, image_size=64, tubelet_size=2, patch_size=8)


def disc_frames(num_frames: int, *, height: int = 240, width: int = 320) -> np.ndarray:
    """(num_frames, height, width, 3) uint8: a disc that crosses a slanted background from right to left."""
    rows, columns = np.mgrid[0:height, 0:width]
    background = np.stack(
        [110 + 60 * columns / width, 120 + 50 * rows / height, 135 + 0 * rows + 25 * ((rows + columns) // 24 % 2)], -1
    )
    frames = np.repeat(background[None], num_frames, axis=0)
    for index in range(num_frames):
        centre = width * (0.85 - 0.7 * index / max(num_frames - 1, 1))
        disc = (rows - height * 0.55) ** 2 + (columns - centre) ** 2 < (height * 0.14) ** 2
        frames[index][disc] = (236, 112, 64)
    return frames.astype(np.uint8)


def made_clip(*, num_frames: int = 64, fps: float = 25.0, width: int = 320, height: int = 240) -> ClipInfo:
    return ClipInfo(
        path=Path("disc.mp4"),
        num_frames=num_frames,
        fps=fps,
        duration_seconds=num_frames / fps,
        width=width,
        height=height,
        codec="h264",
        container="mov,mp4",
        rotation=0,
        frame_pts_seconds=np.arange(num_frames) / fps,
        variable_frame_rate=False,
        browser_playable=True,
    )


def made_prediction(*, first: int = 0, probability: float = 0.93, labels: tuple[str, ...] = LABELS) -> Prediction:
    """``first`` gets ``probability``; the others share the rest, each half of the one before."""
    rest = 0.5 ** np.arange(1, len(labels), dtype=np.float64)
    rest *= (1 - probability) / rest.sum()
    probabilities = np.insert(rest, first, probability).astype(np.float32)
    return Prediction(probabilities=probabilities, logits=np.log(probabilities), labels=labels)


def made_analysis(
    *,
    geometry: Geometry = SMALL_GEOMETRY,
    clip: ClipInfo | None = None,
    indices: tuple[int, ...] | None = None,
    prediction: Prediction | None = None,
    explanations: tuple[Explanation, ...] = (),
    window: Window | None = None,
    clip_name: str = "disc.mp4",
) -> Analysis:
    """An analysis of the disc's clip: the frames, the crop and the view are consistent with each other."""
    clip = clip or made_clip()
    num_frames = geometry.num_frames
    if indices is None:
        indices = tuple((2 * i + 1) * clip.num_frames // (2 * num_frames) for i in range(num_frames))
    rgb = disc_frames(clip.num_frames, height=clip.height, width=clip.width)[list(indices)]
    times = tuple(float(clip.frame_pts_seconds[index]) for index in indices)
    side = min(clip.width, clip.height)
    left, top = (clip.width - side) // 2, (clip.height - side) // 2
    size = geometry.image_size
    view = np.stack(
        [np.asarray(Image.fromarray(frame[top : top + side, left : left + side]).resize((size, size))) for frame in rgb]
    )
    return Analysis(
        clip=clip,
        clip_name=clip_name,
        window=window or Window(),
        plans=(SamplingPlan("uniform", indices, times),),
        shown=0,
        frames=SampledFrames(rgb, indices, times, decoder="pyav"),
        model_input=ModelInput(
            pixel_values=(view.transpose(0, 3, 1, 2) / 255).astype(np.float32),
            view_rgb=view,
            crop_box=CropBox(
                left / clip.width, top / clip.height, (left + side) / clip.width, (top + side) / clip.height
            ),
        ),
        model=ModelIdentity(
            id="motion",
            source="bundled",
            revision=None,
            num_labels=len(LABELS),
            reason="The hub is out of reach, so the model that ships with this app answers.",
            licence="Apache-2.0",
            knows="This small model knows motion, nothing else.",
        ),
        geometry=geometry,
        device="cpu",
        dtype="float32",
        prediction=prediction or made_prediction(),
        explanations={explanation.method: explanation for explanation in explanations},
        timing=Timing(decode=0.05, preprocess=0.01, forward=0.041),
        versions={"torch": "2.13.0"},
    )


def made_map(geometry: Geometry = SMALL_GEOMETRY, *, method: str = "rollout", signed: bool = False) -> Explanation:
    """A map that follows the disc: token values are known in closed form, and the third slice gets twice its share."""
    slices, rows, columns = geometry.grid
    row, column = np.mgrid[0:rows, 0:columns]
    values = np.empty(geometry.grid, np.float32)
    for index in range(slices):
        centre = columns * (0.95 - 0.9 * index / max(slices - 1, 1))
        values[index] = np.exp(-(((row - rows * 0.55) ** 2 + (column - centre) ** 2) / (0.02 * rows * columns)))
        values[index] += 0.15
        values[index] /= values[index].sum() * slices
    values[2 % slices] *= 2
    values /= values.sum()
    if signed:
        values = ((values - values.mean()) * 10).astype(np.float32)
    return Explanation(
        method=method,
        values=values,
        unit="logit" if signed else "share",
        signed=signed,
        target=Target(0) if signed else None,
        seconds=0.02,
    )


def made_contest(*, gap: float = 2.5, p_value: float = 0.025) -> Contest:
    """A map beside three moved copies and three turned ones."""
    copies = {"shifted": (-1.0, 0.0, 1.0), "turned": (-0.5, 0.5, 1.5)}
    return Contest(
        gap, 0.6, copies, {"shifted": 0.025, "turned": p_value}, ("turned",), p_necessary=p_value, p_sufficient=0.3
    )


def made_faithfulness(
    *, better: bool = True, deletion_auc: float = 0.31, random_auc: tuple[float, ...] = (0.51, 0.55)
) -> Faithfulness:
    """Curves of three points beside two random orders, and contests over tokens, slices and tubes."""
    p_value = 0.025 if better else 0.4
    return Faithfulness(
        kept_shares=np.array([1, 0.5, 0.1], np.float32),
        deletion=np.array([0.9, 0.2, 0.1], np.float32),
        insertion=np.array([0.9, 0.8, 0.7], np.float32),
        random=np.array([[0.9, 0.6, 0.3], [0.9, 0.5, 0.2]], np.float32),
        deletion_auc=deletion_auc,
        insertion_auc=0.82,
        random_auc=random_auc,
        contests={
            "tokens": made_contest(p_value=p_value),
            "time": made_contest(gap=0.5, p_value=0.4),
            "space": made_contest(gap=1.5, p_value=p_value),
        },
        tested_together=2,
        saco=0.42,
        better_than_chance=better,
        verdict="Better than chance on this clip." if better else "Not distinguishable from chance on this clip.",
    )


def made_timeline(starts=(0.0, 1.0, 2.0), *, length: float = 1.0, answers=(0, 1, 1), labels=LABELS) -> ClipTimeline:
    """Windows in which one class has 0.9 and the others share the rest."""
    analysis = made_analysis()
    probabilities = np.full((len(starts), len(labels)), 0.1 / (len(labels) - 1), np.float32)
    probabilities[np.arange(len(starts)), list(answers)] = 0.9
    return ClipTimeline(
        clip=analysis.clip,
        clip_name="a.mp4",
        window=Window(),
        window_seconds=length,
        step_seconds=1.0,
        sampler="uniform",
        views="1x1",
        spans=tuple(Window(start, start + length) for start in starts),
        probabilities=probabilities,
        labels=tuple(labels),
        model=analysis.model,
        device="cpu",
        dtype="float32",
        notice=None,
        seconds=1.0,
        versions={"numpy": "2"},
    )
