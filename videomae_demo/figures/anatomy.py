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
from .scales import NEGATIVE, POSITIVE
from .strip import data_uri
from .words import percent

STAGES_SCRIPT = Path(__file__).with_name("stages.js")
READ_AS: Mapping[Readout, tuple[str, str]] = {
    "mean": ("Mean", "the mean of all {tokens} final tokens. There is no extra token for the class."),
    "token_0": ("First token", "the first of the {tokens} final tokens. There is no extra token for the class."),
    "class_token": ("Class token", "that of an extra token beside the {tokens}, which stands for no patch."),
    "pooler": ("Pooler", "what one learned query takes of all {tokens} final tokens, by attention of its own."),
}
"""What the head reads: the stage's title, and the end of its sentence."""
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
    _, label, probability = analysis.prediction.top(1)[0]
    logit = float(analysis.prediction.logits.max())
    part = {part.key: part for part in anatomy.parts}
    read_as, read_from = READ_AS[anatomy.readout]
    asking = tokens + anatomy.num_prefix
    return (
        Stage(
            "clip",
            "Clip",
            f"{frames} frames, {size} × {size} px",
            _picture(analysis.model_input.view_rgb[(token.slice * tubelet)]),
            f"{frames} frames of {analysis.clip.num_frames}, resized and cut to a square, each colour scaled as in "
            "training. The model gets nothing else: no sound, no time stamps.",
            (
                ("Shape", f"{frames} × 3 × {size} × {size}"),
                ("Numbers", f"{frames * 3 * size * size:,}"),
                ("From", f"{min(analysis.frames.pts_seconds):.2f} to {max(analysis.frames.pts_seconds):.2f} s"),
            ),
        ),
        Stage(
            "tubelet",
            "Tubelet",
            f"{tubelet} × {patch} × {patch} px = {pixels} numbers",
            "".join(map(_picture, tubelet_pixels(analysis, token))),
            f"The clip is cut into {tokens} little blocks: {tubelet} frames deep, {patch} pixels wide and high. These "
            f"are the real pixels of the chosen one: slice {token.slice + 1}, row {token.row + 1}, column "
            f"{token.column + 1}.",
            (
                ("Slices × rows × columns", f"{slices} × {rows} × {columns} = {tokens}"),
                ("Numbers in one", f"{tubelet} × {patch} × {patch} × 3 = {pixels}"),
            ),
        ),
        Stage(
            "token",
            "Tokens",
            f"{tokens} tokens of {width} numbers",
            _barcode(passage.embedded[index]),
            f"One matrix turns a tubelet's {pixels} numbers into {width}. {anatomy.positions} Above: the chosen "
            "token's numbers, blue below zero, orange above.",
            (
                ("Shape", f"{tokens} × {width}"),
                ("Parameters", amount(part["embedding"].parameters)),
                ("Multiply-adds", amount(part["embedding"].multiply_adds)),
                ("Length of this token", f"{np.linalg.norm(passage.embedded[index]):.2f}"),
            ),
        ),
        Stage(
            "layers",
            f"{layers} layers",
            f"{heads} heads of {width // heads}, MLP {anatomy.mlp_size}",
            '<i class="layer"></i>' * layers,
            "In every layer each token asks all tokens (attention) and takes over what they answer; then each token is "
            "worked on alone (MLP). What comes out is added to what went in.",
            (
                *(
                    (
                        part[key].title,
                        f"{amount(part[key].parameters)} parameters · {amount(part[key].multiply_adds)} multiply-adds "
                        f"({percent(part[key].multiply_adds / anatomy.multiply_adds)})",
                    )
                    for key in ("projections", "attention", "mlp", "norms")
                ),
                ("Attention weights", f"{layers} × {heads} × {asking}² = {amount(layers * heads * asking**2)}"),
            ),
        ),
        Stage(
            "readout",
            read_as,
            f"{tokens} tokens → 1 × {width}",
            _barcode(passage.readout),
            f"The classifier gets one vector: {read_from.format(tokens=tokens)}",
            (
                ("Shape", f"{width}"),
                ("Chosen token, after the last layer", f"length {np.linalg.norm(passage.final[index]):.2f}"),
                ("The vector that is read", f"length {np.linalg.norm(passage.readout):.2f}"),
            ),
        ),
        Stage(
            "answer",
            "Answer",
            f"{anatomy.num_labels} logits",
            f'<span class="verdict">{escape(label)}<br>{percent(probability)}</span>',
            f"One number a class, its logit; softmax{_cooled(analysis.prediction.temperature)} makes probabilities of "
            "them that sum to 1. It always names something, whatever the clip shows.",
            (
                ("Largest logit", f"{logit:.2f} for {label}"),
                ("Probability", percent(probability)),
                ("Parameters", amount(part["head"].parameters)),
                (
                    "The whole model",
                    f"{amount(anatomy.parameters)} parameters · {amount(anatomy.multiply_adds)} multiply-adds",
                ),
            ),
        ),
    )


def _cooled(temperature: float) -> str:
    """What the checkpoint's temperature does, where it has one.

    >>> _cooled(1.25), _cooled(1.0)
    (', after a division by 1.25 that makes 80 % mean 80 %,', '')
    """
    return "" if temperature == 1 else f", after a division by {temperature:.2f} that makes 80 % mean 80 %,"


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
    for size, name in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number >= size:
            return f"{float(f'{number / size:.3g}'):g} {name}"
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
