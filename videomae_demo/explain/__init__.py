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
from ..records import Explanation, Target

if TYPE_CHECKING:
    from ..models import VideoClassifier

Compute = Callable[..., tuple[np.ndarray, Mapping[str, float]]]

SHARE = "times the uniform share"
"""Unit of relevance that is distributed over the tokens: 1 where every token would get the same; the mean is 1."""
LOGIT = "logit"
"""Unit of a signed contribution to the target's logit (or to the difference of two logits)."""


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
    """The module in this package that has ``compute``."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Keyword options of ``compute`` and their defaults."""

    def load(self) -> Compute:
        """The method's function; the first call imports its file, and torch with it."""
        return cast(Compute, import_module(f".{self.file}", __name__).compute)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "rollout": Method(
            title="Attention rollout",
            unit=SHARE,
            signed=False,
            class_specific=False,
            how_to_read="At 2, twice as much attention flows from this patch to the classifier's readout, through all "
            "layers, as would if all patches were equal.",
            cannot_tell="It is the same for every class, and it ignores what is read there: values, MLPs and signs.",
            source="Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers, arXiv 2005.00928",
            file="rollout",
            options={"head_fusion": "mean", "discard_ratio": 0.0, "first_layer": 0, "last_layer": None},
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
            raise BadRequestError(f"There is no class {label_id}: this model's classes are 0 to {num_labels - 1}.")
    if target.against_label_id == target.label_id:
        raise BadRequestError("A class cannot be compared with itself: choose two different classes.")
    return target
