"""What was computed lately, by key: small caches that forget the least recently used, for many visitors at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from .results import Analysis

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The last few values by key, the least recently used forgotten first; for many visitors at once.

    Two visitors who ask for the same new thing at the same time may both compute it; that is harmless.
    """

    def __init__(self, capacity: int = 8) -> None:
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)
        return value

    def get_all(self, keys: Sequence[Hashable], make: Callable[[Sequence[Any]], Iterable[Value]]) -> list[Value]:
        """One value a key; those that are missing are made together, in the keys' order."""
        with self._lock:
            known = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in keys if key not in known]
        known |= zip(missing, make(missing) if missing else (), strict=True)
        return [self.get(key, partial(known.__getitem__, key)) for key in keys]

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


class MemoryPerAnalysis(Generic[Value]):
    """One ``Memory`` an analysis, forgotten when nobody holds that analysis any more."""

    def __init__(self, capacity: int) -> None:
        self._memories: WeakKeyDictionary[Analysis, Memory[Value]] = WeakKeyDictionary()
        self._capacity = capacity

    def of(self, analysis: Analysis) -> Memory[Value]:
        return self._memories.setdefault(analysis, Memory(self._capacity))
