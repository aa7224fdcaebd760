"""Well-known clips that this project may not ship: fetched from the Hugging Face hub when a visitor asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ClipError
from ..records import OnProgress
from ..words import later
from .hub_reach import answers, why_unreachable


@dataclass(frozen=True)
class HubClip:
    """One clip in a data set on the hub."""

    title: str
    dataset: str
    """The data set's id."""
    file: str


HUB_CLIPS: tuple[HubClip, ...] = (HubClip(later("Eating spaghetti"), "nielsr/video-demo", "eating_spaghetti.mp4"),)
"""In the order of the page. The first is the clip on which VideoMAE's own example code runs."""


def fetch_clip(clip: HubClip, *, timeout: float, on_progress: OnProgress | None = None) -> Path:
    """Where the clip lies in the hub's cache; downloaded if it is not there yet.

    Args:
        clip: A row of ``HUB_CLIPS``.
        timeout: Seconds that the hub may take to answer at all.
        on_progress: Told that the download has begun.

    Raises:
        ClipError: the hub does not answer, has no such file (any more), or breaks off.
    """
    from huggingface_hub import hf_hub_download, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, RepositoryNotFoundError

    cached = try_to_load_from_cache(clip.dataset, clip.file, repo_type="dataset")
    if isinstance(cached, str):
        return Path(cached)
    if not answers(hf_hub_url(clip.dataset, clip.file, repo_type="dataset"), timeout=timeout):
        raise ClipError(
            "not_found",
            later(
                "“{title}” cannot be fetched: {why_unreachable}. Choose a sample that is already here.",
                title=clip.title,
                why_unreachable=why_unreachable(timeout),
            ),
        )
    if on_progress:
        on_progress(later("Fetching {file}", file=clip.file), None)
    try:
        return Path(hf_hub_download(clip.dataset, clip.file, repo_type="dataset", etag_timeout=timeout))
    except (RepositoryNotFoundError, EntryNotFoundError) as error:
        if not isinstance(error, LocalEntryNotFoundError):  # that one says that the connection was lost meanwhile
            finding = later(
                "“{title}” is no longer at {dataset} on the hub. Choose another sample.",
                title=clip.title,
                dataset=clip.dataset,
            )
            raise ClipError("not_found", finding) from error
        raise _broken_off(clip, error) from error
    except Exception as error:  # the client's HTTP library, and with it the names of its errors, differs by version
        raise _broken_off(clip, error) from error


def _broken_off(clip: HubClip, error: Exception) -> ClipError:
    finding = later(
        "The download of “{title}” broke off ({name__}). Try again, or choose another sample.",
        title=clip.title,
        name__=type(error).__name__,
    )
    return ClipError("not_found", finding)
