"""What a trained classifier can do, measured on clips it has never seen. Every number on its card comes from here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from videomae_demo.explain import explain
from videomae_demo.inputs.edits import freeze, reverse, shuffle
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.inputs.sampling import plan_views
from videomae_demo.models import VideoClassifier
from videomae_demo.records import SampledFrames
from videomae_demo.results import Proportion, Target
from videomae_demo.training.pairs import NO_LABEL, REVERSED_LABEL
from videomae_demo.training.render import CLASSES, FIGURE_CLASSES, MIRROR_TIME, NAMED_CLASSES, RenderedClip, render_clip
from videomae_demo.training.render.at_camera import AT_CAMERA
from videomae_demo.training.render.encode import write_h264
from videomae_demo.training.render.worlds import STUDIO, WORLDS
from videomae_demo.training.samples import FIRST_TAKE, draw_sample
from videomae_demo.training.stream import ClipStream
from videomae_demo.training.tokens import box_coverage
from videomae_demo.video import decode, probe

TEST_SEED = 2_000_003
"""Neither trained on (small seeds) nor looked at during training (the validation's seed)."""
CAMERA_SEED = 2_000_029
"""Of the clips in front of a webcam, which are neither trained on nor looked at, either."""
FILE_SIZE = (240, 320)
FILE_FRAMES = 32
FILE_FPS = 16
FILE_CRF = 23
"""x264's own default."""
TAKES = 10
"""Of each sample's scene, besides the one that is shown."""
METHODS = ("rollout", "relevance", "attention")
"""Maps that are shares of attention, so that the part of them inside a box means something."""

Numbers = dict[str, object]
Edit = Callable[[SampledFrames], SampledFrames]


def proportion(hits: np.ndarray) -> Numbers:
    """A share with its 95 % interval."""
    p = Proportion(int(hits.sum()), len(hits))
    low, high = p.interval
    return {"share": p.share, "low": low, "high": high, "count": p.count, "total": p.total}


def as_frames(clip: RenderedClip) -> SampledFrames:
    """A rendered clip as if it had been decoded."""
    return as_sampled(clip.rgb)


def as_sampled(rgb: np.ndarray) -> SampledFrames:
    """(T, H, W, 3) uint8 pictures as if they had been decoded."""
    count = len(rgb)
    return SampledFrames(rgb, tuple(range(count)), tuple(i / FILE_FPS for i in range(count)), decoder="edit")


def answers(classifier: VideoClassifier, clips: Iterator[SampledFrames], batch: int = 8) -> np.ndarray:
    """(n, classes) logits of the app's own preprocessing and forward pass."""
    parts, waiting = [], []
    for frames in clips:
        waiting.append(preprocess(frames, classifier.preprocessing).pixel_values)
        if len(waiting) == batch:
            parts.append(classifier.logits(np.stack(waiting)))
            waiting.clear()
    if waiting:
        parts.append(classifier.logits(np.stack(waiting)))
    return np.concatenate(parts)


def clip(index: int, num_labels: int, *, style: str = "train", size: int | tuple[int, int], frames: int = 16):
    """Test clip number `index`: the labels in turn."""
    return render_clip(TEST_SEED, index, size=size, num_frames=frames, style=style, label_id=index % num_labels)


def accuracy(logits: np.ndarray, truth: np.ndarray) -> Numbers:
    """Top-1 and top-5 over all classes and over each kind, and top-1 of every class."""
    first = logits.argmax(axis=1) == truth
    fifth = (np.argsort(-logits, axis=1)[:, :5] == truth[:, None]).any(axis=1)
    result: Numbers = {"top1": proportion(first), "top5": proportion(fifth)}
    for name, kind in (("named", NAMED_CLASSES), ("figures", FIGURE_CLASSES)):
        member = np.array([CLASSES[t] in kind for t in truth])
        if member.any():
            result[f"{name}_top1"] = proportion(first[member])
    other_motions = np.array([CLASSES[t] not in NAMED_CLASSES + FIGURE_CLASSES for t in truth])
    result["other_motions_top1"] = proportion(first[other_motions])
    result["by_class"] = {CLASSES[t]: proportion(first[truth == t]) for t in np.unique(truth)}
    result["confusions"] = _confusions(logits.argmax(axis=1), truth)
    return result


def _confusions(answer: np.ndarray, truth: np.ndarray, most: int = 12) -> list[Numbers]:
    """The most frequent mistakes."""
    wrong = answer != truth
    kinds, counts = np.unique(np.stack([truth[wrong], answer[wrong]]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return [{"is": CLASSES[kinds[0, i]], "read_as": CLASSES[kinds[1, i]], "count": int(counts[i])} for i in order]


def sense_of_time(classifier: VideoClassifier, forwards: np.ndarray) -> Numbers:
    """What becomes of the answers when the frames are reversed, shuffled or frozen.

    Args:
        classifier: the model.
        forwards: (n,) its answers to the first n test clips as they are.
    """
    labels, size, count = len(classifier.labels), classifier.geometry.image_size, len(forwards)
    truth = np.arange(count) % labels

    def edited(edit: Edit) -> np.ndarray:
        frames = (edit(as_frames(clip(i, labels, size=size))) for i in range(count))
        return answers(classifier, frames).argmax(axis=1)

    backwards = edited(reverse)
    paired = np.array([CLASSES[t] in MIRROR_TIME for t in truth])
    right = forwards == truth
    mirrored = REVERSED_LABEL[truth]
    same_backwards = (mirrored == truth) & (mirrored != NO_LABEL)
    return {
        "reversal_flips_paired": proportion((backwards == mirrored)[paired & right]),
        "reversal_keeps_self_reverse": proportion((backwards == truth)[same_backwards & right]),
        "shuffled_paired_still_right": proportion((edited(shuffle) == truth)[paired]),
        "frozen_reads_hold_still": proportion(edited(freeze) == CLASSES.index("hold still")),
    }


def through_files(classifier: VideoClassifier, count: int, style: str) -> Numbers:
    """Accuracy on H.264 files of 320x240, decoded and sampled as the app does it."""
    labels = len(classifier.labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"

        def frames() -> Iterator[SampledFrames]:
            for index in range(count):
                rendered = clip(index, labels, style=style, size=FILE_SIZE, frames=FILE_FRAMES)
                write_h264(path, rendered.rgb, FILE_FPS, crf=FILE_CRF)
                yield app_view(path, classifier.geometry.num_frames)

        logits = answers(classifier, frames())
    return accuracy(logits, np.arange(count) % labels)


def app_view(path: Path, num_frames: int) -> SampledFrames:
    """A file's frames as the app samples them when nobody chooses otherwise."""
    info = probe(path)
    return decode(info, plan_views(info, sampler="uniform", num_frames=num_frames)[0].indices)


def sample_clips(classifier: VideoClassifier) -> Numbers:
    """The answers on the app's own sample clips: illustrations, in no style that training has."""
    logits = answers(classifier, (app_view(s.path, classifier.geometry.num_frames) for s in SAMPLES))
    given = [classifier.labels[i] for i in logits.argmax(axis=1)]
    right = np.array([sample.label == label for sample, label in zip(SAMPLES, given, strict=True)])
    wrong = [
        {"clip": s.name, "is": s.label, "read_as": label}
        for s, label in zip(SAMPLES, given, strict=True)
        if s.label != label
    ]
    return {"top1": proportion(right), "wrong": wrong}


def other_takes(classifier: VideoClassifier, takes: int) -> Numbers:
    """The answers on other takes of the samples' scenes, through files: what is shown was one draw of many."""
    labels, frames = classifier.labels, classifier.geometry.num_frames
    order = [(sample, take) for sample in SAMPLES for take in range(FIRST_TAKE + 1, FIRST_TAKE + 1 + takes)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.mp4"

        def views() -> Iterator[SampledFrames]:
            for sample, take in order:
                drawn = draw_sample(
                    sample.name, height=FILE_SIZE[0], width=FILE_SIZE[1], num_frames=FILE_FRAMES, take=take
                )
                write_h264(path, drawn, FILE_FPS, crf=FILE_CRF)
                yield app_view(path, frames)

        logits = answers(classifier, views())
    right = np.array([labels[i] == sample.label for i, (sample, _) in zip(logits.argmax(axis=1), order, strict=True)])
    by_clip = {s.name: proportion(right[i * takes : (i + 1) * takes]) for i, s in enumerate(SAMPLES)}
    return {"top1": proportion(right), "by_clip": by_clip}


def held_out(classifier: VideoClassifier, count: int) -> Numbers:
    """Accuracy on the held-out style without files in between: what style alone costs."""
    labels, size = len(classifier.labels), classifier.geometry.image_size
    frames = (as_frames(clip(i, labels, style="held_out", size=size)) for i in range(count))
    return accuracy(answers(classifier, frames), np.arange(count) % labels)


def in_worlds(classifier: VideoClassifier, count: int) -> Numbers:
    """Accuracy on fresh clips of all worlds, mixed as in training, and in each of them."""
    labels = len(classifier.labels)
    stream = ClipStream(TEST_SEED, classifier.geometry.image_size, 0, labels=tuple(range(labels)), worlds=tuple(WORLDS))
    logits = answers(classifier, (as_frames(stream.clip(i)) for i in range(count)))
    truth = np.arange(count) % labels
    world = np.array([stream.world(i) for i in range(count)])
    hit = logits.argmax(axis=1) == truth
    by_world = {name: proportion(hit[world == name]) for name in WORLDS if (world == name).any()}
    return {**accuracy(logits, truth), "by_world": by_world}


def in_front_of_a_camera(classifier: VideoClassifier, count: int) -> Numbers:
    """Accuracy on what someone can do at a webcam: hands, things in hands, a hand over the lens."""
    labels = [i for i, name in enumerate(classifier.labels) if name in AT_CAMERA]
    worlds = [name for name in WORLDS if name != STUDIO]
    size = classifier.geometry.image_size
    truth = np.array([labels[i % len(labels)] for i in range(count)])

    def clips() -> Iterator[SampledFrames]:
        for index, label_id in enumerate(truth):
            world = worlds[index // len(labels) % len(worlds)]
            yield as_frames(
                render_clip(CAMERA_SEED, index, size=size, label_id=int(label_id), world=world, at_camera=True)
            )

    return accuracy(answers(classifier, clips()), truth)


def localisation(classifier: VideoClassifier, count: int) -> Numbers:
    """How much of each map falls into the mover's box, over the box's share of the area.

    Clips that are answered rightly and in which something moves, but not everything. Tokens on the box's edge count
    by the part of them that lies inside.
    """
    labels, size = len(classifier.labels), classifier.geometry.image_size
    side = classifier.geometry.grid[1]
    inside: dict[str, list[float]] = {method: [] for method in METHODS}
    area = []
    for index in range(count):
        rendered = clip(index, labels, size=size)
        if rendered.whole_scene or CLASSES[rendered.label_id] == "hold still":
            continue
        pixel_values = preprocess(as_frames(rendered), classifier.preprocessing).pixel_values
        if classifier.logits(pixel_values[None])[0].argmax() != rendered.label_id:
            continue
        coverage = box_coverage(torch.from_numpy(rendered.boxes)[None], side).numpy().reshape(classifier.geometry.grid)
        area.append(float(coverage.mean()))
        for method in METHODS:
            values = explain(method, classifier, pixel_values, target=Target(rendered.label_id)).values
            inside[method].append(float((values * coverage).sum() / values.sum()))
    areas = np.array(area)
    return {
        "clips": len(areas),
        "mean_area_share": float(areas.mean()),
        "methods": {method: _lift(np.array(shares), areas) for method, shares in inside.items()},
    }


def _lift(shares: np.ndarray, areas: np.ndarray, rounds: int = 2000) -> Numbers:
    """Mean share inside over mean area share, with a bootstrap 95 % interval over clips, and clip by clip."""
    draws = np.random.default_rng(0).integers(len(areas), size=(rounds, len(areas)))
    low, high = np.percentile(shares[draws].mean(axis=1) / areas[draws].mean(axis=1), [2.5, 97.5])
    return {
        "lift": float(shares.mean() / areas.mean()),
        "low": float(low),
        "high": float(high),
        "mean_of_ratios": float((shares / areas).mean()),
        "median_of_ratios": float(np.median(shares / areas)),
    }


def forward_milliseconds(classifier: VideoClassifier, rounds: int = 20) -> float:
    """One clip's forward pass on one core, the fastest of some: others may be using the machine."""
    geometry = classifier.geometry
    pixel_values = np.zeros((1, geometry.num_frames, 3, geometry.image_size, geometry.image_size), np.float32)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            classifier.logits(pixel_values)
            seconds.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return min(seconds) * 1000


def measure_classifier(classifier: VideoClassifier, num_clips: int, *, say: Callable[[str], None]) -> Numbers:
    """All of it.

    Args:
        classifier: the model, as the app loads it.
        num_clips: of the main measure; the others take a half to a sixth of it.
        say: told what is being measured.
    """
    labels, size = len(classifier.labels), classifier.geometry.image_size
    some = num_clips // 2 // labels * labels
    few = num_clips // 4 // labels * labels
    fewer = num_clips // 6 // labels * labels
    fresh = partial(clip, num_labels=labels, size=size)
    say(f"{num_clips} fresh clips")
    logits = answers(classifier, (as_frames(fresh(i)) for i in range(num_clips)))
    result: Numbers = {"fresh": accuracy(logits, np.arange(num_clips) % labels)}
    say(f"{some} clips reversed, shuffled, frozen")
    result["time"] = sense_of_time(classifier, logits[:some].argmax(axis=1))
    say(f"{some} clips of all worlds")
    result["worlds"] = in_worlds(classifier, some)
    say(f"{few} clips in front of a webcam")
    result["at_camera"] = in_front_of_a_camera(classifier, few)
    say(f"{some} clips of the held-out style")
    result["held_out"] = held_out(classifier, some)
    for style in ("held_out", "train"):
        say(f"{few} files of the {style} style")
        result[f"files_{style}"] = through_files(classifier, few, style)
    say("sample clips")
    result["samples"] = sample_clips(classifier)
    say("other takes of the samples' scenes")
    result["takes"] = other_takes(classifier, TAKES)
    say(f"maps of {fewer} clips")
    result["localisation"] = localisation(classifier, fewer)
    result["forward_milliseconds"] = forward_milliseconds(classifier)
    return result
