"""Maps over a clip's tokens: one file a method, one row in ``METHODS``.

A method's file has one function, ``compute(classifier, pixel_values, target, **options)``, which returns N values, in
token order, and the numbers to print beside the map. ``explain()`` looks the method up, checks the request, and puts
the values on the token grid. Importing this package loads no torch: a row names its file, loaded on first use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np

from ..errors import BadRequestError
from ..records import Ability, ModelIdentity
from ..results import Explanation, Target
from ..words import later

if TYPE_CHECKING:
    from ..models import VideoClassifier

Compute = Callable[..., tuple[np.ndarray, Mapping[str, float]]]

SHARE = later("times the uniform share")
"""Unit of relevance that is distributed over the tokens: 1 where every token would get the same; the mean is 1."""
LOGIT = later("logit")
"""Unit of a signed contribution to the target's logit (or to the difference of two logits)."""


@dataclass(frozen=True)
class Sum:
    """How one speaks of a map whose values sum to the logit, but for a rest."""

    rest: str
    """What the rest is."""
    lies: str
    """What evidence does in a slice, for instance ``"is held in"``."""
    even: str
    """The same where all slices have as much, and why that is."""


@dataclass(frozen=True)
class Method:
    """One way to say which tokens mattered."""

    title: str
    unit: str
    signed: bool
    class_specific: bool
    """Whether the map depends on the target class; if not, it shows the same for every class."""
    how_to_read: str
    """One sentence."""
    cannot_tell: str
    """One sentence."""
    source: str
    """Paper or definition."""
    file: str
    """The module in ``explain/methods`` that has ``compute``."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Keyword options of ``compute`` and their defaults."""
    needs: frozenset[Ability] = frozenset()
    """What a network must have for it."""
    sum: Sum | None = None
    """None where the map's values sum to nothing that the model says, or not exactly."""

    def why_not(self, model: ModelIdentity) -> str | None:
        """One sentence on why there is no such map for this model; None where there is one."""
        reason = model.why_not(*self.needs)
        if not reason:
            return None
        return later("{method} does not apply to this model: {reason}.", method=self.title, reason=reason)

    def load(self) -> Compute:
        """The method's function; the first call imports its file, and torch with it."""
        return cast(Compute, import_module(f".methods.{self.file}", __name__).compute)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "rollout": Method(
            title=later("Attention rollout"),
            unit=SHARE,
            signed=False,
            class_specific=False,
            how_to_read=later(
                "At 2, twice as much attention flows from this patch to the classifier's readout, through all layers, "
                "as from the average patch."
            ),
            cannot_tell=later(
                "It is the same for every class, and it ignores what is read there: values, MLPs and signs."
            ),
            source=later("Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers, arXiv 2005.00928"),
            file="rollout",
            options={"head_fusion": "mean", "discard_ratio": 0.0, "first_layer": 0, "last_layer": None},
        ),
        "relevance": Method(
            title=later("Relevance for the class"),
            unit=SHARE,
            signed=False,
            class_specific=True,
            how_to_read=later(
                "At 2, twice as much of the attention that raises this class's logit comes from this patch as from "
                "the average patch."
            ),
            cannot_tell=later(
                "It shows what speaks for the class, not against it, and follows attention only: what the MLPs do is "
                "seen through the gradient alone."
            ),
            source=later("Chefer, Gur and Wolf 2021, Generic Attention-model Explainability, arXiv 2103.15679"),
            file="relevance",
        ),
        "attn_lrp": Method(
            title=later("Layer-wise relevance"),
            unit=LOGIT,
            signed=True,
            class_specific=True,
            how_to_read=later(
                "Each patch's number is the part of the class's logit that every layer, one after the other, hands "
                "back to it; with what biases and softmax keep they sum to it."
            ),
            cannot_tell=later(
                "Other fair rules share a sum out otherwise, so a number is not what the logit would lose without the "
                "patch; a part belongs to patch and position together."
            ),
            source=later(
                "Achtibat et al. 2024, AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers, "
                "arXiv 2402.05602"
            ),
            file="attn_lrp",
            options={"gamma": 0.25},
            sum=Sum(
                rest=later("kept on the way: biases and softmax"),
                lies=later("Most that speaks for “{label}” comes from slice {slice} of {slices} ({most})."),
                even=later(
                    "What speaks for “{label}” comes from all slices alike: none of them tells the two apart alone "
                    "({least} to {most} a slice)."
                ),
            ),
        ),
        "ledger": Method(
            title=later("Ledger of the logit"),
            unit=LOGIT,
            signed=True,
            class_specific=True,
            how_to_read=later(
                "Each patch's number is what its final token adds to the class's logit, or takes away; with the "
                "constant they sum to it exactly."
            ),
            cannot_tell=later(
                "By the last layer a token holds more than its own patch: the ledger says where the evidence is held, "
                "not where in the picture it came from."
            ),
            source=later(
                "Exact for a mean-pooled head; the idea of Zhou et al. 2016, Class Activation Mapping, arXiv "
                "1512.04150, through the LayerNorm"
            ),
            file="ledger",
            needs=frozenset({"ledger"}),
            sum=Sum(
                rest=later("constant: bias and LayerNorm"),
                lies=later("Most that speaks for “{label}” is held in slice {slice} of {slices} ({most})."),
                even=later(
                    "What speaks for “{label}” is held by all slices alike: by the last layer, each of them has heard "
                    "of the others ({least} to {most} a slice)."
                ),
            ),
        ),
        "gradient_x_input": Method(
            title=later("Gradient x input"),
            unit=LOGIT,
            signed=True,
            class_specific=True,
            how_to_read=later(
                "The change of the class's logit per patch if the effect of its pixels, measured from the mean colour, "
                "were as linear as it is for tiny changes."
            ),
            cannot_tell=later(
                "What large changes do: far from this clip the gradient is another one, and it is noisy."
            ),
            source=later("Shrikumar et al. 2016, Not Just a Black Box, arXiv 1605.01713"),
            file="gradient_x_input",
        ),
        "integrated_gradients": Method(
            title=later("Integrated gradients"),
            unit=LOGIT,
            signed=True,
            class_specific=True,
            how_to_read=later(
                "Each patch's number is its part in the way from a grey clip's logit to this clip's; the parts add up "
                "to the difference, nearly."
            ),
            cannot_tell=later(
                "It depends on the grey clip that it starts from, and patches of the mean colour get nothing."
            ),
            source=later("Sundararajan, Taly and Yan 2017, Axiomatic Attribution for Deep Networks, arXiv 1703.01365"),
            file="integrated_gradients",
            options={"steps": 8},
        ),
        "attention": Method(
            title=later("Attention of one layer"),
            unit=SHARE,
            signed=False,
            class_specific=False,
            how_to_read=later(
                "At 2, this patch's token gets twice the uniform share of one layer's attention, from one query or "
                "from all that the classifier reads."
            ),
            cannot_tell=later("One layer of many: what a token holds by then need not come from its own patch."),
            source=later("The weights themselves: softmax of queries times keys"),
            file="attention",
            options={"layer": -1, "head": None, "token": None},
        ),
        "random": Method(
            title=later("Chance"),
            unit=SHARE,
            signed=False,
            class_specific=False,
            how_to_read=later("A random number for each patch: what any other map has to beat."),
            cannot_tell=later("Anything about the model or the clip."),
            source=later("Baseline"),
            file="random",
            options={"seed": 0},
        ),
        "center": Method(
            title=later("Centre of the frame"),
            unit=SHARE,
            signed=False,
            class_specific=False,
            how_to_read=later(
                "The same bell around the middle of every frame: what a good photographer alone would explain."
            ),
            cannot_tell=later("Anything about the model or the clip."),
            source=later("Baseline"),
            file="center",
        ),
    }
)


def explain(
    method: str,
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    *,
    target: Target | None = None,
    **options: object,
) -> Explanation:
    """One map over the tokens of one view.

    Args:
        method: a key of ``METHODS``.
        pixel_values: (T, 3, S, S) float32, one view.
        target: the class, or the two classes, to explain; the likeliest class where None. Ignored by methods that are
            not class-specific.
        options: see ``METHODS[method].options``.

    Raises:
        BadRequestError: no such class, an option out of range, or a method that does not apply to this model.
        ValueError: no such method or option.
    """
    if method not in METHODS:
        raise ValueError(f"{method = }: expected one of {', '.join(METHODS)}")
    row = METHODS[method]
    if unknown := options.keys() - row.options.keys():
        raise ValueError(
            f"{method} has no option {', '.join(sorted(unknown))}; it has {', '.join(row.options) or 'none'}"
        )
    if refusal := row.why_not(classifier.identity):
        raise BadRequestError(refusal)
    used = _target(classifier, pixel_values, target) if row.class_specific else None
    compute = row.load()
    start = time.perf_counter()
    values, figures = compute(classifier, pixel_values, used, **{**row.options, **options})
    seconds = time.perf_counter() - start
    return Explanation(
        method=method,
        values=np.asarray(values, np.float32).reshape(classifier.geometry.grid),
        unit=row.unit,
        signed=row.signed,
        target=used,
        seconds=seconds,
        figures=figures,
    )


def _target(classifier: VideoClassifier, pixel_values: np.ndarray, target: Target | None) -> Target:
    if target is None:
        return Target(int(np.argmax(classifier.forward(pixel_values).logits)))
    num_labels = len(classifier.labels)
    for label_id in (target.label_id, target.against_label_id):
        if label_id is not None and not 0 <= label_id < num_labels:
            raise BadRequestError(
                later(
                    "There is no class {label_id}: this model's classes are 0 to {num_labels}.",
                    label_id=label_id,
                    num_labels=num_labels - 1,
                )
            )
    if target.against_label_id == target.label_id:
        raise BadRequestError(later("A class cannot be compared with itself: choose two different classes."))
    return target
