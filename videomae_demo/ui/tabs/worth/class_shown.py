"""The class that a tab's maps are about: the one chosen on the first screen."""

from __future__ import annotations

from ....results import Analysis, Target, answer_target


def chosen(label_id: int | None) -> Target | None:
    """What the visitor chose; None before there is a choice."""
    return None if label_id is None else Target(label_id)


def shown(analysis: Analysis, label_id: int | None) -> Target:
    """The same, or the model's own answer."""
    return chosen(label_id) or answer_target(analysis.prediction)
