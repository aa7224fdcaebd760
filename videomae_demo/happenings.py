"""What happens to visitors' requests, told to whoever listens: metrics, log, health.

Numbers and names from tables alone. Whatever a visitor made, a clip's name among it, has no place here, so that no
listener can let it out.

    received    (bytes)              an upload arrived
    waited      (seconds)            a job got its seat at the model
    decoded     (seconds)            a clip's frames were read
    answered    (seconds)            a model answered; waiting for a pass that is shared is part of it
    explained   (seconds, method)    a map was computed
    failed      (code)               an error became a sentence; one of ``errors.ErrorCode``
    refused     (why)                a rule turned a request away; one of ``REFUSALS``
"""

from __future__ import annotations

import threading
from collections.abc import Callable

REFUSALS = (
    "too large",
    "too slow",
    "too often",
    "gone",
    "full",
    "full of one address",
    "an address",
    "not theirs",
    "stopping",
    "disk full",
)
"""Why a request is turned away: what was sent is too large, or took too long; its sender asks too often, or left; the
line is full; a clip was named by an address elsewhere, or is no file that was uploaded here; the server is about to
stop, or has no room for the clip."""

Listener = Callable[[str, dict[str, float | str]], None]

_listeners: tuple[Listener, ...] = ()
_lock = threading.Lock()


def listen(listener: Listener) -> Callable[[], None]:
    """Tell this listener from now on; returns what ends that. It is called in the thread in which it happens."""
    global _listeners
    with _lock:
        _listeners = (*_listeners, listener)

    def stop() -> None:
        global _listeners
        with _lock:
            _listeners = tuple(one for one in _listeners if one is not listener)

    return stop


def tell(what: str, **values: float | str) -> None:
    """It happened just now."""
    for listener in _listeners:
        listener(what, values)
