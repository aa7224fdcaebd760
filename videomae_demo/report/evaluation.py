"""An evaluation as one HTML file that opens anywhere, offline: confusion, class by class, the worst clips."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadRequestError, DemoError
from ..figures.confusion import confused_classes, confusion_figure
from ..figures.strip import data_uri, resized, side_by_side
from ..figures.words import percent
from ..inputs.sampling import plan_views
from ..results import Proportion
from ..settings import Settings
from ..words.unbroken import unbroken
from .templates import filled

WORST, WORST_FRAMES, FRAME_HEIGHT = 12, 6, 110
MOST_CONFUSIONS = 12

Row = Mapping[str, Any]


def write_report(
    path: Path,
    *,
    record: Mapping[str, Any],
    rows: Sequence[Row],
    labels: Sequence[str],
    paths: Sequence[Path],
    settings: Settings = Settings(),
) -> None:
    """Write the file.

    Args:
        path: Of the HTML file.
        record: What ``evaluate --json`` prints.
        rows: The progress file's, one a clip.
        labels: All classes' names, by label id.
        paths: Each row's clip.
        settings: For decoding the worst clips' frames.

    Raises:
        BadRequestError: the place cannot be written.
    """
    from plotly.offline import get_plotlyjs

    answered = [row for row in rows if row["rank"] is not None]
    counts = np.zeros((len(labels), len(labels)), np.int64)
    for row in answered:
        counts[row["label_id"], row["answer_id"]] += 1
    shown, seen = len(confused_classes(counts)), int(((counts.sum(axis=0) + counts.sum(axis=1)) > 0).sum())
    first, fifth = record["top1"], record["top5"]
    text = filled(
        "evaluation.html",
        title=escape(f"{record['model']}: {100 * first['accuracy']:.1f} % right"),
        plotly=get_plotlyjs(),
        headline=escape(f"{100 * first['accuracy']:.1f} % right, {100 * fifth['accuracy']:.1f} % among the first five"),
        facts=escape(
            f"{record['model']} · {record['sampling']} sampling · {record['views']} views · {record['dtype']} on"
            f" {record['device']} · {record['num_answered']} clips answered, {len(record['failed'])} failed · 95 %"
            f" intervals {_range(first)} and {_range(fifth)}"
        ),
        confusion=_figure_html(counts, labels) if answered else "<p>No clip was answered.</p>",
        left_out=f"The {shown} classes with most mistakes, of {seen}." if shown < seen else "",
        confusions=_table(("It is", "Read as", "Clips"), _confusions(counts, labels)),
        classes=_table(
            ("Class", "Clips", "Right", "95 % interval", "Among five", "Most often read as"),
            _by_class(answered, labels),
        ),
        worst="\n".join(_worst(rows, labels, paths, settings)) or "<p>None: every answered clip was right.</p>",
        failed=_table(("Clip", "Why"), ((row["path"], row["error"]["message"]) for row in rows if row["rank"] is None))
        if record["failed"]
        else "<p>None.</p>",
        json_text=escape(json.dumps(record, ensure_ascii=False, indent=1)),
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadRequestError(f"{path} cannot be written: name a place that can with --report.") from error


def _figure_html(counts: np.ndarray, labels: Sequence[str]) -> str:
    import plotly.io

    return plotly.io.to_html(
        confusion_figure(counts, labels),
        full_html=False,
        include_plotlyjs=False,
        div_id="confusion-figure",
        config={"displayModeBar": False, "responsive": True},
    )


def _confusions(counts: np.ndarray, labels: Sequence[str]) -> list[tuple[str, ...]]:
    """The most frequent mistakes."""
    mistakes = counts - np.diag(np.diag(counts))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:MOST_CONFUSIONS]
    pairs = [divmod(int(place), len(labels)) for place in order]
    return [(labels[true], labels[read], f"{mistakes[true, read]}") for true, read in pairs if mistakes[true, read]]


def _by_class(answered: Sequence[Row], labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Each class that occurs, the worst first."""
    lines = []
    for label_id in sorted({row["label_id"] for row in answered}):
        own = [row for row in answered if row["label_id"] == label_id]
        right = Proportion(sum(row["rank"] == 1 for row in own), len(own))
        fifth = Proportion(sum(row["rank"] <= 5 for row in own), len(own))
        low, high = right.interval
        wrong = Counter(row["answer_id"] for row in own if row["rank"] > 1).most_common(1)
        read_as = f"{labels[wrong[0][0]]} ({wrong[0][1]})" if wrong else ""
        interval = f"{100 * low:.0f} to {100 * high:.0f} %"
        cells = (f"{len(own)}", f"{100 * right.share:.0f} %", interval, f"{100 * fifth.share:.0f} %", read_as)
        lines.append((right.share, labels[label_id], cells))
    return [(label, *cells) for _, label, cells in sorted(lines)]


def _worst(rows: Sequence[Row], labels: Sequence[str], paths: Sequence[Path], settings: Settings) -> Iterable[str]:
    """The wrong answers that give the right class the least, each with its frames."""
    wrong = [number for number, row in enumerate(rows) if row["rank"] is not None and row["rank"] > 1]
    wrong.sort(key=lambda number: rows[number]["probability"])
    for number in wrong[:WORST]:
        row = rows[number]
        words = (
            f"It is “{row['label']}” ({percent(row['probability'])}, rank {row['rank']}), read as"
            f" “{labels[row['answer_id']]}” ({percent(row['answer_probability'])})."
        )
        yield (
            f"<figure>{_film(paths[number], settings)}<figcaption>{unbroken(words)}<br>"
            f'<span class="quiet">{escape(row["path"])}</span></figcaption></figure>'
        )


def _film(path: Path, settings: Settings) -> str:
    from .. import video

    try:
        clip = video.probe(path, settings=settings)
        (plan,) = plan_views(clip, sampler="uniform", num_frames=WORST_FRAMES)
        frames = video.decode(clip, plan.indices, settings=settings)
    except DemoError as error:  # it went away since it was answered
        return f"<p>{escape(str(error))}</p>"
    uri = data_uri(side_by_side(resized(frames.rgb, FRAME_HEIGHT)))
    return f'<img src="{uri}" alt="{WORST_FRAMES} frames of {escape(path.name)}, evenly over the clip">'


def _range(found: Mapping[str, Any]) -> str:
    low, high = found["interval_95"]
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head_cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{unbroken(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head_cells}</tr></thead><tbody>{body}</tbody></table></div>'
