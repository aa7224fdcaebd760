"""``benchmark``: the plain way, transformers' fused forward pass and this app's way, side by side in one run.

Each row of ``ARMS`` is one way to answer a clip, with or without a map. Seconds come from rounds in which every arm has
its turn, so that what else the machine does falls on all of them alike; ratios are medians over the rounds. Peak memory
comes from a fresh process an arm. The matrix-product rate that times are compared with is measured in the same rounds.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import math
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np

from ..records import Device, DType, Geometry, ModelIdentity, OnProgress, Preprocessing, SampledFrames
from ..results import Target
from ..settings import Settings
from . import options
from .readme_section import write_section

if TYPE_CHECKING:
    import torch

    from ..models import VideoClassifier

RANDOM_MODEL = "random"
"""A ViT-B without training, to measure where no checkpoint is in reach: speed does not depend on what was learned."""

RANDOM_REASON = "Random weights: this measures speed and memory only."

Answer = tuple[np.ndarray | None, np.ndarray | None]
"""(num_labels,) logits and the (N,) map, where the arm makes them."""
Run = Callable[[np.ndarray], Answer]


@dataclass(frozen=True)
class Arm:
    """One way to answer a clip."""

    title: str
    dtype: str
    prepare: Callable[[VideoClassifier], Run]
    """The loaded classifier -> what is timed: one clip's (T, 3, S, S) float32 in, the answer out."""
    clips: int = 1
    """How many clips one run answers; seconds are given for one."""
    devices: tuple[str, ...] = ("cpu", "cuda")


def _plain_with_rollout(classifier: VideoClassifier) -> Run:
    """Eager attention, every layer's weights returned, and the full matrix product of rollout."""
    import torch

    model = _transformers_model(classifier, "eager")

    @torch.no_grad()
    def run(pixel_values: np.ndarray) -> Answer:
        outputs = model(_on_device(classifier, pixel_values), output_attentions=True)
        product = identity = torch.eye(classifier.geometry.num_tokens, device=classifier.device)
        for attention in outputs.attentions:
            product = (0.5 * attention[0].float().mean(dim=0) + 0.5 * identity) @ product
        row = product.mean(dim=0) if classifier.head.readout == "mean" else product[0]
        return outputs.logits[0].float().cpu().numpy(), (row * len(row)).cpu().numpy()

    return run


def _fused_forward(classifier: VideoClassifier) -> Run:
    """transformers' own fused forward pass, without any map."""
    import torch

    model = _transformers_model(classifier, "sdpa")

    @torch.no_grad()
    def run(pixel_values: np.ndarray) -> Answer:
        return model(_on_device(classifier, pixel_values)).logits[0].float().cpu().numpy(), None

    return run


def _with_rollout(classifier: VideoClassifier) -> Run:
    """The answer and the rollout map, as the page asks for them."""
    from ..explain import explain

    def run(pixel_values: np.ndarray) -> Answer:
        # Every round has a clip of its own, so the classifier's memory of the last ones never helps.
        values = explain("rollout", classifier, pixel_values).values
        return classifier.forward(pixel_values).logits, values.ravel()

    return run


def _relevance(classifier: VideoClassifier) -> Run:
    """The map for one class, from the pixels: a forward and a backward pass of its own."""
    from ..explain import explain

    return lambda pixel_values: (None, explain("relevance", classifier, pixel_values, target=Target(0)).values.ravel())


def _batch(classifier: VideoClassifier) -> Run:
    return lambda pixel_values: (classifier.logits(np.stack([pixel_values] * 16))[0], None)


ARMS: Mapping[str, Arm] = {
    "reference": Arm("plain transformers: eager, all maps, full product", "float32", _plain_with_rollout),
    "fused_forward": Arm("transformers' fused forward, no map", "float32", _fused_forward),
    "ours": Arm("ours: answer and rollout", "float32", _with_rollout),
    "relevance": Arm("ours: relevance for a class", "float32", _relevance),
    "fused_forward_half": Arm("transformers' fused forward, no map", "bfloat16", _fused_forward),
    "ours_half": Arm("ours: answer and rollout", "bfloat16", _with_rollout),
    "relevance_half": Arm("ours: relevance for a class", "bfloat16", _relevance, devices=("cuda",)),
    "batch_half": Arm("ours: answers of 16 clips at once", "bfloat16", _batch, clips=16, devices=("cuda",)),
}


def measure_memory(
    model: str, device: str, keys: Iterable[str], *, tell: OnProgress | None = None
) -> dict[str, dict[str, float]]:
    """What each of these arms needs at its worst moment, see ``peak_memory``.

    Args:
        model: what ``load_classifier`` takes, or ``RANDOM_MODEL``.
        device: ``"cpu"`` or ``"cuda"``.
    """
    peaks = {}
    for key in keys:
        if tell:
            tell(f"Peak memory: {ARMS[key].title}, {ARMS[key].dtype}", None)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh_process:
            peaks[key] = fresh_process.submit(peak_memory, key, model, device).result()
    return peaks


def measure_speed(
    classifiers: Mapping[str, VideoClassifier], *, repeats: int = 5, tell: OnProgress | None = None
) -> dict[str, Any]:
    """Everything that ``benchmark --json`` prints about the arms, but for their memory.

    Args:
        classifiers: one model, by dtype; all on one device.
        repeats: rounds; each runs every arm once, on a clip of its own.
    """
    first = next(iter(classifiers.values()))
    device = first.device
    arms = arms_on(device)
    runs = {key: arm.prepare(classifiers[arm.dtype]) for key, arm in arms.items()}
    products = {dtype: _matrix_products(device, dtype) for dtype in classifiers}
    everything: dict[str, Callable[[np.ndarray], Any]] = {**runs, **products}
    for work in everything.values():  # the first call of each pays for set-up
        work(_clip(first.geometry, seed=0))
    seconds: dict[str, list[float]] = {key: [] for key in everything}
    answers: dict[str, list[Answer]] = {key: [] for key in runs}
    for repeat in range(repeats):
        if tell:
            tell(f"Round {repeat + 1} of {repeats}", repeat / repeats)
        clip = _clip(first.geometry, seed=repeat + 1)
        for key, work in everything.items():
            elapsed, answer = _timed(work, clip, device)
            seconds[key].append(elapsed / arms[key].clips if key in arms else elapsed)
            if key in answers:
                answers[key].append(answer)

    flop = flop_count(first)
    product_flop = 2 * PRODUCTS * math.prod(MATRIX_SHAPE[device])
    rates = {dtype: product_flop / statistics.median(seconds[dtype]) for dtype in products}
    report: dict[str, Any] = {}
    for key, arm in arms.items():
        usual = statistics.median(seconds[key])
        report[key] = {"title": arm.title, "dtype": arm.dtype, "seconds": usual}
        report[key]["gemm_share"] = flop / usual / rates[arm.dtype]
    report["agreement"] = {key: _agreement(answers[key], answers["reference"]) for key in ("ours", "ours_half")}
    report["map_relative_error"] = report["agreement"]["ours"]["map_relative_error"]
    report["gemm_share"] = report["ours"]["gemm_share"]
    report["ratios"] = {
        name: statistics.median(over / under for over, under in zip(seconds[top], seconds[bottom], strict=True))
        for name, (top, bottom) in RATIOS.items()
    }
    report["matrix_product_gflops"] = {dtype: rate / 1e9 for dtype, rate in rates.items()}
    report["forward_gflop"] = flop / 1e9
    report["repeats"] = repeats
    report["model"] = {"id": first.identity.id, "reason": first.identity.reason}
    report["machine"] = _machine(device)
    return report


def arms_on(device: str) -> dict[str, Arm]:
    """The arms that are measured on this device."""
    return {key: arm for key, arm in ARMS.items() if device in arm.devices}


RATIOS = {
    "ours_to_fused_forward": ("ours", "fused_forward"),
    "reference_to_ours": ("reference", "ours"),
    "relevance_to_fused_forward": ("relevance", "fused_forward"),
    "relevance_to_reference": ("relevance", "reference"),
    "ours_half_to_fused_forward": ("ours_half", "fused_forward"),
    "ours_half_to_fused_forward_half": ("ours_half", "fused_forward_half"),
}
"""Name -> whose seconds are divided by whose, round by round."""


def load(model: str, device: str, dtype: str) -> VideoClassifier:
    """``load_classifier``, or a random ViT-B in the same wrapper."""
    if model != RANDOM_MODEL:
        from ..models import load_classifier

        return load_classifier(model, device=cast(Device, device), dtype=cast(DType, dtype))
    import torch
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification

    from ..models.attention import IMPLEMENTATION
    from ..models.classifier import VideoClassifier

    torch.manual_seed(0)
    config = VideoMAEConfig(num_labels=400, use_mean_pooling=True, attn_implementation=IMPLEMENTATION)
    network = VideoMAEForVideoClassification(config)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if re.search(r"attention\.(query|key)\.weight", name):
                weight *= 2  # an untrained model attends almost evenly, and any even map would agree with any other
    return VideoClassifier(
        network,
        identity=ModelIdentity("random ViT-B", "folder", None, 400, RANDOM_REASON, "none", "Nothing."),
        labels=tuple(config.id2label[number] for number in range(400)),
        geometry=Geometry(config.num_frames, config.image_size, config.tubelet_size, config.patch_size),
        preprocessing=Preprocessing(224, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        default_sampling="uniform",
        device=cast(Device, device),
        dtype=getattr(torch, dtype),
    )


def _on_device(classifier: VideoClassifier, pixel_values: np.ndarray) -> torch.Tensor:
    import torch

    return torch.from_numpy(pixel_values)[None].to(classifier.device, classifier.model.dtype)


def _transformers_model(classifier: VideoClassifier, implementation: str) -> torch.nn.Module:
    """The same weights, not copied, in a model that transformers makes without anything of ours."""
    import copy

    config = copy.deepcopy(classifier.model.config)
    twin = type(classifier.model)._from_config(config, attn_implementation=implementation, dtype=classifier.model.dtype)
    twin.load_state_dict(classifier.model.state_dict(), assign=True)
    return twin.eval().requires_grad_(False).to(classifier.model.device)


def peak_memory(key: str, model: str, device: str) -> dict[str, float]:
    """An arm's worst moment above the loaded model, in MB (10⁶ bytes); for a process that has done nothing else.

    Returns:
        ``peak_extra_mb``: tensors that exist at the same time, the same in every run. On a CPU also
        ``peak_resident_mb``: how much the process grows. That is what the system sees, but a matter of luck: the C
        library's heap reuses and returns memory as it happens to lie, and the same work varies by tens of MB.
    """
    import torch

    arm = ARMS[key]
    classifier = load(model, device, arm.dtype)
    run = arm.prepare(classifier)
    first, second = (_clip(classifier.geometry, seed) for seed in range(2))
    if classifier.device == "cuda":
        run(first)  # libraries set up their workspaces in the first call
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run(second)
        return {"peak_extra_mb": (torch.cuda.max_memory_allocated() - before) / 1e6}
    for parameter in classifier.model.parameters():
        parameter.sum()  # weights mapped from a file are in memory only once they are read
    _return_free_memory()
    before = _resident_bytes()
    run(first)
    grown = _peak_resident_bytes() - before
    return {"peak_extra_mb": _peak_tensor_bytes(lambda: run(second)) / 1e6, "peak_resident_mb": grown / 1e6}


def _peak_tensor_bytes(work: Callable[[], object]) -> int:
    """The most bytes that tensors on the CPU hold at once while this runs, by torch's own account."""
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        work()
    with TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]")
    return max(accumulate((size for _, size in changes), initial=0))


def _return_free_memory() -> None:
    """What the heap holds free goes back to the system where it can (glibc), so that it is counted when it is used."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def _resident_bytes() -> int:
    """This process's memory now, and its peak forgotten where the system can do that (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return _peak_resident_bytes()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _kilobytes(status.read_text(encoding="ascii"), "VmRSS") * 1024


def _peak_resident_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        return _kilobytes(status.read_text(encoding="ascii"), "VmHWM") * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _kilobytes(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    if not found:
        raise RuntimeError(f"no {name} in /proc/self/status")
    return int(found[1])


PRODUCTS = 8
"""Matrix products that are timed as one, so that a moment's disturbance does not decide the machine's rate."""
MATRIX_SHAPE = {"cpu": (1568, 768, 3072), "cuda": (8192, 8192, 8192)}
"""Rows, inner and columns: ViT-B's own largest product on a CPU, one that fills a GPU there."""


def _matrix_products(device: str, dtype: str) -> Callable[[np.ndarray], object]:
    """What is timed for the machine's own rate."""
    import torch

    rows, inner, columns = MATRIX_SHAPE[device]
    left = torch.randn(rows, inner).to(device, getattr(torch, dtype))
    right = torch.randn(columns, inner).to(device, getattr(torch, dtype))

    def run(_: np.ndarray) -> None:
        for _product in range(PRODUCTS):
            torch.nn.functional.linear(left, right)

    return run


def flop_count(classifier: VideoClassifier) -> float:
    """Floating-point operations of one clip's forward pass: two a multiply-add; maps are not counted as work."""
    from ..explain.inside.parts import measure_anatomy

    return 2.0 * measure_anatomy(classifier.model).multiply_adds


def _clip(geometry: Geometry, seed: int) -> np.ndarray:
    shape = (geometry.num_frames, 3, geometry.image_size, geometry.image_size)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def _timed(work: Callable[[np.ndarray], Any], clip: np.ndarray, device: str) -> tuple[float, Any]:
    if device == "cuda":
        import torch

        torch.cuda.synchronize()
    start = time.perf_counter()
    result = work(clip)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def _agreement(ours: list[Answer], reference: list[Answer]) -> dict[str, Any]:
    """The worst of all rounds; ``same_top5`` is the share of rounds, ``logit_error`` counts in standard deviations."""
    pairs = list(zip(ours, reference, strict=True))
    maps = [(np.asarray(mine[1], np.float64), np.asarray(other[1], np.float64)) for mine, other in pairs]
    logits = [(np.asarray(mine[0]), np.asarray(other[0])) for mine, other in pairs]
    return {
        "map_relative_error": max(float((np.abs(mine - other) / other).max()) for mine, other in maps),
        "same_top_token": all(bool(mine.argmax() == other.argmax()) for mine, other in maps),
        "same_top5": statistics.fmean(set(_top5(mine)) == set(_top5(other)) for mine, other in logits),
        "logit_error": max(float(np.abs(mine - other).max() / other.std()) for mine, other in logits),
    }


def _top5(logits: np.ndarray) -> list[int]:
    return np.argsort(-logits)[:5].tolist()


def _machine(device: str) -> dict[str, Any]:
    import torch
    import transformers

    cpu = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", cpu.read_text(encoding="utf-8")) if cpu.exists() else None
    name = found[1] if found else platform.processor()
    if device == "cuda":
        name = torch.cuda.get_device_name()
    return {
        "device": device,
        "name": name,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def seconds_to_preprocess(classifier: VideoClassifier, repeats: int) -> float:
    """Median seconds from 16 decoded frames of 640 x 480 to pixel values."""
    from ..inputs.preprocess import preprocess

    rgb = np.random.default_rng(0).integers(0, 256, (classifier.geometry.num_frames, 480, 640, 3), np.uint8)
    numbers = tuple(range(len(rgb)))
    frames = SampledFrames(rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")
    return statistics.median(
        _timed(lambda _: preprocess(frames, classifier.preprocessing), rgb, "cpu")[0] for _ in range(repeats)
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        metavar="M",
        default="auto",
        help="auto (the Kinetics model where it is in reach, else random weights of its size), random, bundled, a hub"
        " id, or a folder (default: %(default)s)",
    )
    parser.add_argument("--device", choices=get_args(Device), default="auto", help="default: %(default)s")
    parser.add_argument(
        "--repeats", metavar="R", type=options.whole_number, default=5, help="rounds (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the report into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, and print."""
    from ..models import resolve_model
    from ..models.loading import choose_device
    from .decode_overhead import measure_decode

    tell = options.progress_on_stderr()
    model, device = args.model, choose_device(args.device)
    if model == "auto" and resolve_model("auto").spec.source == "bundled":
        model = RANDOM_MODEL
    with options.only_results_on_stdout() as stdout:
        # Memory first: fresh processes beside nothing else.
        peaks = measure_memory(model, device, arms_on(device), tell=tell)
        classifiers = {dtype: load(model, device, dtype) for dtype in ("float32", "bfloat16")}
        report = measure_speed(classifiers, repeats=args.repeats, tell=tell)
        for key, peak in peaks.items():
            report[key] |= {name: round(megabytes, 1) for name, megabytes in peak.items()}
        report["preprocess_seconds"] = seconds_to_preprocess(classifiers["float32"], args.repeats)
        # Without the deadline that visitors' clips get: a busy machine is measured, too.
        report["decode"] = measure_decode(settings=Settings(decode_timeout=600))
        if args.readme:
            write_section(args.readme, "benchmark", f"```\n{as_text(report)}\n```")
        print(json.dumps(report) if args.json else as_text(report), file=stdout)
    return options.DONE


def as_text(report: Mapping[str, Any]) -> str:
    """The report for people."""
    machine, ratios = report["machine"], report["ratios"]
    rates = ", ".join(f"{dtype} {rate:.0f} GFLOP/s" for dtype, rate in report["matrix_product_gflops"].items())
    lines = [
        f"{report['model']['id']} ({report['model']['reason']}) on {machine['name']}, {machine['threads']} threads",
        f"One forward pass is {report['forward_gflop']:.0f} GFLOP; matrix products run at {rates} here.",
        f"Medians of {report['repeats']} rounds in which every way has its turn.",
        "",
        f"{'':52}{'dtype':>9} {'seconds':>8} {'tensors MB':>11} {'process MB':>11} {'of peak rate':>13}",
    ]
    lines += [
        f"{report[key]['title']:52}{report[key]['dtype']:>9} {report[key]['seconds']:8.3f} "
        f"{report[key]['peak_extra_mb']:11.0f} {_whole(report[key].get('peak_resident_mb')):>11} "
        f"{report[key]['gemm_share']:13.0%}"
        for key in ARMS
        if key in report
    ]
    exact, half = report["agreement"]["ours"], report["agreement"]["ours_half"]
    lines += [
        "",
        "MB above the loaded model at the worst moment: tensors that exist at once (the same in every run), and how",
        "much the process grew on a CPU (which varies with the state of the heap).",
        "",
        f"With rollout, ours takes {ratios['ours_to_fused_forward']:.2f} x the fused forward pass alone.",
        f"The plain way takes {ratios['reference_to_ours']:.1f} x the time of ours, "
        f"{_times(report, 'peak_extra_mb')} x its tensors and {_times(report, 'peak_resident_mb')} x its growth.",
        f"Relevance for a class takes {ratios['relevance_to_fused_forward']:.2f} x the fused forward pass.",
        f"In bfloat16, ours with rollout takes {ratios['ours_half_to_fused_forward']:.2f} x the float32 fused forward "
        "pass alone.",
        f"Rollout against the plain way's: relative error {exact['map_relative_error']:.0e} in float32, "
        f"{half['map_relative_error']:.0e} in bfloat16 (same top patch: {_yes(half['same_top_token'])}).",
        f"Its logits differ from the plain way's by at most {exact['logit_error']:.0e} of their standard deviation in "
        f"float32, {half['logit_error']:.0e} in bfloat16;",
        f"the five likeliest classes are the same in {half['same_top5']:.0%} of the rounds in bfloat16.",
        f"Preprocessing takes {report['preprocess_seconds']:.3f} s; decoding 16 frames in the supervised process takes "
        f"{report['decode']['ratio']:.2f} x decoding them in this one.",
    ]
    return "\n".join(lines)


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _times(report: Mapping[str, Any], name: str) -> str:
    plain, ours = (report[key].get(name) for key in ("reference", "ours"))
    return f"{plain / ours:.1f}" if plain and ours else "?"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
