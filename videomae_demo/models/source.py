"""Which checkpoint answers, and why: ``auto``, ``bundled``, a hub id or a folder -> a folder on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelUnavailableError
from ..inputs.hub_reach import why_unreachable
from ..records import ModelIdentity, OnProgress
from ..settings import Settings
from ..words import later
from . import hub, specs
from .specs import Family, ModelSpec

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


@dataclass(frozen=True)
class ModelSource:
    """A checkpoint on this machine, and the reason why it is the one."""

    spec: ModelSpec
    folder: Path
    revision: str | None
    """The commit that the files are of; None outside the hub."""
    reason: str
    """One sentence for the page."""


def resolve_model(
    model: str,
    *,
    family: Family = specs.CLASSIFIER_FAMILY,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> ModelSource:
    """Find the checkpoint, downloading it if need be.

    ``auto`` is the family's preferred model from the hub's cache, or from the hub if that answers within
    ``settings.hub_timeout``, else the bundled model.

    Args:
        model: ``auto``, ``bundled``, a hub id (``owner/name`` or ``owner/name@revision``), or a folder.
        family: Classifiers, or pre-trained encoders with decoders.
        settings: ``hub_timeout`` counts.
        on_progress: Told what a download does.

    Raises:
        ModelUnavailableError: there is no such model here, or it cannot be had now.
    """
    if model == "auto":
        return _resolve_auto(family, settings, on_progress)
    spec = specs.spec_for(model, family.table)
    if spec.source == "bundled":
        if spec.untrained:
            return _bundled(spec, later("The untrained network answers: it was asked for."))
        return _bundled(spec, later("The bundled model answers: it was asked for."))
    if spec.source == "folder":
        folder = Path(model)
        if not hub.checkpoint_files(folder):
            raise ModelUnavailableError(
                later(
                    "{model} holds no complete checkpoint: expected {config}, {preprocessors} and {weights}, as "
                    "save_pretrained writes them.",
                    model=model,
                    config=hub.CONFIG,
                    preprocessors=hub.PREPROCESSORS[0],
                    weights=hub.WEIGHTS,
                )
            )
        return ModelSource(spec, folder, None, later("{title} answers: its folder was asked for.", title=spec.title))
    if not HUB_ID.fullmatch(model):
        raise ModelUnavailableError(
            later(
                "There is no folder {model!r}, and it is no hub id (owner/name). Choose auto, bundled, a hub id or a "
                "folder.",
                model=model,
            )
        )
    if folder := hub.find_in_cache(spec):  # type: ignore[assignment]
        return _from_hub(
            spec, folder, later("{title} answers: it was asked for, and is in this machine's cache.", title=spec.title)
        )
    if not hub.hub_is_reachable(spec, timeout=settings.hub_timeout):
        raise ModelUnavailableError(
            later(
                "{id} is not in this machine's cache, and {why_unreachable}. Try again later, or choose the bundled "
                "model.",
                id=spec.id,
                why_unreachable=why_unreachable(settings.hub_timeout),
            )
        )
    folder = hub.fetch(spec, timeout=settings.hub_timeout, on_progress=on_progress)
    return _from_hub(
        spec, folder, later("{title} answers: it was asked for, and came from the hub just now.", title=spec.title)
    )


def name_of(identity: ModelIdentity) -> str:
    """The name under which this very checkpoint can be asked for again, whatever ``auto`` means by then."""
    if identity.source == "bundled":
        return next((key for key, spec in specs.MODELS.items() if spec.id == identity.id), "bundled")
    return f"{identity.id}@{identity.revision}" if identity.revision else identity.id


def _resolve_auto(family: Family, settings: Settings, on_progress: OnProgress | None) -> ModelSource:
    spec = family.preferred
    if folder := hub.find_in_cache(spec):
        return _from_hub(spec, folder, later("{title} answers: it is in this machine's cache.", title=spec.title))
    if not hub.hub_is_reachable(spec, timeout=settings.hub_timeout):
        return _bundled(
            family.bundled,
            later(
                "The bundled model answers: {title} is not on this machine, and {why_unreachable}.",
                title=spec.title,
                why_unreachable=why_unreachable(settings.hub_timeout),
            ),
        )
    try:
        folder = hub.fetch(spec, timeout=settings.hub_timeout, on_progress=on_progress)
    except ModelUnavailableError as error:
        return _bundled(
            family.bundled,
            later(
                "The bundled model answers, because {title} could not be fetched: {sentence}",
                title=spec.title,
                sentence=error.sentence,
            ),
        )
    return _from_hub(spec, folder, later("{title} answers: it came from the hub just now.", title=spec.title))


def _bundled(spec: ModelSpec, reason: str) -> ModelSource:
    name = spec.untrained or spec.id
    folder = specs.BUNDLED_ROOT / name
    if not hub.checkpoint_files(folder):
        raise ModelUnavailableError(
            later(
                "The bundled model is not where it belongs (assets/models/{name}). Run the app from a full copy of the "
                "repository, or choose another model.",
                name=name,
            )
        )
    return ModelSource(spec, folder, None, reason)


def _from_hub(spec: ModelSpec, folder: Path, reason: str) -> ModelSource:
    return ModelSource(spec, folder, folder.name, reason)  # the cache names each folder after its commit
