"""What happens to visitors' requests, told to whoever listens: metrics, log, health.

Numbers and names from tables alone. Whatever a visitor made, a clip's name among it, has no place here, so that no
listener can let it out.

    received    (bytes)              an upload arrived
    waited      (seconds)            a job got its seat at the model
    decoded     (seconds)            frames were read
    answered    (seconds)            a forward pass gave an answer
    explained   (seconds, method)    a map was computed
    failed      (code)               an error became a sentence; a key of ``errors.ErrorCode``
    refused     (why)                a rule turned a request away; a key of ``rules.REASONS``
"""

from __future__ import annotations

import threading
from collections.abc import Callable

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
