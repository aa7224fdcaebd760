"""Renders the motion clips, trains the bundled checkpoints on them and measures what they can do.

Importing the package loads none of it: the command line asks for what a command needs.
"""

from __future__ import annotations

from importlib import import_module

_HOMES = {
    "add_render_arguments": ".render_command",
    "run_render": ".render_command",
    "add_train_arguments": ".cli",
    "run_train": ".cli",
}
"""Name -> the module here that has it."""


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
