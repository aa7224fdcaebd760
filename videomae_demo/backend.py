"""The functions that page and lessons call, as one record: the real ones, remembered, or fast fakes in a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .memory import Memory, MemoryPer
from .records import ModelIdentity, OnProgress, SampledFrames, Window
from .results import Analysis, ClipTimeline, Explanation, Target
from .words import language, later

if TYPE_CHECKING:
    import numpy as np

    from .explain import Method
    from .explain.checks import Sanity
    from .explain.inside.records import Anatomy, LayerAttention, Passage
    from .explain.where.records import Patching, PatchingStudy, Readings
    from .inputs.hub_clips import HubClip
    from .inputs.samples import Sample
    from .inputs.sampling import Sampler
    from .likeness import Neighbourhood, PlacedClip
    from .live import LiveAnswer, Wanted
    from .models import ModelSpec
    from .models.reconstruction import Reconstruction
    from .pipeline import Prepared
    from .report.downloads import PrivateFolder
    from .settings import Settings
    from .variants import Film, Swapped


@dataclass(frozen=True)
class Backend:
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
    """``variants.original_film``: the shown view and its answer, to compare the films below with."""
    what_if: Callable[..., dict[str, Film]]
    """``variants.edited_films``: Analysis, keys of ``EDITS`` -> the edited films and their answers, by key."""
    by_rule: Callable[..., Film]
    """``variants.rule_film``: Analysis, key of ``RULES``, window -> the film that the rule takes, and its answer."""
    over_time: Callable[..., ClipTimeline]
    """``sliding.clip_timeline`` of the whole clip, by the analysis's model and rule: window and step -> what when."""
    live: Callable[..., LiveAnswer | Wanted]
    """``live.live_answer``: a camera's last seconds and a model's name -> the answer to them; never remembered."""
    likeness: Callable[..., Neighbourhood]
    """``likeness``: an analysis's clip among the visitor's own clips and the samples, by their features; ``most``
    of them are read anew, and the rest waits for another call."""
    preview: Callable[[Analysis], Path]
    """``video.preview_mp4`` of what was decoded, for clips that a browser does not play."""
    reconstruct: Callable[..., Reconstruction]
    """``pipeline.reconstruct``: Analysis, pre-trained model, mask -> what it paints into the hidden tokens."""
    anatomy: Callable[[Analysis], Anatomy]
    """``explain.inside.anatomy``: what the model is made of."""
    passage: Callable[[Analysis], Passage]
    """``explain.inside.passage``: the clip's way through the layers."""
    atlas: Callable[[Analysis], tuple[LayerAttention, ...]]
    """``explain.inside.attention_atlas``: every layer's attention, summed up."""
    measure: Callable[..., tuple[Explanation, ...]]
    """``pipeline.measure_faithfulness``: maps of one clip -> the same with their curves."""
    sanity: Callable[..., Sanity]
    """``explain.checks.sanity_checks``: Analysis, method, target -> does the map change where it must?"""
    answer_without: Callable[[Analysis, np.ndarray], np.ndarray]
    """``explain.checks.answer_without``: the probabilities with these tokens left out."""
    answers_without_random: Callable[[Analysis, int], np.ndarray]
    """``explain.checks.answers_without_random``: the same with as many tokens drawn at random, a few times."""
    readings: Callable[[Analysis], Readings | None]
    """``explain.where.readings``: what linear probes read off the clip at every layer; None for a model without."""
    patching: Callable[..., Patching]
    """``explain.where.patched``: what exchanging parts of the run for the reversed clip's does to the answer."""
    patching_study: Callable[[Analysis], PatchingStudy | None]
    """``explain.where.patching_study_of``: the same over many clips; None for a model without."""
    scenery: Callable[..., Swapped]
    """``variants.scenery_films``: scenery without the mover, the mover without its scenery, and their answers."""
    hub_clip: Callable[..., Path]
    """``hub_clips.fetch_clip``: a row of ``HUB_CLIPS`` -> where the page may show it from."""
    take_away: Callable[..., PrivateFolder]
    """``report.downloads.pack``: an analysis and its maps -> a folder with all files of it."""
    beside: Callable[[Analysis], Sequence[Any]]
    """What is remembered of an analysis as long as somebody holds it: maps, films, what was found in the model."""
    samples: Sequence[Sample]
    samplers: Mapping[str, Sampler]
    models: Mapping[str, ModelSpec]
    methods: Mapping[str, Method]


def real_backend(settings: Settings) -> Backend:
    """What this package computes; the last few clips and their maps are remembered."""
    from .explain import METHODS, inside, where
    from .inputs.samples import SAMPLES
    from .inputs.sampling import SAMPLERS
    from .models import MODELS, nameable

    real = _Remembering(settings)
    return Backend(
        prepare=real.prepare,
        classify=real.classify,
        explain=real.explain,
        retry_hub=real.retry_hub,
        original=real.original,
        what_if=real.what_if,
        by_rule=real.by_rule,
        over_time=real.over_time,
        live=real.live,
        likeness=real.likeness,
        preview=real.preview,
        reconstruct=real.reconstruct,
        anatomy=inside.anatomy,
        passage=real.passage,
        atlas=real.atlas,
        measure=real.measure,
        sanity=real.sanity,
        answer_without=real.answer_without,
        answers_without_random=real.answers_without_random,
        readings=real.readings,
        patching=real.patching,
        patching_study=where.patching_study_of,
        scenery=real.scenery,
        hub_clip=real.hub_clip,
        take_away=real.take_away,
        beside=real.beside,
        samples=SAMPLES,
        samplers=SAMPLERS,
        models={key: MODELS[key] for key in nameable(MODELS, settings) if key in MODELS},
        methods=METHODS,
    )


class _Remembering:
    """The package's functions under one set of settings, and the memory of what they returned lately.

    What belongs to an analysis is forgotten with it. The imports stand in the methods, so that a page is up before
    torch is loaded.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._chosen: dict[str, Any] = {"device": settings.device, "dtype": settings.dtype, "settings": settings}
        self._prepared: Memory[Prepared] = Memory()
        self._analyses: Memory[Analysis] = Memory()
        self._timelines: Memory[ClipTimeline] = Memory()
        self._placed: Memory[PlacedClip] = Memory(capacity=256)
        self._fetched: Memory[PrivateFolder] = Memory()
        self._maps: MemoryPer[Analysis, Explanation] = MemoryPer(capacity=256)
        self._films: MemoryPer[Analysis, Film] = MemoryPer(capacity=48)
        self._painted: MemoryPer[Analysis, Reconstruction] = MemoryPer(capacity=4)
        self._packed: MemoryPer[Analysis, PrivateFolder] = MemoryPer(capacity=4)
        self._found: MemoryPer[Analysis, Any] = MemoryPer(capacity=64)

    def prepare(self, path: Path, *, on_progress: OnProgress | None = None, **choices: Any) -> Prepared:
        from . import pipeline

        stat = path.stat() if path.is_file() else None
        key = (path, stat and (stat.st_mtime_ns, stat.st_size), tuple(sorted(choices.items())))
        make = partial(pipeline.prepare, path, on_progress=on_progress, **self._chosen, **choices)
        return self._prepared.get(key, make)

    def classify(self, ready: Prepared, *, on_progress: OnProgress | None = None) -> Analysis:
        from . import pipeline

        return self._analyses.get(ready, partial(pipeline.classify, ready, on_progress=on_progress))

    def explain(self, analysis: Analysis, method: str, *, target: Target | None = None, **options: Any) -> Explanation:
        from . import pipeline
        from .explain import METHODS

        if not METHODS[method].class_specific:
            target = None  # one map for all classes
        make = partial(pipeline.explain, analysis, method, target=target, **options)
        return self._maps.of(analysis).get((method, target, tuple(sorted(options.items()))), make)

    def retry_hub(self, *, on_progress: OnProgress | None = None) -> ModelIdentity:
        from .models import load_classifier

        identity = load_classifier("auto", retry=True, on_progress=on_progress, **self._chosen).identity
        self._prepared.clear()  # "auto" may mean another model now
        return identity

    def original(self, analysis: Analysis) -> Film:
        from . import variants

        return self._films.of(analysis).get("original", partial(variants.original_film, analysis))

    def what_if(
        self, analysis: Analysis, names: Sequence[str], *, on_progress: OnProgress | None = None, **choices: Any
    ) -> dict[str, Film]:
        from . import variants
        from .inputs.edits import EDITS

        # An edit's film depends on those choices only that it takes: another frame to freeze leaves the rest known.
        marks = {name: choice.tobytes() if hasattr(choice, "tobytes") else choice for name, choice in choices.items()}
        keys = [(name, *(marks.get(choice) for choice in EDITS[name].choices)) for name in names]

        def make(missing: Sequence[tuple[Any, ...]]) -> Iterable[Film]:
            wanted = [key[0] for key in missing]
            films = variants.edited_films(analysis, wanted, settings=self.settings, on_progress=on_progress, **choices)
            return films.values()

        return dict(zip(names, self._films.of(analysis).get_all(keys, make), strict=True))

    def by_rule(self, analysis: Analysis, rule: str, window: Window, *, on_progress: OnProgress | None = None) -> Film:
        from . import variants

        make = partial(variants.rule_film, analysis, rule, window, settings=self.settings, on_progress=on_progress)
        return self._films.of(analysis).get((rule, window), make)

    def over_time(
        self,
        analysis: Analysis,
        *,
        window_seconds: float,
        step_seconds: float,
        on_progress: OnProgress | None = None,
    ) -> ClipTimeline:
        from . import sliding
        from .models import name_of

        # By the clip, not by the analysis: another moment of the same clip is another analysis.
        scan, model, sampler = analysis.clip.scan, name_of(analysis.model), analysis.plans[0].sampler
        key = (analysis.clip.path, scan and scan.file_identity, model, sampler, window_seconds, step_seconds)
        make = partial(
            sliding.clip_timeline,
            analysis.clip.path,
            clip_name=analysis.clip_name,
            window_seconds=window_seconds,
            step_seconds=step_seconds,
            model=model,
            sampling=sampler,
            on_progress=on_progress,
            **self._chosen,
        )
        return self._timelines.get(key, make)

    def live(self, frames: SampledFrames | None, model: str) -> LiveAnswer | Wanted:
        from . import live

        return live.live_answer(frames, model=model, **self._chosen)

    def likeness(
        self,
        analysis: Analysis,
        own: Sequence[tuple[str, Path, Window]] = (),
        *,
        most: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> Neighbourhood:
        from . import likeness
        from .errors import DemoError
        from .inputs.samples import SAMPLES

        others = [(*clip, True) for clip in own]
        others += [(sample.title, sample.path, Window(), False) for sample in SAMPLES]
        others = [clip for clip in others if clip[1] != analysis.clip.path]
        clips = [self._found.of(analysis).get("placed", partial(likeness.placed_analysis, analysis))]
        missing: list[str] = []
        read: list[PlacedClip] = []

        def read_file(path: Path, name: str, window: Window, own: bool) -> PlacedClip:
            read.append(likeness.placed_file(path, name, window, analysis, own=own, settings=self.settings))
            return read[-1]

        for number, (name, path, window, is_own) in enumerate(others):
            if most is not None and len(read) == most:
                return likeness.neighbourhood(clips, missing, waiting=len(others) - number)
            if on_progress is not None:
                on_progress(later("Reading the other clips"), number / len(others))
            make = partial(read_file, path, name, window, is_own)
            rule = (analysis.model, analysis.device, analysis.dtype, analysis.plans[0].sampler)
            try:
                clips.append(self._placed.get((path, window, *rule), make))
            except DemoError:  # an own clip whose file was deleted meanwhile
                missing.append(name)
        return likeness.neighbourhood(clips, missing)

    def preview(self, analysis: Analysis) -> Path:
        from . import video

        return video.preview_mp4(analysis.clip, analysis.window, settings=self.settings)

    def reconstruct(
        self, analysis: Analysis, *, on_progress: OnProgress | None = None, **choices: Any
    ) -> Reconstruction:
        from . import pipeline

        make = partial(pipeline.reconstruct, analysis, settings=self.settings, on_progress=on_progress, **choices)
        return self._painted.of(analysis).get(tuple(sorted(choices.items())), make)

    def passage(self, analysis: Analysis) -> Passage:
        from .explain import inside

        return self._found.of(analysis).get("passage", partial(inside.passage, analysis))

    def atlas(self, analysis: Analysis) -> tuple[LayerAttention, ...]:
        from .explain import inside

        return self._found.of(analysis).get("atlas", partial(inside.attention_atlas, analysis))

    def measure(
        self,
        analysis: Analysis,
        maps: tuple[Explanation, ...],
        *,
        target: Target,
        on_progress: OnProgress | None = None,
    ) -> tuple[Explanation, ...]:
        from . import pipeline

        make = partial(pipeline.measure_faithfulness, analysis, maps, target=target, on_progress=on_progress)
        return self._found.of(analysis).get(("measure", maps, target), make)

    def sanity(self, analysis: Analysis, method: str, *, target: Target) -> Sanity:
        from .explain import checks

        make = partial(checks.sanity_checks, analysis, method, target=target)
        return self._found.of(analysis).get(("sanity", method, target), make)

    def answer_without(self, analysis: Analysis, left_out: np.ndarray) -> np.ndarray:
        from .explain import checks

        make = partial(checks.answer_without, analysis, left_out)
        return self._found.of(analysis).get(("without", left_out.tobytes()), make)

    def answers_without_random(self, analysis: Analysis, count: int) -> np.ndarray:
        from .explain import checks

        make = partial(checks.answers_without_random, analysis, count)
        return self._found.of(analysis).get(("without random", count), make)

    def readings(self, analysis: Analysis) -> Readings | None:
        from .explain import where

        return self._found.of(analysis).get("readings", partial(where.readings, analysis))

    def patching(self, analysis: Analysis, *, on_progress: OnProgress | None = None) -> Patching:
        from .explain import where

        return self._found.of(analysis).get("patching", partial(where.patched, analysis, on_progress=on_progress))

    def scenery(self, analysis: Analysis, other: Path, *, on_progress: OnProgress | None = None) -> Swapped:
        from . import variants

        make = partial(variants.scenery_films, analysis, other, settings=self.settings, on_progress=on_progress)
        return self._found.of(analysis).get(("scenery", other), make)

    def beside(self, analysis: Analysis) -> list[Any]:
        memories: tuple[MemoryPer[Analysis, Any], ...] = (self._maps, self._films, self._painted, self._found)
        return [value for memory in memories for value in memory.values(analysis)]

    def hub_clip(self, clip: HubClip, *, on_progress: OnProgress | None = None) -> Path:
        from .inputs import hub_clips
        from .report.downloads import PrivateFolder

        cached = hub_clips.fetch_clip(clip, timeout=self.settings.hub_timeout, on_progress=on_progress)

        def copied() -> PrivateFolder:
            folder = PrivateFolder()
            shutil.copyfile(cached, folder.path / clip.file)
            return folder

        return self._fetched.get(clip, copied).path / clip.file  # the page may not show files from the hub's cache

    def take_away(
        self, analysis: Analysis, maps: tuple[Explanation, ...], *, on_progress: OnProgress | None = None
    ) -> PrivateFolder:
        from .report import downloads

        make = partial(downloads.pack, analysis, maps, on_progress=on_progress)
        return self._packed.of(analysis).get((maps, language()), make)
