"""ZeroGPU, the GPU that a Hugging Face Space borrows for seconds at a time. Import this before torch.

There a function runs in a process of its own that has the GPU; arguments and results are pickled. So whatever touches
the model is a module-level function that takes and returns plain values. Elsewhere none of this does anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

ON_ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))

if ON_ZERO_GPU:
    import spaces  # replaces parts of torch, so it must come first


def gpu(duration: int) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a function that needs the GPU, for at most ``duration`` seconds a call."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        if not ON_ZERO_GPU:
            return function

        @wraps(function)
        def without_callbacks(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            kwargs.pop("on_progress", None)  # a function of the page cannot follow into the other process
            return borrowed(*args, **kwargs)

        borrowed = spaces.GPU(duration=duration)(function)
        return without_callbacks

    return decorate
