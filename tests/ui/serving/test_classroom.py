"""A class does a lesson together: thirty phones open one link in the same moment, guess, and press in the same moment.

Deselected by default: ``pytest -m soak tests/ui/serving/test_classroom.py -s``, with ``CLASS_PHONES``.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from dataclasses import dataclass

import httpx
import pytest
from app_process import running_app
from phones import Layout, Phone

PHONES = int(os.environ.get("CLASS_PHONES", "30"))
LONGEST_SECONDS = 3.0
PATIENCE = 120.0
LINK = "?lesson=time"


@dataclass
class Waited:
    """Seconds of one phone."""

    answer: float
    map: float
    reveal: float
    found: str


def _answered(phone: Phone) -> bool:
    headline = str(phone.shown("answer"))
    return "<h2" in headline and "waiting" not in headline


class Together:
    """Where so many wait until all of them are there (``asyncio.Barrier`` came with Python 3.11)."""

    def __init__(self, parties: int) -> None:
        self._missing, self._complete = parties, asyncio.Event()

    async def wait(self) -> None:
        self._missing -= 1
        if not self._missing:
            self._complete.set()
        await self._complete.wait()


async def one_phone(client: httpx.AsyncClient, url: str, layout: Layout, together: Together) -> Waited:
    phone = Phone(client, url, layout)
    opened = asyncio.create_task(phone.open(LINK))
    answer = await phone.until(_answered, PATIENCE)
    drawn = answer + await phone.until(lambda seen: "<table" in str(seen.shown("map-numbers")), PATIENCE)
    await phone.until(lambda seen: "…" not in str(seen.shown("lesson-clip") or "…"), PATIENCE)
    await opened
    await together.wait()
    pressed = asyncio.create_task(phone.press("lesson-reveal", lesson_guess=1))
    reveal = await phone.until(lambda seen: "found" in str(seen.shown("lesson-found")), PATIENCE)
    await pressed
    await phone.leave()
    return Waited(answer, drawn, reveal, str(phone.shown("lesson-found")))


async def a_class(url: str) -> list[Waited]:
    limits = httpx.Limits(max_connections=None, keepalive_expiry=1)  # the server ends idle connections after 5 s
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, headers={"referer": url + LINK}) as client:
        layout = Layout((await client.get(f"{url}config")).json())
        together = Together(PHONES)
        return await asyncio.gather(*(one_phone(client, url, layout, together) for _ in range(PHONES)))


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_nobody_waits_long(tmp_path) -> None:
    with running_app(tmp_path, VIDEOMAE_PUBLIC="on") as app:
        before = app.process.cpu_times()
        waited = asyncio.run(a_class(app.url))
        after = app.process.cpu_times()
    print(f"\n{PHONES} phones open {LINK}, then press “Reveal”, each in the same moment")
    print(f"processor time of the server: {sum(after[:2]) - sum(before[:2]):.1f} s")
    for name in ("answer", "map", "reveal"):
        seconds = sorted(getattr(one, name) for one in waited)
        print(f"{name}: median {statistics.median(seconds):.2f} s, longest {seconds[-1]:.2f} s")
    assert len({one.found for one in waited}) == 1
    assert max(max(one.answer, one.map, one.reveal) for one in waited) < LONGEST_SECONDS
