"""What was computed lately, by key: small caches that forget the least recently used, for many visitors at once."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

Record = TypeVar("Record")
Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The last few values by key, the least recently used forgotten first; for many visitors at once.

    Each value is made once: who asks while somebody makes it waits for it, and hears of its failure. Where its maker
    was cancelled (any ``BaseException`` that is no ``Exception``), one of those who wait makes it instead.
    """

    def __init__(self, capacity: int = 8) -> None:
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._being_made: dict[Hashable, Future[Any]] = {}
        self._capacity = capacity
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                others = self._being_made.get(key)
                mine = self._being_made[key] = others or Future()
            if others is None:
                return self._make(key, mine, make)
            with contextlib.suppress(_GivenUp):
                value: Value = others.result()
                return value

    def get_all(self, keys: Sequence[Hashable], make: Callable[[Sequence[Any]], Iterable[Value]]) -> list[Value]:
        """One value a key; those that are missing are made together, in the keys' order."""
        with self._lock:
            known = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in keys if key not in known]
        known |= zip(missing, make(missing) if missing else (), strict=True)
        return [self.get(key, partial(known.__getitem__, key)) for key in keys]

    def _make(self, key: Hashable, told: Future[Any], make: Callable[[], Value]) -> Value:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._being_made[key]
            told.set_exception(error if isinstance(error, Exception) else _GivenUp())
            raise
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)
            del self._being_made[key]
        told.set_result(value)
        return value

    def values(self) -> list[Value]:
        """What is remembered now."""
        with self._lock:
            return [*self._values.values()]

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


class MemoryPer(Generic[Record, Value]):
    """One ``Memory`` a record, such as an analysis or its frames, forgotten when nobody holds that record any more."""

    def __init__(self, capacity: int = 1) -> None:
        self._memories: WeakKeyDictionary[Record, Memory[Value]] = WeakKeyDictionary()
        self._capacity = capacity

    def of(self, record: Record) -> Memory[Value]:
        return self._memories.setdefault(record, Memory(self._capacity))

    def values(self, record: Record) -> list[Value]:
        """What is remembered now of a record."""
        memory = self._memories.get(record)
        return [] if memory is None else memory.values()


class _GivenUp(Exception):
    """Whoever made a value gave up, and not because it cannot be made."""
