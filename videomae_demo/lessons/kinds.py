"""What a lesson can ask, a row each: the question's outcomes, and the function that finds which one holds on a clip.

A lesson's file names a kind and what it is about, ``ask: edit reverse``; ``reading`` checks it by this table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..explain import METHODS
from ..inputs.edits import EDITS
from ..inputs.sampling import SAMPLERS
from ..words import _, class_name, later
from . import answers
from .answers import Found

if TYPE_CHECKING:
    from ..backend import Backend
    from ..records import OnProgress
    from ..results import Analysis

FREE_EDITS = tuple(key for key, row in EDITS.items() if "hidden" not in row.choices)
"""Those that need no painting."""


@dataclass(frozen=True)
class Kind:
    """One kind of question."""

    what: str
    """What is asked, in half a sentence."""
    outcomes: tuple[str, ...]
    find: Callable[..., Found]
    """Called as ``find(backend, analysis, about, tell)``."""
    about: Collection[str] | None = ()
    """What may stand behind the kind's name, separated by commas; None is any text."""
    count: tuple[int, int] = (0, 0)
    """How many of them: at least, at most."""
    named: bool = False
    """Whether each of them is an outcome, too, before the others."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What outcomes are called where a lesson has no words of its own for them; else as in ``OUTCOMES``."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "rules": Kind(
            "what the model says to the frames of two sampling rules",
            ("same", "less sure", "another"),
            answers.rules,
            tuple(SAMPLERS),
            (2, 2),
        ),
        "slices": Kind("how many maps over time there are", ("frame", "slice", "clip"), answers.slices),
        "attention": Kind("where in time attention goes", ("own", "near", "spread"), answers.attention),
        "ledgers": Kind(
            "whether a class and that of the reversed clip use the same places",
            ("apart", "opposed", "alike"),
            answers.ledgers,
        ),
        "edit": Kind(
            "what the model says to the edited clip",
            ("same", "another", "unsure"),
            answers.edit,
            FREE_EDITS,
            (1, 1),
        ),
        "maps": Kind(
            "which map has the largest gap among those that are ahead of their turned copies",
            ("none",),
            answers.maps,
            tuple(METHODS),
            (1, 4),
            named=True,
        ),
        "masks": Kind("which mask is easier to fill", ("tube", "random", "even"), answers.masks),
        "says": Kind("which class the model names", ("something else",), answers.says, None, (1, 6), named=True),
        "known": Kind("whether the clip is like what the model learned", ("yes", "no", "cannot tell"), answers.known),
        "moving": Kind(
            "how many tokens hold movement",
            ("none", "few", "many"),
            answers.moving,
            said={
                "none": later("No token holds movement"),
                "few": later("Few tokens hold movement"),
                "many": later("Many tokens hold movement"),
            },
        ),
        "moment": Kind(
            "whether a map gives most to the slice with most movement",
            ("same", "next", "elsewhere"),
            answers.moment,
            tuple(METHODS),
            (1, 1),
            said={
                "same": later("The same slice"),
                "next": later("The slice next to it"),
                "elsewhere": later("Another slice"),
            },
        ),
    }
)


OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "same": later("Same"),
        "less sure": later("Less sure"),
        "another": later("Another"),
        "frame": later("Frame"),
        "slice": later("Slice"),
        "clip": later("Clip"),
        "own": later("Own"),
        "near": later("Near"),
        "spread": later("Spread"),
        "apart": later("Apart"),
        "opposed": later("Opposed"),
        "alike": later("Alike"),
        "unsure": later("Unsure"),
        "none": later("None"),
        "tube": later("Tubes"),
        "random": later("Random"),
        "even": later("Even"),
        "something else": later("Something else"),
        "yes": later("Yes"),
        "no": later("No"),
        "cannot tell": later("Cannot tell"),
        "few": later("Few"),
        "many": later("Many"),
        "next": later("Next"),
        "elsewhere": later("Elsewhere"),
    }
)
"""What outcomes are called where a lesson has no words of its own for them."""


def outcome_words(kind: str, outcome: str) -> str:
    """An outcome as visitors read it: what its kind says, one of ``OUTCOMES``, a method or a class."""
    if outcome in KINDS[kind].said:
        return _(KINDS[kind].said[outcome])
    if outcome in METHODS:
        return _(METHODS[outcome].title)
    return _(OUTCOMES[outcome]) if outcome in OUTCOMES else class_name(outcome).capitalize()


@dataclass(frozen=True)
class Ask:
    """A question as a lesson has it: its kind, and what it is about."""

    kind: str
    """A key of ``KINDS``."""
    about: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it can come to."""
        row = KINDS[self.kind]
        return (*self.about, *row.outcomes) if row.named else row.outcomes

    def answer(self, backend: Backend, analysis: Analysis, tell: OnProgress) -> Found:
        """Which outcome holds on this clip, by this model."""
        return KINDS[self.kind].find(backend, analysis, self.about, tell)
