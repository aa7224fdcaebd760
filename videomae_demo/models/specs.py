"""The models that the page offers: one row each. Data only; loading is next door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..settings import ASSETS, Settings
from ..words import later

BUNDLED_ROOT = ASSETS / "models"
"""The checkpoints that this project trained and ships, each in a folder named by its id."""

NON_COMMERCIAL = "CC-BY-NC-4.0"
"""The licence of all weights by the VideoMAE authors: no commercial use."""

_KNOWS_KINETICS = later(
    "400 human actions from YouTube clips (Kinetics-400), from abseiling to zumba; it always names one of them, "
    "whatever the clip shows."
)
_KNOWS_SOMETHING = later(
    "174 hand actions with everyday things (Something-Something V2), such as pushing something from left to right; it "
    "always names one of them."
)


@dataclass(frozen=True)
class ModelSpec:
    """One checkpoint: where it is, what may be done with it, and what it can know."""

    id: str
    """Hub id, or the name of the bundled one, or the folder as given."""
    title: str
    source: Literal["hub", "folder", "bundled"]
    licence: str
    knows: str
    """One sentence: what the model can know, and what it cannot."""
    default_sampling: str = "uniform"
    """A key of ``sampling.SAMPLERS``: how the model was trained."""
    revision: str | None = None
    """A commit of the hub's repository; None is its main branch."""
    config_overrides: tuple[tuple[str, int], ...] = ()
    """Entries of the checkpoint's config.json that are wrong there, and their right values."""
    untrained: str | None = None
    """The id of the checkpoint that it is like in all but its weights, which are random; None where they were learned.
    """


_HUB_MODELS = (
    ModelSpec(
        "MCG-NJU/videomae-base-finetuned-kinetics",
        "VideoMAE base · Kinetics-400",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_KINETICS,
        "dense",
        revision="488eb9a0565f257b32866000305c8178965eb9f6",
    ),
    ModelSpec(
        "MCG-NJU/videomae-base-short-finetuned-kinetics",
        later("VideoMAE base, shorter pre-training · Kinetics-400"),
        "hub",
        NON_COMMERCIAL,
        _KNOWS_KINETICS,
        "dense",
    ),
    ModelSpec(
        "MCG-NJU/videomae-small-finetuned-kinetics",
        "VideoMAE small · Kinetics-400",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_KINETICS,
        "dense",
        # The hub's config says 16 heads (of width 24); the authors' vit_small_patch16_224 has 6 (of width 64). Every
        # weight has the same shape either way, so the wrong number loads without complaint and answers badly
        # (transformers issue 25868: 42 % instead of 79 %).
        config_overrides=(("num_attention_heads", 6),),
    ),
    ModelSpec(
        "MCG-NJU/videomae-large-finetuned-kinetics",
        "VideoMAE large · Kinetics-400",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_KINETICS,
        "dense",
    ),
    ModelSpec(
        "MCG-NJU/videomae-huge-finetuned-kinetics",
        "VideoMAE huge · Kinetics-400",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_KINETICS,
        "dense",
    ),
    ModelSpec(
        "MCG-NJU/videomae-base-finetuned-ssv2",
        "VideoMAE base · Something-Something V2",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_SOMETHING,
    ),
    ModelSpec(
        "MCG-NJU/videomae-base-short-finetuned-ssv2",
        later("VideoMAE base, shorter pre-training · Something-Something V2"),
        "hub",
        NON_COMMERCIAL,
        _KNOWS_SOMETHING,
    ),
    ModelSpec(
        "MCG-NJU/videomae-small-finetuned-ssv2",
        "VideoMAE small · Something-Something V2",
        "hub",
        NON_COMMERCIAL,
        _KNOWS_SOMETHING,
        config_overrides=(("num_attention_heads", 6),),  # as for the other small one
    ),
)

BUNDLED = ModelSpec(
    "videomae-motion",
    later("VideoMAE motion · bundled"),
    "bundled",
    "Apache-2.0",
    later(
        "34 motions of drawn shapes and actions of drawn figures (move left, grow, open a door ...): this small model "
        "knows motion and nothing else."
    ),
)

UNTRAINED = ModelSpec(
    "videomae-motion-untrained",
    later("The bundled network, untrained"),
    "bundled",
    "Apache-2.0",
    later("nothing: its weights are random numbers, as spread as the learned ones. It is here to be compared with."),
    untrained=BUNDLED.id,
)

KINETICS = _HUB_MODELS[0]
"""The default wherever the hub or its cache is in reach."""

BUNDLED_PRETRAINED = ModelSpec(
    "videomae-motion-pretrained",
    later("Motion, pre-trained · bundled"),
    "bundled",
    "Apache-2.0",
    later("How drawn shapes and figures look and move, from filling gaps in rendered clips; it has no classes."),
)

PRETRAINED = ModelSpec(
    "MCG-NJU/videomae-base",
    later("VideoMAE base, pre-trained"),
    "hub",
    NON_COMMERCIAL,
    later("How real videos look and move, from filling gaps in Kinetics-400 clips; it has no classes."),
    "dense",
)

MODELS: dict[str, ModelSpec] = {
    "bundled": BUNDLED,
    "untrained": UNTRAINED,
    **{spec.id: spec for spec in _HUB_MODELS},
}
"""What can be chosen by name, in the order of the page's list; any other hub id or folder works too."""


AUTOENCODERS: dict[str, ModelSpec] = {"bundled": BUNDLED_PRETRAINED, PRETRAINED.id: PRETRAINED}
"""Encoders with their decoders, for masked autoencoding, in the order of the page's list."""


@dataclass(frozen=True)
class Family:
    """Checkpoints of one kind, and what ``auto`` and ``bundled`` mean among them."""

    table: Mapping[str, ModelSpec]
    preferred: ModelSpec
    """The default wherever the hub or its cache is in reach."""
    bundled: ModelSpec


CLASSIFIER_FAMILY = Family(MODELS, KINETICS, BUNDLED)
AUTOENCODER_FAMILY = Family(AUTOENCODERS, PRETRAINED, BUNDLED_PRETRAINED)


def nameable(table: Mapping[str, ModelSpec], settings: Settings) -> tuple[str, ...]:
    """The names of a table's models that visitors may use, ``auto`` first; no folder and no other hub id."""
    listed = settings.may_be_named
    return tuple(dict.fromkeys(("auto", *(key for key in table if listed is None or key in listed), settings.model)))


def spec_for(model: str, table: Mapping[str, ModelSpec] = MODELS) -> ModelSpec:
    """The row of a model by its name, or a plain row for a folder or hub id that the table does not know.

    >>> spec_for("bundled").id
    'videomae-motion'
    >>> spec_for("someone/videomae-cats@v2").revision
    'v2'
    """
    if model in table:
        return table[model]
    source: Literal["hub", "folder"] = "folder" if model and Path(model).is_dir() else "hub"
    name, _, revision = (model, "", "") if source == "folder" else model.partition("@")
    if name in table and table[name].source == "hub":  # another revision of a known model: all else stays true of it
        return replace(table[name], revision=revision or None)
    return ModelSpec(
        id=name,
        title=Path(name).name,
        source=source,
        licence=later("see the model's own card"),
        knows=later("The classes of its own configuration, and nothing else; it always names one of them."),
        revision=revision or None,
    )
