"""Every limit and default of the app, by name, read from the environment once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from .records import Device, DType

_HOST_AND_PORT = re.compile(r"[^\s/]+:\d{1,5}")
_PACKAGE = Path(__file__).resolve().parent
ASSETS = next(
    (folder for folder in (_PACKAGE / "assets", _PACKAGE.parent / "assets") if folder.is_dir()), _PACKAGE / "assets"
)
"""The bundled models and the sample clips: inside an installed package, or beside it in a copy of the repository."""


@dataclass(frozen=True)
class Settings:
    """Read by ``Settings.from_environment()``; each field ``name`` comes from ``VIDEOMAE_NAME``."""

    model: str = "auto"
    """``auto``, ``bundled``, a hub id, or a folder written by ``save_pretrained``."""
    device: Device = "auto"
    dtype: DType = "auto"
    public: Literal["on", "off"] = "off"
    """Whether strangers come here: ``on`` sets the values of ``FOR_STRANGERS`` where nothing else is said. On a Space
    it is on by itself."""
    models: str = "all"
    """Models that visitors may name: ``all`` that the page lists, or keys of ``MODELS`` and ``AUTOENCODERS`` with
    commas between them. ``auto`` and ``model`` above are always among them."""
    lessons: str = ""
    """A folder with a lecturer's own lessons, which follow the tour; see ``lessons/reading.py``."""
    room: Literal["on", "off"] = "off"
    """Whether the guesses of all who do a lesson are counted, and shown to them as bars. Not on a public server."""
    max_upload_mb: float = 200.0
    max_seconds: float = 600.0
    """Longest clip, in seconds of video."""
    max_pixels: int = 4096 * 2304
    """Largest frame, in pixels (container and codec)."""
    decode_timeout: float = 30.0
    """Wall-clock seconds that probing and decoding one clip may take."""
    decode_workers: int = 2
    """Decode processes; a slow file occupies one of them."""
    decode_threads: int = min(8, (os.cpu_count() or 1) + 1)
    """Threads of one decode process. FFmpeg's own choice, but bounded: each holds frames of its own."""
    decode_memory_mb: float = 1400.0
    """Address space that a decode process may grow by before it is ended."""
    max_packets: int = 60_000
    """Most video packets that a scan reads."""
    max_short_side: int = 480
    """Pixels: frames with a longer short side are scaled down to this as they are decoded."""
    at_once: int = 4
    """Visitors whose clips are decoded or answered at the same time. What waits for the model together goes through it
    together, so a GPU wants many, 32 for instance; a CPU answers no faster for more."""
    queue_size: int = 64
    """Visitors that may wait in line."""
    jobs_each: int = 64
    """Of one visitor, so many jobs are at work at the same time; the others wait."""
    jobs_per_minute: float = 1e9
    """From one address, so many jobs may be asked for within a minute. A school class has one address, and so may have
    all that a class asks for: how much of the model it gets while others wait is bounded by the line."""
    jobs_per_minute_each: float = 1e9
    """From one open page, or one program, so many jobs may be asked for within a minute: a clip is three, decoded,
    answered and explained."""
    posts_per_minute: float = 1e9
    """From one address, so many requests of any kind that are more than looking: each press on the page is a few, and
    an upload counts as ten. A quarter of them may come at once."""
    upload_seconds: float = 600.0
    """How long one upload may take."""
    keep_minutes: float = 60.0
    """How long a clip that nobody uses any more stays on the server. It goes earlier when its visitor leaves."""
    open_pages_mb: float = 1000.0
    """What the answers on all open pages take together, with their frames: some 15 MB a clip, however many visitors
    look at it. Beyond that, the page that was used longest ago computes its clip again when it is used next."""
    proxies: int = 0
    """Proxies in front of the server that note the visitor's address in ``X-Forwarded-For``; 0 is none, and the header
    is not read then: anybody could write it."""
    metrics: str = "off"
    """``off``; ``page`` for ``/metrics`` beside the page; or an address of its own, ``127.0.0.1:9100`` for one."""
    log: Literal["text", "json"] = "text"
    """``json`` for one object a line, requests among them; ``text`` for warnings alone."""
    stop_seconds: float = 10.0
    """When the server is told to stop: how long what is under way may take to come to its end."""
    hub_timeout: float = 2.5
    """Seconds that the probe of the hub may take before the bundled model answers instead."""

    @property
    def may_be_named(self) -> tuple[str, ...] | None:
        """The names of models that visitors may use; None for all that the page lists."""
        if self.models == "all":
            return None
        listed = (name.strip() for name in self.models.split(","))
        return tuple(dict.fromkeys(("auto", self.model, *(name for name in listed if name))))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The defaults, overridden by ``VIDEOMAE_*`` variables.

        Raises:
            ValueError: one line that names the variable, its value and what is expected.
        """
        on_space = "on" if environment.get("SPACE_ID") else "off"
        public = environment.get("VIDEOMAE_PUBLIC", on_space).strip() == "on"
        values: dict[str, object] = dict(FOR_STRANGERS) if public else {}
        if environment.get("SPACE_ID"):
            values["proxies"] = 1
        for entry in fields(cls):
            name = f"VIDEOMAE_{entry.name.upper()}"
            if name in environment:
                values[entry.name] = _parse(name, environment[name], type(entry.default))
        settings = cls(**values)  # type: ignore[arg-type]
        for option, allowed in (
            ("device", get_args(Device)),
            ("dtype", get_args(DType)),
            ("public", ("on", "off")),
            ("log", ("text", "json")),
            ("room", ("on", "off")),
        ):
            if getattr(settings, option) not in allowed:
                raise ValueError(
                    f"VIDEOMAE_{option.upper()}={getattr(settings, option)!r}: expected one of {', '.join(allowed)}"
                )
        if settings.metrics not in ("off", "page") and not _HOST_AND_PORT.fullmatch(settings.metrics):
            raise ValueError(f"VIDEOMAE_METRICS={settings.metrics!r}: expected off, page, or HOST:PORT")
        if settings.room == settings.public == "on":
            raise ValueError(
                "VIDEOMAE_ROOM=on: a public server counts no guesses; set VIDEOMAE_PUBLIC=off or unset this"
            )
        return settings


FOR_STRANGERS: Mapping[str, object] = MappingProxyType(
    {
        "public": "on",
        "models": "bundled,MCG-NJU/videomae-base-finetuned-kinetics,MCG-NJU/videomae-base",
        "max_upload_mb": 100.0,
        "max_seconds": 120.0,
        "queue_size": 192,
        "jobs_each": 1,
        "jobs_per_minute": 1800.0,
        "jobs_per_minute_each": 120.0,
        "posts_per_minute": 3600.0,
        "upload_seconds": 300.0,
        "keep_minutes": 10.0,
    }
)
"""What a public server's rules are unless the environment says otherwise.

A school class shares one address, so what one address may ask for is what thirty may who work at it: each clip that is
pressed is 10 requests and 3 jobs, each tab 2 to 5 and 0 to 4, a map by another method 3 and 1. A busy minute of one
pupil, ten clips, six tabs, six methods, is some 140 and 50. What holds off a flood from one address is not these counts
but the line: there it has at most half of the places, and half of the seats while others wait."""


def _parse(name: str, text: str, kind: type) -> object:
    if kind is str:
        if not text.strip():
            raise ValueError(f"{name} is empty: set a value or unset it")
        return text.strip()
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"{name}={text!r}: expected {'a whole number' if kind is int else 'a number'}") from None
    if not 0 < value < float("inf"):
        raise ValueError(f"{name}={text!r}: expected a number above 0")
    return value
