"""What works here: for whoever wonders why something does not, and for bug reports.

It decodes a sample with each decoder, asks a model about it, looks for the hub, and says what is installed. Of the
machine it tells nothing private: the home folder is ``~``, and no value of the environment is shown but this program's
own settings, without tokens.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from .options import SOME_FAILED

PACKAGES = (
    *("torch", "transformers", "gradio", "plotly", "av", "decord", "numpy", "pillow", "safetensors"),
    *("huggingface-hub", "pyarrow", "prometheus-client", "mcp", "spaces", "ray"),
)
TOKEN = re.compile(r"\bhf_\w+|\b[A-Za-z0-9_\-]{40,}\b")
"""What may be a secret: a token of the hub, or any long word."""


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    works: bool | None
    """None where it neither works nor fails: something optional is not there."""
    words: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object, for bug reports")


def run(args: argparse.Namespace) -> int:
    found = {name: _look(check) for name, check in CHECKS.items()}
    record = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": _private(f"{platform.system()} {platform.release()} {platform.machine()}"),
        "packages": {name: _version(name) for name in PACKAGES},
        "settings": _settings(),
        "checks": {name: {"works": one.works, "words": one.words} for name, one in found.items()},
    }
    print(json.dumps(record, indent=1, ensure_ascii=False) if args.json else _text(record))
    return SOME_FAILED if any(one.works is False for one in found.values()) else 0


def _look(check: Callable[[], Finding]) -> Finding:
    try:
        finding = check()
    except Exception as error:
        finding = Finding(False, f"{type(error).__name__}: {error}")
    return replace(finding, words=_private(finding.words))


def _text(record: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in record["packages"].items() if number)
    lines = [
        f"videomae-demo {record['version']}, Python {record['python']}, {record['platform']}",
        packages,
        f"settings: {', '.join(f'{name}={value}' for name, value in record['settings'].items()) or 'the defaults'}",
        "",
    ]
    marks = {True: "yes", False: "NO ", None: " - "}
    width = max(map(len, record["checks"]))
    lines += [f"{marks[one['works']]}  {name:{width}}  {one['words']}" for name, one in record["checks"].items()]
    return "\n".join(lines)


def _private(text: str) -> str:
    """Without the home folder, the temporary one, the user's name and whatever looks like a token."""
    home, user = str(Path.home()), Path.home().name
    for place, shown in ((home, "~"), (tempfile.gettempdir(), "(temporary folder)")):
        if len(place) > 1:
            text = text.replace(place, shown)
    if user not in ("", "root"):
        text = re.sub(rf"\b{re.escape(user)}\b", "(user)", text)
    return TOKEN.sub("(left out)", text)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _settings() -> dict[str, str]:
    """What the environment sets of ours; a folder by its last name alone."""
    ours = {name: value for name, value in sorted(os.environ.items()) if name.startswith("VIDEOMAE_")}
    return {name: _private(f"…/{Path(value).name}" if os.sep in value and Path(value).is_absolute() else value)
            for name, value in ours.items()}  # fmt: skip


def _settings_are_right() -> Finding:
    from ..settings import Settings

    settings = Settings.from_environment()
    return Finding(True, f"rules for strangers: {settings.public}")


def _decodes(plain: bool) -> Finding:
    """By the decoder that serves such files."""
    from .. import video
    from ..inputs.samples import SAMPLES

    clip = video.probe(SAMPLES[0].path)
    assert clip.scan is not None
    clip = replace(clip, scan=replace(clip.scan, plain=plain))
    frames = video.decode(clip, (0, clip.num_frames // 2, clip.num_frames - 1))
    wanted = "decord" if plain else "pyav"
    if frames.decoder != wanted:
        return Finding(None, f"is not used here; {frames.decoder} reads everything")
    return Finding(
        True, f"reads the first sample: {clip.num_frames} frames of {clip.width} x {clip.height}, {clip.codec}"
    )


def _device() -> Finding:
    import torch

    from ..models.loading import choose_device

    chosen = choose_device("auto")
    words = f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 1e9
        words = f"{torch.cuda.get_device_name(0)}, {memory:.0f} GB"
    return Finding(True, f"{chosen}: {words}")


def _model_answers() -> Finding:
    """The bundled one, which needs nothing from elsewhere."""
    from .. import pipeline
    from ..inputs.samples import SAMPLES

    done = pipeline.classify(pipeline.prepare(SAMPLES[0].path, model="bundled"))
    ((_, label, probability),) = done.prediction.top(1)
    seconds = done.timing.forward
    return Finding(True, f"“{SAMPLES[0].title}”: {label}, {probability:.0%}, in {seconds:.2f} s, {done.dtype}")


def _hub() -> Finding:
    from ..models import KINETICS
    from ..models.hub import find_in_cache, hub_is_reachable
    from ..settings import Settings

    cached = "in the cache" if find_in_cache(KINETICS) else "not in the cache"
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"):
        return Finding(None, f"not asked: HF_HUB_OFFLINE is set; {KINETICS.id} is {cached}")
    reached = hub_is_reachable(KINETICS, timeout=Settings().hub_timeout)
    words = f"{'within' if reached else 'out of'} reach; {KINETICS.id} is {cached}"
    return Finding(True if reached or cached == "in the cache" else None, words)


def _browser_parts() -> Finding:
    """What Gradio and Plotly send to the browser, from this machine alone."""
    import gradio

    pages = Path(gradio.__file__).parent / "templates" / "frontend"
    scripts = [*pages.rglob("*.js")]
    if not (pages / "index.html").is_file() or not scripts:
        return Finding(False, "Gradio's pages are missing: install it again")
    if not any("plotly" in script.name.lower() for script in scripts):
        return Finding(False, "Plotly's script is not among Gradio's: no figure will appear")
    return Finding(True, f"Gradio's pages: {len(scripts)} scripts, Plotly's among them")


def _memory() -> Finding:
    with contextlib.suppress(OSError, ValueError, KeyError):
        told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        total, free = (int(told[name].split()[0]) / 1e6 for name in ("MemTotal", "MemAvailable"))
        return Finding(free > 1, f"{free:.1f} of {total:.1f} GB are free (without a container's own limit)")
    return Finding(None, "this system does not tell")


def _disk() -> Finding:
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return Finding(free > 0.5, f"{free:.1f} GB are free for uploads")


def _encoder() -> Finding:
    """H.264, which films and previews are made with."""
    import av

    av.codec.Codec("libx264", "w")
    return Finding(True, f"libx264, by FFmpeg {av.ffmpeg_version_info}")


def _optional(package: str, what: str) -> Callable[[], Finding]:
    def look() -> Finding:
        there = importlib.util.find_spec(package) is not None
        return Finding(True if there else None, what if there else f"not installed: {what}")

    return look


CHECKS: dict[str, Callable[[], Finding]] = {
    "settings": _settings_are_right,
    "decoder PyAV": lambda: _decodes(plain=False),
    "decoder decord": lambda: _decodes(plain=True),
    "encoder": _encoder,
    "device": _device,
    "bundled model": _model_answers,
    "hub": _hub,
    "browser parts": _browser_parts,
    "memory": _memory,
    "temporary folder": _disk,
    "extra parquet": _optional("pyarrow", "tables by --out FILE.parquet"),
    "extra metrics": _optional("prometheus_client", "numbers for Prometheus"),
    "extra mcp": _optional("mcp", "the tool classify_video"),
}
"""In the order of the report."""
