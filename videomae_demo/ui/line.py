"""The functions that the page shows, as one record: the real line, or a fast fake one in a test."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from ..records import Analysis, Explanation, ModelIdentity, OnProgress, Target

if TYPE_CHECKING:
    from ..explain import Method
    from ..models import ModelSpec
    from ..pipeline import Prepared
    from ..reconstruction import Reconstruction
    from ..samples import Sample
    from ..sampling import Sampler
    from ..settings import Settings

Value = TypeVar("Value")


@dataclass(frozen=True)
class Line:
    """What the page can do, and the tables that fill its lists. Nothing here imports torch until it is called."""

    prepare: Callable[..., Prepared]
    """``pipeline.prepare``: a clip's path and the choices -> the frames and the model's input."""
    classify: Callable[..., Analysis]
    """``pipeline.classify``: Prepared -> Analysis."""
    explain: Callable[..., Explanation]
    """``pipeline.explain``: Analysis, method, target -> one map."""
    retry_hub: Callable[..., ModelIdentity]
    """Ask the hub again, and load what ``auto`` then means."""
    reconstruct: Callable[..., Reconstruction]
    """``pipeline.reconstruct``: Analysis, pre-trained model, mask -> what it paints into the hidden tokens."""
    samples: Sequence[Sample]
    samplers: Mapping[str, Sampler]
    models: Mapping[str, ModelSpec]
    methods: Mapping[str, Method]


def real_line(settings: Settings) -> Line:
    """The line that this package is; the last few clips and their maps are remembered."""
    from .. import pipeline
    from ..explain import METHODS
    from ..models import MODELS, load_classifier
    from ..samples import SAMPLES
    from ..sampling import SAMPLERS

    chosen: dict[str, Any] = {"device": settings.device, "dtype": settings.dtype, "settings": settings}
    prepared: Memory[Prepared] = Memory()
    analyses: Memory[Analysis] = Memory()
    maps: WeakKeyDictionary[Analysis, Memory[Explanation]] = WeakKeyDictionary()
    painted: WeakKeyDictionary[Analysis, Memory[Reconstruction]] = WeakKeyDictionary()

    def prepare(path: Path, *, on_progress: OnProgress | None = None, **choices: Any) -> Prepared:
        stat = path.stat() if path.is_file() else None
        key = (path, stat and (stat.st_mtime_ns, stat.st_size), tuple(sorted(choices.items())))
        return prepared.get(key, lambda: pipeline.prepare(path, on_progress=on_progress, **chosen, **choices))

    def classify(ready: Prepared) -> Analysis:
        return analyses.get(ready, lambda: pipeline.classify(ready))

    def explain(analysis: Analysis, method: str, *, target: Target | None = None, **options: Any) -> Explanation:
        if not METHODS[method].class_specific:
            target = None  # one map for all classes
        memory = maps.setdefault(analysis, Memory(capacity=32))
        key = (method, target, tuple(sorted(options.items())))
        return memory.get(key, lambda: pipeline.explain(analysis, method, target=target, **options))

    def reconstruct(analysis: Analysis, *, on_progress: OnProgress | None = None, **choices: Any) -> Reconstruction:
        memory = painted.setdefault(analysis, Memory(capacity=4))
        make = partial(pipeline.reconstruct, analysis, settings=settings, on_progress=on_progress, **choices)
        return memory.get(tuple(sorted(choices.items())), make)

    def retry_hub(*, on_progress: OnProgress | None = None) -> ModelIdentity:
        identity = load_classifier("auto", retry=True, on_progress=on_progress, **chosen).identity
        prepared.clear()  # "auto" may mean another model now
        return identity

    return Line(prepare, classify, explain, retry_hub, reconstruct, SAMPLES, SAMPLERS, MODELS, METHODS)


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

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
