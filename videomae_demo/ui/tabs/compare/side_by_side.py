"""What is on the page, and beside it another clip, another method or another model, at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ....figures.comparison import Difference, Side, comparison, difference_of, verdict
from ....records import OnProgress
from ....results import Analysis
from ....words import _, later
from ....words.unbroken import unbroken
from ... import html
from ...page import Page, cancelling
from ...progress import reported
from ..worth.class_shown import chosen as target_of
from .kinds import KINDS, Asked, another, clip_choices

WORDS = later(
    "On the left is what the first screen shows; on the right, something else. Both stand at the same moment: step, "
    "play, or point at a strip."
)
HOW_TO_READ = later(
    "Two clips are held together frame by frame, two views of one clip by their seconds. Maps of one unit share one "
    "colour scale. The thin mark on a bar is the other side’s probability. In the difference, orange is where the "
    "right map gives more."
)
FOLLOW = (Path(__file__).parents[2] / "compare.js").read_text(encoding="utf-8")
HEIGHT = 640


def build_side_by_side(page: Page, tab: gr.Tab) -> None:
    backend = page.backend
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    with gr.Row():
        kind = gr.Radio(
            [(_(row.title), key) for key, row in KINDS.items()],
            value=next(iter(KINDS)),
            label=_("Compare with"),
            elem_id="compare-kind",
            min_width=320,
        )
        lists = {
            "clip": (clip_choices(backend.samples), _("Clip on the right")),
            "method": ([(_(row.title), key) for key, row in backend.methods.items()], _("Method on the right")),
            "model": ([(_(spec.title), key) for key, spec in backend.models.items()], _("Model on the right")),
        }
        choices = {
            key: gr.Dropdown(
                rows,
                value=rows[0][1] if rows else None,
                label=label,
                visible=key == next(iter(KINDS)),
                elem_id=f"compare-{key}",
                min_width=280,
            )
            for key, (rows, label) in lists.items()
        }
    with gr.Row(elem_classes="doing"):
        found = gr.HTML(elem_id="compare-verdict")
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    picture = gr.HTML(elem_id="comparison", js_on_load=FOLLOW, min_height=HEIGHT)
    words = gr.HTML(words_html(next(iter(KINDS))))

    def compare(
        analysis: Analysis, method: str, label_id: int | None, kind_key: str, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        *chosen, sampler, visit = values
        by_kind = dict(zip(choices, chosen, strict=True))
        row = KINDS[kind_key]

        def asked(choice: str, tell: OnProgress) -> Asked:
            return Asked(backend, visit, analysis, method, target_of(label_id), sampler, choice, tell)

        clips = clip_choices(backend.samples, visit)
        listed = [value for _unused, value in (clips if kind_key == "clip" else lists[kind_key][0])]
        choice, shown = by_kind[kind_key], row.on_page(asked("", lambda text, share: None))
        if choice not in listed or choice == shown:
            choice = another(listed, shown) if shown in listed else listed[0]
        yield {
            words: words_html(kind_key),
            **{
                control: gr.update(
                    visible=key == kind_key,
                    value=choice if key == kind_key else by_kind[key],
                    **({"choices": clips} if key == "clip" else {}),
                )
                for key, control in choices.items()
            },
        }
        try:
            left, right, apart = yield from reported(
                lambda tell: _sides(row.sides, asked(choice, tell)), status, _("Computing the other side")
            )
        except Exception:
            yield {status: html.idle()}
            raise
        yield {
            found: verdict_html(left, right, apart),
            picture: steps_html() + comparison(left, right, apart),
            status: html.idle(),
        }

    compared = page.on_analysis(
        tab,
        compare,
        about=[page.method, page.target, kind, *choices.values()],
        inputs=[page.sampler, page.visit],
        outputs=[found, picture, words, status, *choices.values()],
        runs_model=True,
    )
    cancelling(cancel, status, compared)


def steps_html() -> str:
    """One frame back, play, one frame on."""
    return (
        '<p class="duel-steps" data-unkept>'
        f'<button type="button" data-by="-1" aria-label="{escape(_("One frame back"))}">◀</button>'
        f'<button type="button" data-play>{escape(_("Play or pause"))}</button>'
        f'<button type="button" data-by="1" aria-label="{escape(_("One frame on"))}">▶</button></p>'
    )


def _sides(sides: Any, asked: Asked) -> tuple[Side, Side, Difference | None]:
    left, right = sides(asked)
    return left, right, difference_of(left, right)


def verdict_html(left: Side, right: Side, difference: Difference | None) -> str:
    first, *rest = verdict(left, right, difference)
    return f'<p class="finding">{unbroken(first)}</p><p class="words">{escape(" ".join(rest))}</p>'


def words_html(kind: str) -> str:
    return html.reading(HOW_TO_READ, KINDS[kind].cannot_tell, about="comparison")
