"""Take it away: this clip's answer and maps as files, made when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ...errors import BadRequestError
from ...report.downloads import FILES
from ...results import Analysis, Target
from ...words import _, later, numeral
from .. import html
from ..page import QUIET, Page, cancelling
from ..progress import reported

WORDS = later("This clip, its answer and its maps as files: to hand in, to compare in class, to compute with.")


def build(page: Page, tab: gr.Tab) -> None:
    backend = page.backend
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    with gr.Row(elem_id="takeaway"):
        with gr.Column(scale=2, min_width=300):
            methods = gr.CheckboxGroup(
                [(_(row.title), key) for key, row in backend.methods.items()],
                value=[next(iter(backend.methods))],
                label=_("Maps to take along"),
                elem_id="take-methods",
            )
            tested = gr.Checkbox(False, label=_("Test each map against chance, too"), elem_id="take-tested")
            with gr.Row(elem_classes="doing"):
                make = gr.Button(_("Make the files"), size="sm", variant="primary", elem_id="take-make")
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
        with gr.Column(scale=3, min_width=320):
            files = {}
            for name, row in FILES.items():
                with gr.Row(elem_classes="take-file"):
                    files[name] = gr.DownloadButton(name, size="sm", interactive=False, elem_id=f"take-{_id(name)}")
                    gr.HTML(f'<p class="words">{escape(_(row.sentence))}</p>')

    def nothing_yet(*_unused: Any) -> dict[Any, Any]:
        """What was made before is about something else."""
        return {button: gr.update(label=name, value=None, interactive=False) for name, button in files.items()}

    def pack(
        analysis: Analysis, chosen: Sequence[str], with_test: bool, on_screen: str, label_id: int | None
    ) -> Iterator[dict[Any, Any]]:
        if not chosen:
            raise BadRequestError(later("There is no map to take along: choose at least one method."))
        shown = Target(analysis.prediction.top(1)[0][0] if label_id is None else label_id)
        # The map on the first screen goes first, and so into the films.
        in_order = sorted((key for key in backend.methods if key in chosen), key=lambda key: key != on_screen)

        def work(tell: Any) -> Any:
            maps = []
            for number, key in enumerate(in_order):
                tell(later("Computing {method}", method=backend.methods[key].title), number / len(in_order))
                maps.append(backend.explain(analysis, key, target=shown))
            ready = tuple(maps)
            if with_test:
                ready = backend.measure(analysis, ready, target=shown, on_progress=tell)
            return backend.take_away(analysis, ready, on_progress=tell)

        try:
            folder = yield from reported(work, status, _("Making the files"))
        except Exception:
            yield {status: html.idle()}
            raise
        # The folder goes with the last who holds it: this generator does until the page has its copies.
        yield {
            **{button: _offer(folder.path / name) for name, button in files.items()},
            status: html.idle(),
        }

    page.on_analysis(tab, nothing_yet, outputs=[*files.values()])
    for happened in (methods.input, tested.input, page.chosen[page.method].then, page.chosen[page.target].then):
        happened(nothing_yet, None, [*files.values()], **QUIET)
    making = page.on(
        tab,
        make.click,
        pack,
        inputs=[methods, tested, page.method, page.target],
        outputs=[*files.values(), status],
        runs_model=True,
        without_answer=_("There is no answer to take away yet: choose a clip first."),
        trigger_mode="once",
    )
    cancelling(cancel, status, making)


def _offer(path: Path) -> Any:
    return gr.update(label=f"{path.name} · {size_words(path.stat().st_size)}", value=str(path), interactive=True)


def size_words(num_bytes: int) -> str:
    """
    >>> [size_words(size) for size in (812, 52_300, 4_830_000)]
    ['1 kB', '52 kB', '4.8 MB']
    """
    if num_bytes >= 1e6:
        return numeral(num_bytes / 1e6, ".1f") + " MB"
    return numeral(max(num_bytes / 1e3, 1), ".0f") + " kB"


def _id(name: str) -> str:
    return name.replace(".", "-")
