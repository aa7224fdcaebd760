"""What can stand on the other side: another clip, another method or another model; a row each in ``KINDS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ....backend import Backend
from ....figures.comparison import Side
from ....models import name_of
from ....records import OnProgress, Window
from ....results import Analysis, Explanation, Target, answer_target
from ....words import _, class_name, later, listed
from ...visit import Visit

if TYPE_CHECKING:
    from ....inputs.samples import Sample

SAMPLE, OWN = "sample", "own"
"""Begin the value of a clip in the list; its place among the samples, or among the visitor's own clips, follows."""


@dataclass(frozen=True)
class Asked:
    """What is compared with the answer on the page."""

    backend: Backend
    visit: Visit
    analysis: Analysis
    method: str
    """A key of ``Backend.methods``: of the map on the page."""
    target: Target | None
    """The class that the visitor chose to explain; None is the model's answer."""
    sampler: str
    """As chosen for the page: ``auto`` or a key of ``Backend.samplers``."""
    choice: str
    """What the visitor chose for the other side, from the kind's list."""
    tell: OnProgress


@dataclass(frozen=True)
class Kind:
    """One way to compare."""

    title: str
    sides: Callable[[Asked], tuple[Side, Side]]
    on_page: Callable[[Asked], str]
    """What of the kind's list is on the page already."""
    cannot_tell: str


def clip_sides(asked: Asked) -> tuple[Side, Side]:
    """The same question to another clip: same model, rule and method, each clip's own answer explained."""
    name, path, window = clip_of(asked)
    asked.tell(later("Reading {clip}", clip=name), None)
    ready = asked.backend.prepare(
        path, clip_name=name, model=name_of(asked.analysis.model), sampling=asked.sampler, window=window
    )
    other = asked.backend.classify(ready, on_progress=asked.tell)
    mine = asked.target or answer_target(asked.analysis.prediction)
    chosen = mine != answer_target(asked.analysis.prediction)  # a class that was asked for is explained on both sides
    targets = (mine, mine if chosen else answer_target(other.prediction))
    return (
        side(asked, asked.analysis, asked.method, targets[0], title=_(asked.analysis.clip_name)),
        side(asked, other, asked.method, targets[1], title=_(name)),
    )


def method_sides(asked: Asked) -> tuple[Side, Side]:
    """The same answer, explained in two ways."""
    target = asked.target or answer_target(asked.analysis.prediction)
    one, other = (
        side(asked, asked.analysis, method, target, title=_(asked.backend.methods[method].title))
        for method in (asked.method, asked.choice)
    )
    return one, other


def model_sides(asked: Asked) -> tuple[Side, Side]:
    """The same clip, asked of two models; the same class is explained, where both have it."""
    analysis = asked.analysis
    asked.tell(later("Asking {model}", model=asked.backend.models[asked.choice].title), None)
    ready = asked.backend.prepare(
        analysis.clip.path,
        clip_name=analysis.clip_name,
        model=asked.choice,
        sampling=asked.sampler,
        window=analysis.window,
        on_progress=asked.tell,
    )
    other = asked.backend.classify(ready, on_progress=asked.tell)
    target = asked.target or answer_target(analysis.prediction)
    same_classes = analysis.prediction.labels == other.prediction.labels
    return (
        side(asked, analysis, asked.method, target, title=model_title(asked.backend, analysis)),
        side(
            asked,
            other,
            asked.method,
            target if same_classes else answer_target(other.prediction),
            title=_(asked.backend.models[asked.choice].title),
        ),
    )


KINDS: Mapping[str, Kind] = {
    "clip": Kind(
        later("Another clip"),
        clip_sides,
        lambda asked: clip_key(asked.visit),
        later(
            "Why the answers differ: two clips differ in more than one thing. Patch against patch there is nothing to "
            "subtract, as they show different things; one scale says only which map is more concentrated."
        ),
    ),
    "method": Kind(
        later("Another method"),
        method_sides,
        lambda asked: asked.method,
        later(
            "Which of the two is right: methods that agree may share a mistake, and methods that ask different "
            "questions may both be right. “Is the map any good?” measures each."
        ),
    ),
    "model": Kind(
        later("Another model"),
        model_sides,
        lambda asked: model_key(asked.backend, asked.analysis),
        later(
            "Which model is right, or better: this is one clip. A map of the untrained network shows what architecture "
            "and pictures alone make; a method whose map of it is like that of the trained one shows little of what "
            "was learned."
        ),
    ),
}
"""By key, in the order of the page."""


def side(asked: Asked, analysis: Analysis, method: str, target: Target, *, title: str) -> Side:
    """One side, its map explained; or why this method has none for its model."""
    row = asked.backend.methods[method]
    refusal = row.why_not(analysis.model)
    asked.tell(later("Computing {method}", method=row.title), None)
    explanation: Explanation | None = None if refusal else asked.backend.explain(analysis, method, target=target)
    words = _(row.title)
    if row.class_specific:
        label = class_name(analysis.prediction.labels[target.label_id])
        words = _("{method}: {label}", method=words, label=label)
    about = listed((_(analysis.clip_name), model_title(asked.backend, analysis), words))
    return Side(title, about, words, analysis, explanation, refusal and _(refusal))


def model_key(backend: Backend, analysis: Analysis) -> str:
    """The model of an analysis, as ``Backend.models`` has it; empty for one that is not in the table."""
    return next((key for key, spec in backend.models.items() if spec.id == analysis.model.id), "")


def model_title(backend: Backend, analysis: Analysis) -> str:
    key = model_key(backend, analysis)
    return _(backend.models[key].title) if key else analysis.model.id


def clip_choices(samples: Sequence[Sample], visit: Visit | None = None) -> list[tuple[str, str]]:
    """(title, value) of the samples, then of the clips that this visitor brought."""
    own = visit.own_clips if visit else ()
    return [
        *((_(sample.title), f"{SAMPLE}:{index}") for index, sample in enumerate(samples)),
        *((_("{clip} (yours)", clip=wish.name), f"{OWN}:{index}") for index, wish in enumerate(own)),
    ]


def clip_key(visit: Visit) -> str:
    """The value of the clip on the page."""
    wish, own = visit.wish, [clip.path for clip in visit.own_clips]
    if wish is not None and wish.sample is not None:
        return f"{SAMPLE}:{wish.sample}"
    return f"{OWN}:{own.index(wish.path)}" if wish is not None and wish.path in own else ""


def clip_of(asked: Asked) -> tuple[str, Path, Window]:
    """Name, file and window of the clip that was chosen."""
    kind, _unused, place = asked.choice.partition(":")
    if kind == OWN:
        wish = asked.visit.own_clips[int(place)]
        return wish.name, Path(wish.path or ""), Window(wish.start_seconds, wish.end_seconds)
    sample = asked.backend.samples[int(place)]
    return sample.title, Path(sample.path), Window()


def another(choices: Sequence[str], shown: str) -> str:
    """The neighbour of what is on the page: lists are ordered so that neighbours make a point.

    >>> another(["boat", "car", "door"], "boat"), another(["boat", "car", "door"], "door"), another(["boat"], "boat")
    ('car', 'car', 'boat')
    """
    at = choices.index(shown)
    return next((choices[place] for place in (at ^ 1, at - 1) if 0 <= place < len(choices)), shown)
