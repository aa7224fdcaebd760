"""What programs get over HTTP and MCP: the command line's JSON, for one clip. The page attaches these to its routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import BadRequestError
from ..explain import METHODS
from ..memory import Memory
from ..models import MODELS, nameable
from ..settings import Settings
from .export import analysis_json, error_json

MOST_MAPS = 4
"""Maps that one request may ask for."""

ANSWERS_KEPT = 512
"""Answers without maps that are remembered: a few kilobytes each."""

_answers: Memory[dict[str, Any]] = Memory(ANSWERS_KEPT)


def predict_api(
    clip: str | Path,
    model: str = "auto",
    sampling: str = "auto",
    top_k: int = 5,
    *,
    settings: Settings = Settings(),
) -> dict[str, Any]:
    """What happens in this clip: the likeliest classes, and which frames the answer rests on.

    Args:
        clip: A video file.
        model: ``auto``, ``bundled``, or one of the page's models by its hub id.
        sampling: ``auto`` (as the model was trained), ``uniform``, ``dense``, ``transformers`` or ``first``.
        top_k: How many classes to list.

    Returns:
        The object that ``classify --json`` prints: ``ok`` is true, or false with ``error.code`` and ``error.message``.
        The same bytes asked about in the same way are answered from memory, whatever the file is called; ``seconds``
        then says what the answer took when it was computed.
    """
    return _answer(clip, model, sampling, top_k, "", "", settings)


def explain_api(
    clip: str | Path,
    model: str = "auto",
    sampling: str = "auto",
    top_k: int = 5,
    methods: str = "rollout",
    target: str = "",
    *,
    settings: Settings = Settings(),
) -> dict[str, Any]:
    """The answer as ``predict_api`` gives it, and the maps behind it.

    Args:
        clip: A video file.
        model: As in ``predict_api``.
        sampling: As in ``predict_api``.
        top_k: As in ``predict_api``.
        methods: Names of explanation methods, with commas between them.
        target: The class to explain, by label or number; empty for the model's own answer.

    Returns:
        As ``predict_api``, with ``explanations``: by method its ``unit``, ``target`` and ``values``, the map as nested
        lists over time, height and width.
    """
    return _answer(clip, model, sampling, top_k, methods, target, settings)


def _answer(
    clip: str | Path,
    model: str,
    sampling: str,
    top_k: int,
    methods: str,
    target: str,
    settings: Settings,
) -> dict[str, Any]:
    from .. import pipeline, video
    from ..models import load_classifier
    from ..models.prediction import find_target

    name = Path(clip).name if clip else ""
    try:
        _refuse_what_is_missing(clip=clip, model=model, sampling=sampling, top_k=top_k, methods=methods, target=target)
        names = tuple(dict.fromkeys(one.strip() for one in methods.split(",") if one.strip()))
        _refuse_the_impossible(model, top_k, names, settings)

        def compute() -> dict[str, Any]:
            prepared = pipeline.prepare(
                Path(clip),
                clip_name=name,
                model=model,
                device=settings.device,
                dtype=settings.dtype,
                sampling=sampling,
                settings=settings,
            )
            wanted = find_target(prepared.labels, target.strip() or None)
            analysis = pipeline.classify(prepared)
            explanations = [pipeline.explain(analysis, method, target=wanted) for method in names]
            return analysis_json(pipeline.with_explanations(analysis, explanations), top_k, with_maps=True)

        if names or target.strip():
            return compute()
        # Everything that decides an answer: the bytes, the weights in memory (and why it is these), how they are run,
        # what is asked, and every limit on decoding.
        content = video.content_digest(Path(clip), settings=settings)
        loaded = load_classifier(model, device=settings.device, dtype=settings.dtype, settings=settings)
        key = (content, loaded.serial, loaded.identity, sampling, top_k, settings)
        return {**_answers.get(key, compute), "clip": name}
    except Exception as error:  # a program gets an object too, never a traceback
        return error_json(name, error)


def _refuse_what_is_missing(**given: object) -> None:
    # Over HTTP every value can be null, whatever the signature says.
    if missing := [name for name, value in given.items() if value is None or (name == "clip" and not value)]:
        raise BadRequestError(f"Nothing was given for {', '.join(missing)}.")
    if not isinstance(given["top_k"], int):
        raise BadRequestError(f"top_k {given['top_k']!r}: expected a whole number.")


def _refuse_the_impossible(model: str, top_k: int, methods: tuple[str, ...], settings: Settings) -> None:
    # Any hub id or folder would let strangers fill the disk or look around on it.
    allowed = nameable(MODELS, settings)
    if model not in allowed:
        raise BadRequestError(f"Model {model!r}: expected one of {', '.join(allowed)}.")
    if top_k < 1:
        raise BadRequestError(f"top_k {top_k}: expected 1 or more.")
    if unknown := [name for name in methods if name not in METHODS]:
        raise BadRequestError(f"Method {', '.join(unknown)}: expected some of {', '.join(METHODS)}.")
    if len(methods) > MOST_MAPS:
        raise BadRequestError(f"{len(methods)} methods: at most {MOST_MAPS} in one request.")
