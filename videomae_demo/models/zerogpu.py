"""Who runs what needs the model: this process, a GPU that a Hugging Face Space borrows for seconds, another machine.

Import this before torch. On ZeroGPU a function runs in a process of its own that has the GPU; arguments and results are
pickled. So whatever touches the model is a module-level function that takes and returns plain values, and is marked by
``gpu``. The same lets another machine run it (``run_elsewhere``). Without either, the mark does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Runner = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]
"""``module:function``, its arguments and its keywords, an ``on_progress`` among them -> what it returns."""

ON_ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))

if ON_ZERO_GPU:
    import spaces  # replaces parts of torch, so it must come first

_elsewhere: Runner | None = None


def run_elsewhere(runner: Runner | None) -> None:
    """From now on this runs every marked function of this process; None: the process itself again."""
    global _elsewhere
    _elsewhere = runner


def gpu(duration: int) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Mark a function that needs the model; on ZeroGPU, for at most ``duration`` seconds a call."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        borrowed = spaces.GPU(duration=duration)(function) if ON_ZERO_GPU else function

        @wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if _elsewhere is not None:
                return _elsewhere(f"{function.__module__}:{function.__qualname__}", args, dict(kwargs))
            if ON_ZERO_GPU:
                kwargs.pop("on_progress", None)  # a function of the page cannot follow into the other process
            return borrowed(*args, **kwargs)

        run.needs_the_model = True  # type: ignore[attr-defined]
        return run

    return decorate
