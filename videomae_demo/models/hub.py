"""Checkpoints on the Hugging Face hub and in its cache: found, or fetched with progress, or one sentence why not.

Only ``hf_hub_download`` touches the cache, so an interrupted download never leaves half a file under a whole file's
name. Pickled weights are never asked for. Loads neither torch nor transformers.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ..errors import ModelUnavailableError
from ..inputs.hub_reach import answers
from ..records import OnProgress
from ..words import later
from .specs import MODELS, ModelSpec

CONFIG = "config.json"
PREPROCESSORS = ("preprocessor_config.json", "video_preprocessor_config.json")
"""The first one that is there counts: some families have an image processor, some a video processor."""
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
FAMILIARITY = "familiarity.json"
"""Not of transformers, and not needed: see ``familiarity``."""


def checkpoint_files(folder: Path) -> tuple[Path, ...]:
    """Config, preprocessor, and the safetensors file or the shards that its index names; empty if not all are there."""
    if (folder / WEIGHTS).is_file() or not (folder / WEIGHTS_INDEX).is_file():
        names = [WEIGHTS]
    else:
        names = _shards(folder / WEIGHTS_INDEX)
    files = (folder / CONFIG, preprocessor_file(folder), *(folder / name for name in names))
    return files if all(file.is_file() for file in files) else ()


def files_read(folder: Path) -> tuple[Path, ...]:
    """All files that an answer depends on: the checkpoint's, and what it knows of itself where there is such a file."""
    return tuple(file for file in (*checkpoint_files(folder), folder / FAMILIARITY) if file.is_file())


def preprocessor_file(folder: Path) -> Path:
    """The file of the checkpoint's image or video processor; where there is none, the path of the first kind."""
    image, video = (folder / name for name in PREPROCESSORS)
    return video if video.is_file() and not image.is_file() else image


def find_in_cache(spec: ModelSpec) -> Path | None:
    """The folder of a complete copy in the hub's cache, the pinned revision before any other; None if there is none."""
    from huggingface_hub import try_to_load_from_cache

    for revision in _revisions(spec):
        config = try_to_load_from_cache(spec.id, CONFIG, revision=revision)
        if isinstance(config, str) and checkpoint_files(Path(config).parent):
            return Path(config).parent
    return None


def hub_is_reachable(spec: ModelSpec, *, timeout: float) -> bool:
    """Whether the hub answers for this model within ``timeout`` seconds."""
    from huggingface_hub import hf_hub_url

    return answers(hf_hub_url(spec.id, CONFIG, revision=_revisions(spec)[0]), timeout=timeout)


def fetch(spec: ModelSpec, *, timeout: float, on_progress: OnProgress | None = None) -> Path:
    """The folder of a complete copy, downloaded into the hub's cache.

    Args:
        spec: A row whose ``source`` is the hub.
        timeout: Seconds that the hub may take to describe a file.
        on_progress: Told the megabytes of each large file as they come.

    Raises:
        ModelUnavailableError: what the hub said, or how the download broke off.
    """
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return _fetch_first_of(_revisions(spec), spec, timeout, on_progress)
    except ModelUnavailableError:
        raise
    except GatedRepoError as error:
        finding = later("{id} needs a permission that this machine does not have. Choose another model.", id=spec.id)
        raise ModelUnavailableError(finding) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        finding = later("{id} is no public model on the hub, or has no such revision. Check the name.", id=spec.id)
        raise ModelUnavailableError(finding) from error
    except RemoteEntryNotFoundError as error:
        finding = later(
            "{id} on the hub lacks {config}, {preprocessors} or safetensors weights; pickled weights are not read. "
            "Choose another model.",
            id=spec.id,
            config=CONFIG,
            preprocessors=PREPROCESSORS[0],
        )
        raise ModelUnavailableError(finding) from error
    except LocalEntryNotFoundError as error:
        finding = later("The hub does not hand over {id} now. Check the connection and try again.", id=spec.id)
        raise ModelUnavailableError(finding) from error
    except Exception as error:  # the client's HTTP library, and with it the names of its errors, differs by version
        finding = later(
            "The download of {id} broke off ({name__}). Nothing half-loaded is used; try again.",
            id=spec.id,
            name__=type(error).__name__,
        )
        raise ModelUnavailableError(finding) from error


def _fetch_first_of(
    revisions: tuple[str, ...], spec: ModelSpec, timeout: float, on_progress: OnProgress | None
) -> Path:
    from huggingface_hub.errors import RemoteEntryNotFoundError, RevisionNotFoundError

    try:
        return _fetch_revision(spec, revisions[0], timeout, on_progress)
    except (RemoteEntryNotFoundError, RevisionNotFoundError):
        if len(revisions) == 1:
            raise
    return _fetch_first_of(revisions[1:], spec, timeout, on_progress)


def _fetch_revision(spec: ModelSpec, revision: str, timeout: float, on_progress: OnProgress | None) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError
    from tqdm import tqdm

    class Megabytes(tqdm):  # type: ignore[type-arg]
        """Hands the count on instead of drawing a bar."""

        def display(self, *args: object, **kwargs: object) -> None:
            if on_progress and self.total and self.total > 1e6:
                done, total = self.n / 1e6, self.total / 1e6
                on_progress(
                    later(
                        "Downloading {title}: {done:.0f} of {total:.0f} MB", title=spec.title, done=done, total=total
                    ),
                    self.n / self.total,
                )

    def get(name: str) -> Path:
        return Path(
            hf_hub_download(spec.id, name, revision=revision, etag_timeout=timeout, tqdm_class=Megabytes)  # type: ignore[arg-type]
        )

    folder = get(CONFIG).parent
    try:
        get(PREPROCESSORS[0])
    except RemoteEntryNotFoundError:
        get(PREPROCESSORS[1])
    with contextlib.suppress(RemoteEntryNotFoundError):  # few have it
        get(FAMILIARITY)
    try:
        get(WEIGHTS)
    except RemoteEntryNotFoundError:
        for name in _shards(get(WEIGHTS_INDEX)):
            get(name)
    return folder


def _shards(index: Path) -> list[str]:
    names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    if any(Path(name).name != name or not name.endswith(".safetensors") for name in names):
        raise ModelUnavailableError(f"{index.name} names files outside its own folder, or no safetensors files.")
    return names


def _revisions(spec: ModelSpec) -> tuple[str, ...]:
    # Where the table pins a commit, a cache or a mirror that holds only the main branch serves too: the commit that
    # answers is reported, and the weight check guards what is loaded. A revision that was asked for is the only one.
    pinned = spec.revision or "main"
    return tuple(dict.fromkeys((pinned, "main"))) if MODELS.get(spec.id) == spec else (pinned,)
