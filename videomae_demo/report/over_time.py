"""A timeline for others: JSON, CSV, Parquet, and one HTML file that opens anywhere, offline."""

from __future__ import annotations

import csv
import json
from html import escape
from pathlib import Path
from typing import Any

from ..errors import BadRequestError
from ..figures.over_time import CANNOT_TELL, HOW_TO_READ, clock, over_time_figure
from ..figures.words import percent
from ..results import ClipTimeline
from ..words.unbroken import unbroken
from .export import familiar_json, predictions_json
from .templates import filled

MOST_STRETCHES = 200
"""Rows of the report's table."""


def timeline_json(timeline: ClipTimeline, top_k: int = 5) -> dict[str, Any]:
    """The contract's object: ``windows``, each with its start and end in seconds, ``predictions`` and ``familiar``."""
    clip, model = timeline.clip, timeline.model
    return {
        "clip": timeline.clip_name,
        "ok": True,
        "model": {
            "id": model.id,
            "source": model.source,
            "revision": model.revision,
            "num_labels": model.num_labels,
            "licence": model.licence,
            "reason": model.reason,
        },
        "device": timeline.device,
        "dtype": timeline.dtype,
        "clip_info": {
            "num_frames": clip.num_frames,
            "fps": clip.fps,
            "duration_seconds": clip.duration_seconds,
            "width": clip.width,
            "height": clip.height,
            "codec": clip.codec,
            "rotation": clip.rotation,
        },
        "window": {"start_seconds": timeline.window.start_seconds, "end_seconds": timeline.window.end_seconds},
        "window_seconds": timeline.window_seconds,
        "step_seconds": timeline.step_seconds,
        "sampling": {"name": timeline.sampler, "views": timeline.views},
        "notice": timeline.notice,
        "windows": [
            {
                "start_seconds": span.start_seconds,
                "end_seconds": span.end_seconds,
                "predictions": predictions_json(timeline.prediction(number), top_k),
                "familiar": familiar_json(timeline.prediction(number)),
            }
            for number, span in enumerate(timeline.spans)
        ],
        "seconds": {"all": timeline.seconds},
        "versions": dict(timeline.versions),
    }


def write_timeline(timeline: ClipTimeline, folder: Path, *, top_k: int = 5, parquet: bool = False) -> None:
    """``timeline.json``, ``timeline.csv``, ``report.html``, and ``timeline.parquet`` if wanted.

    Args:
        folder: Made if need be; files of an earlier run are replaced.
        top_k: How many classes the JSON lists a window; the tables have all of them.

    Raises:
        BadRequestError: the place cannot be written, or Parquet needs a package that is not there.
    """
    record = timeline_json(timeline, top_k)
    del record["seconds"]  # what a clock says: a run that was ended and went on writes the very same files
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        (folder / "timeline.json").write_text(text, encoding="utf-8")
        _write_csv(timeline, folder / "timeline.csv")
        (folder / "report.html").write_text(report_html(timeline), encoding="utf-8")
    except OSError as error:
        raise BadRequestError(f"{folder} cannot be written: name another folder with --out.") from error
    if parquet:
        _write_parquet(timeline, folder / "timeline.parquet")


def report_html(timeline: ClipTimeline) -> str:
    """The whole file as text."""
    import plotly.io
    from plotly.offline import get_plotlyjs

    figure = plotly.io.to_html(
        over_time_figure(timeline),
        full_html=False,
        include_plotlyjs=False,
        div_id="over-time-figure",
        config={"displayModeBar": False, "responsive": True},
    )
    name = Path(timeline.clip_name).name
    found = stretches(timeline)
    rows = "".join(
        f"<tr><td>{clock(start)}</td><td>{clock(end)}</td><td>{escape(label)}</td><td>{unbroken(percent(probability))}</td></tr>"
        for start, end, label, probability in found[:MOST_STRETCHES]
    )
    return filled(
        "over_time.html",
        title=escape(f"What happens when: {name}"),
        plotly=get_plotlyjs(),
        clip=escape(name),
        facts=escape(
            f"{clock(timeline.clip.duration_seconds)} · {len(timeline.spans)} windows of {timeline.window_seconds:g} s,"
            f" one every {timeline.step_seconds:g} s · {timeline.sampler} sampling · {timeline.views} views ·"
            f" {timeline.model.id}, {timeline.dtype} on {timeline.device}"
        ),
        notice=escape(timeline.notice or ""),
        figure=figure,
        how_to_read=escape(HOW_TO_READ),
        cannot_tell=escape(CANNOT_TELL),
        rows=rows,
        more=f"And {len(found) - MOST_STRETCHES} more; timeline.csv has all." if len(found) > MOST_STRETCHES else "",
        model=escape(f"{timeline.model.reason} ({timeline.model.licence})"),
    )


def stretches(timeline: ClipTimeline) -> list[tuple[float, float, str, float]]:
    """(start, end, label, mean probability) of each run of windows with the same answer."""
    found: list[tuple[float, float, str, float]] = []
    answers = timeline.probabilities.argmax(axis=1)
    begin = 0
    for number in range(1, len(answers) + 1):
        if number == len(answers) or answers[number] != answers[begin]:
            label_id = int(answers[begin])
            mean = float(timeline.probabilities[begin:number, label_id].mean())
            end = timeline.spans[number - 1].end_seconds
            found.append((timeline.spans[begin].start_seconds, float(end or 0), timeline.labels[label_id], mean))
            begin = number
    return found


def _write_csv(timeline: ClipTimeline, path: Path) -> None:
    """A row a window: its start and end, its answer, and every class's probability."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("start_seconds", "end_seconds", "label", "probability", *timeline.labels))
        for span, row in zip(timeline.spans, timeline.probabilities, strict=True):
            best = int(row.argmax())
            writer.writerow(
                (
                    f"{span.start_seconds:.6g}",
                    f"{span.end_seconds:.6g}",
                    timeline.labels[best],
                    f"{row[best]:.6g}",
                    *(f"{value:.6g}" for value in row),
                )
            )


def _write_parquet(timeline: ClipTimeline, path: Path) -> None:
    """As the CSV, with all probabilities in one column of lists, in the order of the label ids."""
    from .tables import pyarrow, write_parquet

    pa = pyarrow()
    best = timeline.probabilities.argmax(axis=1)
    table = pa.table(
        {
            "start_seconds": [span.start_seconds for span in timeline.spans],
            "end_seconds": [span.end_seconds for span in timeline.spans],
            "label": [timeline.labels[number] for number in best],
            "probability": pa.array(timeline.probabilities.max(axis=1)),
            "probabilities": pa.array(list(timeline.probabilities)),
        },
        metadata={"labels": json.dumps(timeline.labels)},
    )
    write_parquet(table, path)
