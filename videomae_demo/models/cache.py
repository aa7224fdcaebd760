"""``load_classifier``: each (model, device, dtype) is loaded once, however many ask at once."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from ..records import Device, DType, OnProgress
from ..settings import Settings
from ..words import later
from .hub import checkpoint_files, files_read
from .source import ModelSource, resolve_model
from .specs import AUTOENCODER_FAMILY

if TYPE_CHECKING:
    from .autoencoder import MaskedAutoencoder
    from .classifier import VideoClassifier

MAX_LOADED = 3
"""Models that stay in memory; the one not used for longest goes first."""

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """Makes each value once: who asks while it is being made waits for it, and hears of its progress.

    A failure is told to all who waited, and forgotten: the next one to ask tries again.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._futures: OrderedDict[Hashable, Future[Value]] = OrderedDict()
        self._listeners: dict[Hashable, list[OnProgress]] = {}

    def get(self, key: Hashable, make: Callable[[OnProgress], Value], on_progress: OnProgress | None = None) -> Value:
        """The value for ``key``, by ``make`` if it is not there."""
        with self._lock:
            future = self._futures.get(key)
            is_maker = future is None
            if future is None:
                future = self._futures[key] = Future()
                self._listeners[key] = []
            self._futures.move_to_end(key)
            if on_progress and key in self._listeners:
                self._listeners[key].append(on_progress)
            done = [old for old in self._futures if self._futures[old].done()]
            for old in done[: max(len(self._futures) - self._capacity, 0)]:
                del self._futures[old]
        if is_maker:
            try:
                future.set_result(make(lambda text, share: self._tell(key, text, share)))
            except BaseException as error:
                with self._lock:
                    self._futures.pop(key, None)
                future.set_exception(error)
            finally:
                with self._lock:
                    self._listeners.pop(key, None)
        return future.result()

    def forget(self, key: Hashable) -> None:
        """Make the value anew when it is asked for next; one that is being made now is left alone."""
        with self._lock:
            if key in self._futures and self._futures[key].done():
                del self._futures[key]

    def _tell(self, key: Hashable, text: str, share: float | None) -> None:
        with self._lock:
            listeners = list(self._listeners.get(key, ()))
        for listener in listeners:
            # A visitor who cancels (the page raises a BaseException for that) must not end what others wait for.
            with contextlib.suppress(BaseException):
                listener(text, share)


_sources: SingleFlight[ModelSource] = SingleFlight(capacity=64)
_classifiers: SingleFlight[VideoClassifier] = SingleFlight(capacity=MAX_LOADED)
_autoencoders: SingleFlight[MaskedAutoencoder] = SingleFlight(capacity=1)


def load_classifier(
    model: str = "auto",
    *,
    device: Device = "auto",
    dtype: DType = "auto",
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
    retry: bool = False,
) -> VideoClassifier:
    """The loaded model; loads it, and downloads it, if nobody has yet.

    Args:
        model: ``auto``, ``bundled``, a hub id, or a folder written by ``save_pretrained``.
        device: ``auto`` is the GPU where there is one.
        dtype: ``auto`` is what ``loading.choose_dtype`` says.
        settings: ``hub_timeout`` counts.
        on_progress: Told what is being done, megabytes included.
        retry: Ask again what ``auto`` means: after the bundled model answered because the hub was out of reach.

    Raises:
        ModelUnavailableError: no such model, the hub is out of reach, a file is damaged, or the weight check failed.
        BadRequestError: no such device or dtype.
    """
    if retry:
        _sources.forget(model)
    # What a name means is asked once: probing an unreachable hub takes seconds.
    source = _sources.get(model, lambda tell: resolve_model(model, settings=settings, on_progress=tell), on_progress)
    from .loading import load, settle  # torch and transformers come with it

    chosen_device, chosen_dtype = settle(source, device, dtype)
    # The times of the files are part of the key: a folder may get other weights under the same name.
    files = tuple((file, file.stat().st_mtime_ns) for file in files_read(source.folder))

    def make(tell: OnProgress) -> VideoClassifier:
        tell(later("Loading {model}", model=source.spec.title), None)
        return load(source, device=chosen_device, dtype=chosen_dtype)

    # The files say which revision it is; by which name of it they were asked for makes no other model.
    key = (replace(source.spec, revision=None), files, chosen_device, chosen_dtype)
    classifier = _classifiers.get(key, make, on_progress)
    return classifier.with_identity(replace(classifier.identity, reason=source.reason))


def load_autoencoder(
    model: str = "auto",
    *,
    device: Device = "auto",
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> MaskedAutoencoder:
    """The loaded pre-trained encoder with its decoder; arguments and errors as for ``load_classifier``."""
    source = _sources.get(
        (AUTOENCODER_FAMILY.preferred, model),
        lambda tell: resolve_model(model, family=AUTOENCODER_FAMILY, settings=settings, on_progress=tell),
        on_progress,
    )
    from .loading import choose_device, load_pretrained  # torch and transformers come with it

    chosen_device = choose_device(device)
    files = tuple((file, file.stat().st_mtime_ns) for file in checkpoint_files(source.folder))

    def make(tell: OnProgress) -> MaskedAutoencoder:
        tell(later("Loading {model}", model=source.spec.title), None)
        return load_pretrained(source, device=chosen_device)

    return _autoencoders.get((source.spec, files, chosen_device), make, on_progress)
