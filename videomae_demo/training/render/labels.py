"""What there is to tell apart: the labels, and what reversing or mirroring a clip makes of each.

Every class is exactly one of: *paired* (played backwards it is another class), *self-reverse* (played backwards
it is itself) or *neither* (played backwards it has no name here). A test holds the tables to that.
"""

from __future__ import annotations

NAMED_CLASSES = (
    "move left", "move right", "move up", "move down", "grow", "shrink",
    "rotate clockwise", "rotate counter-clockwise", "bounce", "shake", "hold still",
)  # fmt: skip

MOTION_CLASSES = (
    *NAMED_CLASSES,
    "circle clockwise", "circle counter-clockwise", "fade in", "fade out",
    "come together", "move apart", "blink",
)  # fmt: skip
"""What a shape, or the whole scene, does. Clockwise is as the viewer sees it; sizes are sizes on screen."""

FIGURE_CLASSES = (
    "wave", "clap", "jump", "bow", "walk left", "walk right", "sit down", "stand up",
    "throw", "catch", "kick a ball", "stop a ball", "open a door", "close a door", "lift a box", "put down a box",
)  # fmt: skip
"""What a jointed, people-like figure does."""

CLASSES = MOTION_CLASSES + FIGURE_CLASSES
"""All labels; a label's place is its id. The order is part of every trained checkpoint: append, never insert."""


def _both_ways(*pairs: tuple[str, str]) -> dict[str, str]:
    """A symmetric dictionary of the pairs.

    >>> _both_ways(("grow", "shrink"))
    {'grow': 'shrink', 'shrink': 'grow'}
    """
    return {a: b for pair in pairs for a, b in (pair, pair[::-1])}


MIRROR_TIME = _both_ways(
    ("move left", "move right"),
    ("move up", "move down"),
    ("grow", "shrink"),
    ("rotate clockwise", "rotate counter-clockwise"),
    ("circle clockwise", "circle counter-clockwise"),
    ("fade in", "fade out"),
    ("come together", "move apart"),
    ("sit down", "stand up"),
    ("throw", "catch"),
    ("kick a ball", "stop a ball"),
    ("open a door", "close a door"),
    ("lift a box", "put down a box"),
)
"""Label -> label of the same clip played backwards."""

SELF_REVERSE = frozenset({"bounce", "shake", "hold still", "blink", "wave", "clap", "jump", "bow"})
"""Labels whose clips mean the same backwards.

`walk left` and `walk right` are in neither table: a figure shows where it faces, so a walk played backwards is a
walk *backwards*, which nobody would call a walk the other way.
"""

MIRROR_SPACE = _both_ways(
    ("move left", "move right"),
    ("rotate clockwise", "rotate counter-clockwise"),
    ("circle clockwise", "circle counter-clockwise"),
    ("walk left", "walk right"),
)
"""Label -> label of the clip flipped left to right; a label that is not here keeps its name."""
