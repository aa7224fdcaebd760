"""The figures' classes: label -> what is performed.

An action that has a mirror in time is written once; the other direction is the same action at 1 - t, so a reversed clip
is exactly a clip of the mirror class.
"""

from __future__ import annotations

from videomae_demo.training.render.gestures import bow, clap, jump, walk, wave
from videomae_demo.training.render.handling import kick, lift_box, open_door, sit_down, throw
from videomae_demo.training.render.performance import Action


def _backwards(action: Action) -> Action:
    """The same action, from its end to its beginning."""
    return lambda draws, t, paint: action(draws, 1.0 - t, paint)


ACTIONS: dict[str, Action] = {
    "wave": wave,
    "clap": clap,
    "jump": jump,
    "bow": bow,
    "walk left": walk,
    "walk right": walk,
    "sit down": sit_down,
    "stand up": _backwards(sit_down),
    "throw": throw,
    "catch": _backwards(throw),
    "kick a ball": kick,
    "stop a ball": _backwards(kick),
    "open a door": open_door,
    "close a door": _backwards(open_door),
    "lift a box": lift_box,
    "put down a box": _backwards(lift_box),
}

FACING = {"walk left": -1, "walk right": 1}
"""Where a figure has to face; every other action may face either way."""
