"""How it learned: hide most of the clip, and see what a pre-trained VideoMAE paints into the gaps."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from ...figures import placeholder
from ...figures.masked import masked_figure
from ...figures.words import percent
from ...models import AUTOENCODERS, nameable
from ...models.masking import MASKS
from ...models.reconstruction import Reconstruction
from ...results import Analysis
from ...words import _, later, numeral
from .. import html
from ..page import QUIET, Page, cancelling
from ..progress import reported

CLEARLY_DB = 0.5
"""Decibels below which a difference between two pictures can hardly be seen."""
WORDS = later(
    "Before it saw a single label, VideoMAE was trained to fill gaps. Hide a part of this clip and watch what comes "
    "back: a picture is worth something only where it beats the simple fills."
)
HOW_TO_READ = later(
    "The error map is dark where the guess was right; grey parts were visible, so nothing had to be guessed."
)
CANNOT_TELL = later(
    "A good picture does not show that the classifier understands the clip, nor a blurred one that it does not: this "
    "is another network, or the same one before it learned classes."
)


def build(page: Page, tab: gr.Tab) -> None:
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    draw = gr.State(0)
    with gr.Row():
        mask = gr.Radio(
            [(_(row.title), key) for key, row in MASKS.items()],
            value="tube",
            label=_("What is hidden"),
            elem_id="mask-kind",
        )
        share = gr.Slider(50, 95, value=75, step=5, label=_("Hidden share, per cent"), elem_id="mask-share")
        with gr.Column(min_width=140, elem_id="mask-again"):
            again = gr.Button(_("Hide other tokens"), size="sm")
        model = gr.Dropdown(
            [(_(AUTOENCODERS[key].title), key) for key in nameable(AUTOENCODERS, page.settings) if key in AUTOENCODERS],
            value="bundled",
            label=_("Pre-trained model"),
            elem_id="mask-model",
            # On a phone a row of its own, elsewhere twice its neighbours' width: the arrow would lie on its name.
            min_width=240,
            scale=2,
        )
    with gr.Row(elem_classes="doing"):
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            picture = gr.Plot(
                placeholder(_("The pictures appear here.")),
                show_label=False,
                label=_("Original, hidden and reconstructed frames"),
                elem_id="masked-pictures",
            )
        with gr.Column(scale=2, min_width=300):
            numbers = gr.HTML(elem_id="masked-numbers")
            gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="masked-pictures"))
    settings = [mask, share, draw, model]
    outputs = [picture, numbers, status]

    def refresh(analysis: Analysis, kind: str, per_cent: float, seed: int, name: str, frame: float) -> Iterator[Any]:
        if reason := analysis.model.why_not("reconstruction"):
            yield {
                picture: placeholder(_("No pictures.")),
                numbers: html.not_for_this_model(reason),
                status: html.idle(),
            }
            return
        try:
            result = yield from reported(
                lambda tell: page.backend.reconstruct(
                    analysis, autoencoder=name, mask=kind, ratio=per_cent / 100, seed=seed, on_progress=tell
                ),
                status,
                _("Hiding and painting"),
            )
        except Exception:
            yield {status: html.idle()}
            raise
        figure = masked_figure(
            result,
            pts_seconds=analysis.frames.pts_seconds,
            indices=analysis.frames.indices,
            frame=min(int(frame), len(result.original_rgb)) - 1,
        )
        figure.layout.meta["note"] = _(
            "Hidden: {share} of the patches, by “{mask}”; painted by {model}.",
            share=percent(float(result.hidden.mean())),
            mask=_(MASKS[kind].title),
            model=_(AUTOENCODERS[name].title),
        )
        yield {picture: figure, numbers: numbers_html(result), status: html.idle()}

    following = page.on_analysis(tab, refresh, inputs=[*settings, page.frame], outputs=outputs, runs_model=True)
    changed = page.on(
        tab,
        [mask.input, share.release, draw.change, model.input],
        refresh,
        inputs=[*settings, page.frame],
        outputs=outputs,
        runs_model=True,
    )
    again.click(lambda seed: seed + 1, draw, draw, **QUIET)
    cancelling(cancel, status, [*following, *changed])


def numbers_html(result: Reconstruction) -> str:
    """The verdict as a sentence, and the decibels of each picture over the hidden pixels as a table."""
    rows = (
        (_("Reconstructed"), result.own_psnr_db, _("from what was visible alone")),
        (_("Nearest colour"), result.nearest_fill_psnr_db, _("a simple fill, no network at all")),
        (_("Mean colour"), result.mean_fill_psnr_db, _("a simple fill, no network at all")),
        (_("Truth borrowed"), result.borrowed_psnr_db, _("with each hidden patch's true brightness and contrast")),
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name)}<span>{escape(what)}</span></th><td>{numeral(decibels, ".1f")} dB</td></tr>'
        for name, decibels, what in rows
    )
    return (
        f'<p class="verdict">{escape(verdict(result))}</p>'
        f'<table class="numbers"><caption>{escape(_("Likeness over the hidden pixels; higher is better"))}</caption>'
        f"{body}</table>"
    )


def verdict(result: Reconstruction) -> str:
    """Whether the network did more than a simple fill, on this clip and under this mask."""
    gain = result.own_psnr_db - max(result.nearest_fill_psnr_db, result.mean_fill_psnr_db)
    hidden = _("{mean} hidden", mean=percent(float(result.hidden.mean())))
    if gain >= CLEARLY_DB:
        return _("{hidden}: {gain:.1f} dB better than the better simple fill.", hidden=hidden, gain=gain)
    if gain <= -CLEARLY_DB:
        return _(
            "{hidden}: {value:.1f} dB worse than a simple fill; here the network adds nothing.",
            hidden=hidden,
            value=-gain,
        )
    return _("{hidden}: no better than a simple fill ({gain:+.1f} dB).", hidden=hidden, gain=gain)
