"""What the numbers of an experiment mean, in sentences that are made from those numbers."""

from __future__ import annotations

from collections.abc import Mapping

from ..records import Prediction
from .words import percent

HARDLY, MOSTLY = 0.1, 0.5
"""Motion scores: below the first the order of the frames hardly matters, from the second on it decides."""


def motion_verdict(original: Prediction, edited: Mapping[str, Prediction]) -> str:
    """What playing the clip backwards, shuffled or frozen did to the answer.

    Args:
        original: the answer to the clip as it is.
        edited: by key of ``whatif.EDITS``; uses ``reverse``, ``shuffle`` and ``freeze`` where they are there.
    """
    label_id, label, probability = original.top(1)[0]
    kept = {name: one.top(1)[0][0] == label_id for name, one in edited.items()}
    sentences = []
    if "reverse" in edited:
        _, other, other_probability = edited["reverse"].top(1)[0]
        if kept["reverse"]:
            share = percent(float(edited["reverse"].probabilities[label_id]))
            sentences.append(f"Played backwards, it is still “{label}” ({percent(probability)} before, {share} now).")
        else:
            sentences.append(
                f"Played backwards, “{label}” ({percent(probability)}) becomes “{other}” ({percent(other_probability)})"
                ". Both films hold the same pictures: only their order can have made the difference."
            )
    if "freeze" in edited:
        share = percent(float(edited["freeze"].probabilities[label_id]))
        if kept["freeze"] and kept.get("reverse", True):
            sentences.append(
                f"One frozen frame keeps the answer, too ({share}): a single picture is enough for it, so this answer"
                " does not show that the model uses motion."
            )
        elif kept["freeze"]:
            sentences.append(f"One frozen frame keeps the answer ({share}).")
        elif kept.get("reverse", False):
            sentences.append(f"One frozen frame does not ({share}): movement matters here, but not which way it runs.")
        else:
            sentences.append(f"One frozen frame leaves {share} of it.")
    if "shuffle" in edited and "reverse" not in edited:
        share = percent(float(edited["shuffle"].probabilities[label_id]))
        sentences.append(f"With its frames shuffled, “{label}” has {share} instead of {percent(probability)}.")
    return " ".join(sentences)


def motion_score_words(score: float) -> str:
    """The score in one sentence.

    >>> motion_score_words(0.87)
    'The order of the frames decides: on average, 87 % of the probability goes to other classes when it changes.'
    """
    what = "hardly matters" if score < HARDLY else "matters" if score < MOSTLY else "decides"
    moved = percent(score)
    return (
        f"The order of the frames {what}: on average, {moved} of the probability goes to other classes when it changes."
    )
