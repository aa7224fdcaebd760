"""An analysis to take away: JSON, maps, frames, a film, and a report that opens anywhere, each a file."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..records import OnProgress, SampledFrames
from ..results import Analysis, Explanation
from ..video.own_folder import own_folder
from ..words import later
from .export import analysis_json

SLOWEST_FPS, FASTEST_FPS = 4.0, 30.0
"""Films play at the clip's own speed between these; sixteen frames of a long clip would else stand for seconds each."""
GIF_HEIGHT = 240


@dataclass(frozen=True)
class TakeawayFile:
    """One file to take away."""

    sentence: str
    """What is in it."""
    write: Callable[[Analysis, dict[str, Any], Path], None]
    """Takes the analysis, its ``export.analysis_json``, and where to write."""


def write_folder(
    analysis: Analysis, folder: Path, *, top_k: int = 5, on_progress: OnProgress | None = None
) -> tuple[Path, ...]:
    """All files of one analysis, a row of ``FILES`` each: what ``explain --out`` writes.

    Args:
        analysis: With at least one explanation; the film and the report's large picture show the first.
        folder: Made if need be; files of an earlier run are replaced.
        top_k: How many classes the JSON lists.
        on_progress: Told which file is being written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = analysis_json(analysis, top_k)
    for number, (name, row) in enumerate(FILES.items()):
        if on_progress:
            on_progress(later("Writing {file}", file=name), number / len(FILES))
        row.write(analysis, record, folder / name)
    return tuple(folder / name for name in FILES)


class PrivateFolder:
    """A new folder that only this process may read, and that goes when nothing holds this object any more."""

    path: Path

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(dir=own_folder("takeaway")))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def pack(
    analysis: Analysis, explanations: Iterable[Explanation], *, on_progress: OnProgress | None = None
) -> PrivateFolder:
    """All files of one analysis with these maps, in a folder of their own; the first map is the one in the films."""
    folder = PrivateFolder()
    explained = replace(analysis, explanations={one.method: one for one in explanations})
    write_folder(explained, folder.path, on_progress=on_progress)
    return folder


def write_json(record: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def write_report(analysis: Analysis, record: dict[str, Any], path: Path) -> None:
    """HTML that opens anywhere, offline."""
    from .html import report_html  # plotly comes with it

    path.write_text(report_html(analysis, record), encoding="utf-8")


def write_maps(analysis: Analysis, path: Path) -> None:
    """NPZ: one float32 array a method, (T', H', W'), in the method's own unit."""
    np.savez_compressed(path, **{method: one.values for method, one in analysis.explanations.items()})  # type: ignore[arg-type]


def write_frames(frames: SampledFrames, path: Path) -> None:
    """NPZ: ``frames`` (T, H, W, 3) uint8 as decoded, ``pts_seconds`` (T,) float64, ``indices`` (T,) int64."""
    np.savez_compressed(
        path,
        frames=frames.rgb,
        pts_seconds=np.array(frames.pts_seconds, np.float64),
        indices=np.array(frames.indices, np.int64),
    )


def write_overlay_mp4(analysis: Analysis, explanation: Explanation, path: Path) -> None:
    """The frames under the map as an H.264 film."""
    from ..figures.burnt_in import burnt_in
    from ..video.mp4_writer import write_mp4

    write_mp4(path, burnt_in(analysis, explanation), fps=film_fps(analysis.frames))


def write_overlay_gif(analysis: Analysis, explanation: Explanation, path: Path) -> None:
    """The frames under the map as a GIF that plays for ever."""
    from ..figures.burnt_in import burnt_in

    pictures = [Image.fromarray(picture) for picture in burnt_in(analysis, explanation)]
    if pictures[0].height > GIF_HEIGHT:
        size = (round(pictures[0].width * GIF_HEIGHT / pictures[0].height), GIF_HEIGHT)
        pictures = [picture.resize(size, Image.Resampling.LANCZOS) for picture in pictures]
    milliseconds = round(1000 / film_fps(analysis.frames))
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)


def film_fps(frames: SampledFrames) -> float:
    """Pictures per second at which the sampled frames take as long as they do in the clip, within reason."""
    span = max(frames.pts_seconds) - min(frames.pts_seconds)
    own = (len(frames.pts_seconds) - 1) / span if span > 0 else SLOWEST_FPS
    return min(max(own, SLOWEST_FPS), FASTEST_FPS)


def _first_map(analysis: Analysis) -> Explanation:
    return next(iter(analysis.explanations.values()))


FILES: dict[str, TakeawayFile] = {
    "report.html": TakeawayFile(
        later("The whole analysis on one page. Opens offline; its figures are alive."), write_report
    ),
    "overlay.mp4": TakeawayFile(
        later("The frames with the first map over them, as a film."),
        lambda analysis, _, path: write_overlay_mp4(analysis, _first_map(analysis), path),
    ),
    "overlay.gif": TakeawayFile(
        later("The same as a GIF, for slides and messages."),
        lambda analysis, _, path: write_overlay_gif(analysis, _first_map(analysis), path),
    ),
    "analysis.json": TakeawayFile(
        later("All numbers: answer, frames taken, model and its revision, settings, versions."),
        lambda _, record, path: write_json(record, path),
    ),
    "maps.npz": TakeawayFile(
        later("Each map as it was computed, for NumPy: one array (slices, rows, columns) a method."),
        lambda analysis, _, path: write_maps(analysis, path),
    ),
    "frames.npz": TakeawayFile(
        later("The frames as they were decoded, for NumPy, with their numbers and times."),
        lambda analysis, _, path: write_frames(analysis.frames, path),
    ),
}
"""By file name, in the order of the page."""
