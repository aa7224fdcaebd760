"""An analysis to take away: JSON, maps, frames, a film, and a report that opens anywhere, each a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from .export import analysis_json
from .records import Analysis, Explanation, SampledFrames

SLOWEST_FPS, FASTEST_FPS = 4.0, 30.0
"""Films play at the clip's own speed between these; sixteen frames of a long clip would else stand for seconds each."""
GIF_HEIGHT = 240


def write_folder(analysis: Analysis, folder: Path, *, top_k: int = 5) -> tuple[Path, ...]:
    """All files of one analysis: what ``explain --out`` writes.

    Args:
        analysis: With at least one explanation; the film and the report's large picture show the first.
        folder: Made if need be; files of an earlier run are replaced.
        top_k: How many classes the JSON lists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    from .report import report_html  # plotly comes with it

    record = analysis_json(analysis, top_k)
    files = tuple(
        folder / name
        for name in ("analysis.json", "maps.npz", "frames.npz", "report.html", "overlay.mp4", "overlay.gif")
    )
    files[0].write_text(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    write_maps(analysis, files[1])
    write_frames(analysis.frames, files[2])
    files[3].write_text(report_html(analysis, record), encoding="utf-8")
    first = next(iter(analysis.explanations.values()))
    write_overlay_mp4(analysis, first, files[4])
    write_overlay_gif(analysis, first, files[5])
    return files


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
    from .figures.burnt_in import burnt_in
    from .video.write import write_mp4

    write_mp4(path, burnt_in(analysis, explanation), fps=film_fps(analysis.frames))


def write_overlay_gif(analysis: Analysis, explanation: Explanation, path: Path) -> None:
    """The frames under the map as a GIF that plays for ever."""
    from .figures.burnt_in import burnt_in

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
