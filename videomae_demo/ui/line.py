"""The functions that the page shows, as one record: the real line, or a fast fake one in a test."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from ..records import Analysis, Explanation, ModelIdentity, OnProgress, Target, Window

if TYPE_CHECKING:
    import numpy as np

    from ..experiments import Film
    from ..explain import Method
    from ..explain.attention import LayerAttention
    from ..hub_clips import HubClip
    from ..inspection import Anatomy, Passage
    from ..models import ModelSpec
    from ..pipeline import Prepared
    from ..reconstruction import Reconstruction
    from ..samples import Sample
    from ..sampling import Sampler
    from ..settings import Settings
    from ..takeaway import PrivateFolder
    from ..trials import Sanity

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
    original: Callable[[Analysis], Film]
    """``experiments.original_film``: the shown view and its answer, to compare the films below with."""
    what_if: Callable[..., dict[str, Film]]
    """``experiments.edited_films``: Analysis, keys of ``EDITS`` -> the edited films and their answers, by key."""
    by_rule: Callable[..., Film]
    """``experiments.rule_film``: Analysis, key of ``RULES``, window -> the film that the rule takes, and its answer."""
    preview: Callable[[Analysis], Path]
    """``video.preview_mp4`` of what was decoded, for clips that a browser does not play."""
    reconstruct: Callable[..., Reconstruction]
    """``pipeline.reconstruct``: Analysis, pre-trained model, mask -> what it paints into the hidden tokens."""
    anatomy: Callable[[Analysis], Anatomy]
    """``inspection.anatomy``: what the model is made of."""
    passage: Callable[[Analysis], Passage]
    """``inspection.passage``: the clip's way through the layers."""
    atlas: Callable[[Analysis], tuple[LayerAttention, ...]]
    """``inspection.attention_atlas``: every layer's attention, summed up."""
    measure: Callable[..., tuple[Explanation, ...]]
    """``pipeline.measure_faithfulness``: maps of one clip -> the same with their curves."""
    sanity: Callable[..., Sanity]
    """``trials.sanity_checks``: Analysis, method, target -> does the map change where it must?"""
    answer_without: Callable[[Analysis, np.ndarray], np.ndarray]
    """``trials.answer_without``: the probabilities with these tokens left out."""
    answers_without_random: Callable[[Analysis, int], np.ndarray]
    """``trials.answers_without_random``: the same with as many tokens drawn at random, a few times."""
    hub_clip: Callable[..., Path]
    """``hub_clips.fetch_clip``: a row of ``HUB_CLIPS`` -> where the page may show it from."""
    take_away: Callable[..., PrivateFolder]
    """``takeaway.pack``: an analysis and its maps -> a folder with all files of it."""
    samples: Sequence[Sample]
    samplers: Mapping[str, Sampler]
    models: Mapping[str, ModelSpec]
    methods: Mapping[str, Method]


def real_line(settings: Settings) -> Line:
    """The line that this package is; the last few clips and their maps are remembered."""
    from .. import experiments, hub_clips, inspection, pipeline, takeaway, trials, video
    from ..explain import METHODS
    from ..models import MODELS, load_classifier
    from ..samples import SAMPLES
    from ..sampling import SAMPLERS
    from ..whatif import EDITS

    chosen: dict[str, Any] = {"device": settings.device, "dtype": settings.dtype, "settings": settings}
    prepared: Memory[Prepared] = Memory()
    analyses: Memory[Analysis] = Memory()
    maps: WeakKeyDictionary[Analysis, Memory[Explanation]] = WeakKeyDictionary()
    films: WeakKeyDictionary[Analysis, Memory[Film]] = WeakKeyDictionary()
    painted: WeakKeyDictionary[Analysis, Memory[Reconstruction]] = WeakKeyDictionary()
    found: WeakKeyDictionary[Analysis, Memory[Any]] = WeakKeyDictionary()
    fetched: Memory[PrivateFolder] = Memory()
    packed: WeakKeyDictionary[Analysis, Memory[PrivateFolder]] = WeakKeyDictionary()

    def prepare(path: Path, *, on_progress: OnProgress | None = None, **choices: Any) -> Prepared:
        stat = path.stat() if path.is_file() else None
        key = (path, stat and (stat.st_mtime_ns, stat.st_size), tuple(sorted(choices.items())))
        return prepared.get(key, lambda: pipeline.prepare(path, on_progress=on_progress, **chosen, **choices))

    def classify(ready: Prepared) -> Analysis:
        return analyses.get(ready, lambda: pipeline.classify(ready))

    def explain(analysis: Analysis, method: str, *, target: Target | None = None, **options: Any) -> Explanation:
        if not METHODS[method].class_specific:
            target = None  # one map for all classes
        memory = maps.setdefault(analysis, Memory(capacity=256))
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

    def film_memory(analysis: Analysis) -> Memory[Film]:
        return films.setdefault(analysis, Memory(capacity=48))

    def original(analysis: Analysis) -> Film:
        return film_memory(analysis).get("original", lambda: experiments.original_film(analysis))

    def what_if(
        analysis: Analysis, names: Sequence[str], *, on_progress: OnProgress | None = None, **choices: Any
    ) -> dict[str, Film]:
        # An edit's film depends on those choices only that it takes: another frame to freeze leaves the rest known.
        marks = {name: choice.tobytes() if hasattr(choice, "tobytes") else choice for name, choice in choices.items()}
        keys = [(name, *(marks.get(choice) for choice in EDITS[name].choices)) for name in names]

        def make(missing: Sequence[tuple[Any, ...]]) -> Iterable[Film]:
            wanted = [key[0] for key in missing]
            return experiments.edited_films(
                analysis, wanted, settings=settings, on_progress=on_progress, **choices
            ).values()

        return dict(zip(names, film_memory(analysis).get_all(keys, make), strict=True))

    def by_rule(analysis: Analysis, rule: str, window: Window, *, on_progress: OnProgress | None = None) -> Film:
        make = partial(experiments.rule_film, analysis, rule, window, settings=settings, on_progress=on_progress)
        return film_memory(analysis).get((rule, window), make)

    def remembered(analysis: Analysis, *key: Any, make: Callable[[], Any]) -> Any:
        return found.setdefault(analysis, Memory(capacity=64)).get(key, make)

    def preview(analysis: Analysis) -> Path:
        return video.preview_mp4(analysis.clip, analysis.window, settings=settings)

    def passage(analysis: Analysis) -> Passage:
        return remembered(analysis, "passage", make=lambda: inspection.passage(analysis))

    def atlas(analysis: Analysis) -> tuple[LayerAttention, ...]:
        return remembered(analysis, "atlas", make=lambda: inspection.attention_atlas(analysis))

    def measure(
        analysis: Analysis,
        maps: tuple[Explanation, ...],
        *,
        target: Target,
        on_progress: OnProgress | None = None,
    ) -> tuple[Explanation, ...]:
        make = partial(pipeline.measure_faithfulness, analysis, maps, target=target, on_progress=on_progress)
        return remembered(analysis, "measure", maps, target, make=make)

    def sanity(analysis: Analysis, method: str, *, target: Target) -> Sanity:
        make = partial(trials.sanity_checks, analysis, method, target=target)
        return remembered(analysis, "sanity", method, target, make=make)

    def hub_clip(clip: HubClip, *, on_progress: OnProgress | None = None) -> Path:
        cached = hub_clips.fetch_clip(clip, timeout=settings.hub_timeout, on_progress=on_progress)

        def copied() -> PrivateFolder:
            folder = takeaway.PrivateFolder()
            shutil.copyfile(cached, folder.path / clip.file)
            return folder

        return fetched.get(clip, copied).path / clip.file  # the page may not show files from the hub's cache

    def take_away(
        analysis: Analysis, maps: tuple[Explanation, ...], *, on_progress: OnProgress | None = None
    ) -> PrivateFolder:
        memory = packed.setdefault(analysis, Memory(capacity=4))
        return memory.get(maps, lambda: takeaway.pack(analysis, maps, on_progress=on_progress))

    def answer_without(analysis: Analysis, left_out: np.ndarray) -> np.ndarray:
        make = partial(trials.answer_without, analysis, left_out)
        return remembered(analysis, "without", left_out.tobytes(), make=make)

    def answers_without_random(analysis: Analysis, count: int) -> np.ndarray:
        make = partial(trials.answers_without_random, analysis, count)
        return remembered(analysis, "without random", count, make=make)

    return Line(
        prepare=prepare,
        classify=classify,
        explain=explain,
        retry_hub=retry_hub,
        original=original,
        what_if=what_if,
        by_rule=by_rule,
        preview=preview,
        reconstruct=reconstruct,
        anatomy=inspection.anatomy,
        passage=passage,
        atlas=atlas,
        measure=measure,
        sanity=sanity,
        answer_without=answer_without,
        answers_without_random=answers_without_random,
        hub_clip=hub_clip,
        take_away=take_away,
        samples=SAMPLES,
        samplers=SAMPLERS,
        models=MODELS,
        methods=METHODS,
    )


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
