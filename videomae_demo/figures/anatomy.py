"""The model as a row of six stages with the real numbers of this model and this clip: HTML, one card a stage.

    clip -> tubelets -> tokens -> layers -> mean -> answer

Each card shows what is there at that point (pixels, a token's numbers, the answer) and its shape; pointing at it or
pressing it shows the detail below (``stages.js``).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from ..explain.inside.records import Anatomy, Passage, Token
from ..records import Readout
from ..results import Analysis
from ..words import _, class_name, later, numeral
from .scales import NEGATIVE, POSITIVE
from .strip import data_uri
from .words import percent

STAGES_SCRIPT = Path(__file__).with_name("stages.js")
READ_AS: Mapping[Readout, tuple[str, str]] = {
    "mean": (later("Mean"), later("the mean of all {tokens} final tokens. There is no extra token for the class.")),
    "token_0": (
        later("First token"),
        later("the first of the {tokens} final tokens. There is no extra token for the class."),
    ),
    "class_token": (
        later("Class token"),
        later("that of an extra token beside the {tokens}, which stands for no patch."),
    ),
    "pooler": (
        later("Pooler"),
        later("what one learned query takes of all {tokens} final tokens, by attention of its own."),
    ),
}
"""What the head reads: the stage's title, and the end of its sentence."""
AMOUNTS = (
    (10**9, later("{number:g} billion")),
    (10**6, later("{number:g} million")),
    (10**3, later("{number:g} thousand")),
)
ARROW = '<span class="arrow" aria-hidden="true">→</span>'


@dataclass(frozen=True)
class Stage:
    """One card and the detail behind it."""

    key: str
    title: str
    shape: str
    """What there is of it, in numbers."""
    picture: str
    """HTML."""
    words: str
    """One or two sentences."""
    facts: tuple[tuple[str, str], ...]
    """What and how much: a table's rows."""


def stage_cards(analysis: Analysis, anatomy: Anatomy, passage: Passage, token: Token) -> str:
    """The six stages of this clip's way, with ``token`` as the example on the way."""
    stages = stages_of(analysis, anatomy, passage, token)
    cards = ARROW.join(
        f'<button type="button" class="stage" data-stage="{stage.key}" aria-controls="detail-{stage.key}" '
        f'aria-expanded="false"><b>{escape(stage.title)}</b><span class="exhibit">{stage.picture}</span>'
        f"<span>{escape(stage.shape)}</span></button>"
        for stage in stages
    )
    details = "".join(
        f'<div class="detail" id="detail-{stage.key}" data-detail="{stage.key}" role="region" '
        f'aria-label="{escape(stage.title, quote=True)}"><p>{escape(stage.words)}</p>{_facts(stage.facts)}</div>'
        for stage in stages
    )
    return f'<div class="stages">{cards}</div><div class="details">{details}</div>'


def stages_of(analysis: Analysis, anatomy: Anatomy, passage: Passage, token: Token) -> tuple[Stage, ...]:
    geometry = analysis.geometry
    slices, rows, columns = geometry.grid
    frames, size, patch, tubelet = geometry.num_frames, geometry.image_size, geometry.patch_size, geometry.tubelet_size
    tokens, width, layers, heads = geometry.num_tokens, anatomy.hidden_size, anatomy.num_layers, anatomy.num_heads
    pixels = tubelet * patch * patch * 3
    index = token.index(geometry)
    _unused, label, probability = analysis.prediction.top(1)[0]
    logit = float(analysis.prediction.logits.max())
    part = {part.key: part for part in anatomy.parts}
    read_as, read_from = READ_AS[anatomy.readout]
    asking = tokens + anatomy.num_prefix
    return (
        Stage(
            "clip",
            _("Clip"),
            _("{frames} frames, {size} × {size} px", frames=frames, size=size),
            _picture(analysis.model_input.view_rgb[(token.slice * tubelet)]),
            _(
                "{frames} frames of {num_frames}, resized and cut to a square, each colour scaled as in training. The "
                "model gets nothing else: no sound, no time stamps.",
                frames=frames,
                num_frames=analysis.clip.num_frames,
            ),
            (
                (_("Shape"), f"{frames} × 3 × {size} × {size}"),
                (_("Numbers"), numeral(frames * 3 * size * size, ",")),
                (
                    _("From"),
                    _(
                        "{pts_seconds:.2f} to {pts_seconds2:.2f} s",
                        pts_seconds=min(analysis.frames.pts_seconds),
                        pts_seconds2=max(analysis.frames.pts_seconds),
                    ),
                ),
            ),
        ),
        Stage(
            "tubelet",
            _("Tubelet"),
            _("{tubelet} × {patch} × {patch} px = {pixels} numbers", tubelet=tubelet, patch=patch, pixels=pixels),
            "".join(map(_picture, tubelet_pixels(analysis, token))),
            _(
                "The clip is cut into {tokens} little blocks: {tubelet} frames deep, {patch} pixels wide and high. "
                "These are the real pixels of the chosen one: slice {slice}, row {row}, column {column}.",
                tokens=tokens,
                tubelet=tubelet,
                patch=patch,
                slice=token.slice + 1,
                row=token.row + 1,
                column=token.column + 1,
            ),
            (
                (_("Slices × rows × columns"), f"{slices} × {rows} × {columns} = {tokens}"),
                (_("Numbers in one"), f"{tubelet} × {patch} × {patch} × 3 = {pixels}"),
            ),
        ),
        Stage(
            "token",
            _("Tokens"),
            _("{tokens} tokens of {width} numbers", tokens=tokens, width=width),
            _barcode(passage.embedded[index]),
            _(
                "One matrix turns a tubelet's {pixels} numbers into {width}. {positions} Above: the chosen token's "
                "numbers, blue below zero, orange above.",
                pixels=pixels,
                width=width,
                positions=_(anatomy.positions),
            ),
            (
                (_("Shape"), f"{tokens} × {width}"),
                (_("Parameters"), amount(part["embedding"].parameters)),
                (_("Multiply-adds"), amount(part["embedding"].multiply_adds)),
                (_("Length of this token"), f"{np.linalg.norm(passage.embedded[index]):.2f}"),
            ),
        ),
        Stage(
            "layers",
            _("{layers} layers", layers=layers),
            _("{heads} heads of {width}, MLP {mlp_size}", heads=heads, width=width // heads, mlp_size=anatomy.mlp_size),
            '<i class="layer"></i>' * layers,
            _(
                "In every layer each token asks all tokens (attention) and takes over what they answer; then each "
                "token is worked on alone (MLP). What comes out is added to what went in."
            ),
            (
                *(
                    (
                        _(part[key].title),
                        _(
                            "{amount} parameters · {amount2} multiply-adds ({multiply_adds})",
                            amount=amount(part[key].parameters),
                            amount2=amount(part[key].multiply_adds),
                            multiply_adds=percent(part[key].multiply_adds / anatomy.multiply_adds),
                        ),
                    )
                    for key in ("projections", "attention", "mlp", "norms")
                ),
                (_("Attention weights"), f"{layers} × {heads} × {asking}² = {amount(layers * heads * asking**2)}"),
            ),
        ),
        Stage(
            "readout",
            _(read_as),
            _("{tokens} tokens → 1 × {width}", tokens=tokens, width=width),
            _barcode(passage.readout),
            _("The classifier gets one vector: {what}", what=_(read_from, tokens=tokens)),
            (
                (_("Shape"), f"{width}"),
                (
                    _("Chosen token, after the last layer"),
                    _("length {norm:.2f}", norm=np.linalg.norm(passage.final[index])),
                ),
                (_("The vector that is read"), _("length {norm:.2f}", norm=np.linalg.norm(passage.readout))),
            ),
        ),
        Stage(
            "answer",
            _("Answer"),
            _("{num_labels} logits", num_labels=anatomy.num_labels),
            f'<span class="verdict">{escape(class_name(label))}<br>{percent(probability)}</span>',
            _(
                "One number a class, its logit; softmax{cooled} makes probabilities of them that sum to 1. It always "
                "names something, whatever the clip shows.",
                cooled=_cooled(analysis.prediction.temperature),
            ),
            (
                (_("Largest logit"), _("{logit:.2f} for {label}", logit=logit, label=class_name(label))),
                (_("Probability"), percent(probability)),
                (_("Parameters"), amount(part["head"].parameters)),
                (
                    _("The whole model"),
                    _(
                        "{amount} parameters · {amount2} multiply-adds",
                        amount=amount(anatomy.parameters),
                        amount2=amount(anatomy.multiply_adds),
                    ),
                ),
            ),
        ),
    )


def _cooled(temperature: float) -> str:
    """What the checkpoint's temperature does, where it has one.

    >>> _cooled(1.25), _cooled(1.0)
    (', after a division by 1.25 that makes 80 % mean 80 %,', '')
    """
    if temperature == 1:
        return ""
    return _(", after a division by {temperature:.2f} that makes 80 % mean 80 %,", temperature=temperature)


def tubelet_pixels(analysis: Analysis, token: Token) -> np.ndarray:
    """(tubelet_size, patch, patch, 3) uint8: the pixels of one token, as the model gets them before scaling."""
    geometry = analysis.geometry
    top, left, first = token.row * geometry.patch_size, token.column * geometry.patch_size, geometry.tubelet_size
    return analysis.model_input.view_rgb[
        token.slice * first : (token.slice + 1) * first,
        top : top + geometry.patch_size,
        left : left + geometry.patch_size,
    ]


def amount(number: int) -> str:
    """
    >>> [amount(number) for number in (0, 963, 34_000, 1_327_104, 180_344_893_440)]
    ['0', '963', '34 thousand', '1.33 million', '180 billion']
    """
    for size, name in AMOUNTS:
        if number >= size:
            return _(name, number=float(f"{number / size:.3g}"))
    return f"{number}"


def _facts(facts: tuple[tuple[str, str], ...]) -> str:
    rows = "".join(f"<tr><th scope='row'>{escape(what)}</th><td>{escape(much)}</td></tr>" for what, much in facts)
    return f"<table>{rows}</table>"


def _picture(pixels: np.ndarray) -> str:
    return f'<img class="pixels" src="{data_uri(pixels, lossless=True)}" alt="">'


def _barcode(vector: np.ndarray) -> str:
    """A vector as stripes: one a number, blue below zero, orange above; the strongest twentieth is saturated."""
    strength = np.clip(np.abs(vector) / max(float(np.quantile(np.abs(vector), 0.95)), 1e-9), 0, 1)
    colour = np.where((vector < 0)[:, None], NEGATIVE, POSITIVE)
    rgba = np.concatenate([colour, np.rint(255 * strength)[:, None]], axis=1).astype(np.uint8)[None]
    buffer = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(buffer, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img class="barcode" src="{uri}" alt="">'
