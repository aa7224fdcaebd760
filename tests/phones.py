"""What a browser does with the page, without a browser: events, their values, and what follows from them, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx


class Layout:
    """The page's components and events, read once for all phones."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.events = {event["id"]: event for event in config["dependencies"]}
        self.values = {part["id"]: part["props"].get("value") for part in config["components"]}
        self.types = {part["id"]: part["type"] for part in config["components"]}
        self.named = {
            part["props"]["elem_id"]: part["id"] for part in config["components"] if "elem_id" in part["props"]
        }
        self.keys = {part["props"].get("id"): part["id"] for part in config["components"] if part["type"] == "tabitem"}

    def on(self, component: int | None, what: str) -> list[dict[str, Any]]:
        """Events of the server that follow when this happens to a component; of any where it is None."""
        return [
            event
            for event in self.events.values()
            if event["backend_fn"] and any(kind == what and component in (None, one) for one, kind in event["targets"])
        ]


class Phone:
    """One visitor. A state that changes has its events follow, as in the browser; so has the tab that is chosen."""

    def __init__(self, client: httpx.AsyncClient, url: str, layout: Layout) -> None:
        self._client, self._url, self._layout = client, url, layout
        self._session = uuid.uuid4().hex[:10]
        self._values = dict(layout.values)
        self._running: dict[str, int] = {}
        self._again: set[int] = set()
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = False
        self.failed: list[str] = []

    def shown(self, elem_id: str) -> Any:
        """The value that stands there now."""
        return self._values[self._layout.named[elem_id]]

    async def open(self, query: str) -> None:
        """The page, and the events of its load."""
        (await self._client.get(self._url + query)).raise_for_status()
        self._start(self._heartbeat())
        asked = json.dumps({"query": query, "count": 1, "own": None})
        for event in self._layout.on(None, "load"):
            address = [self._layout.named["place"], "click"] in [[*target] for target in event["targets"]]
            await self.send(event, filled={1: 1, 2: asked} if address else {})

    async def press(self, elem_id: str, **values: Any) -> None:
        """The button, after these components have these values."""
        for name, value in values.items():
            self._values[self._layout.named[name.replace("_", "-")]] = value
        for event in self._layout.on(self._layout.named[elem_id], "click"):
            await self.send(event)

    async def until(self, seen: Callable[[Phone], bool], seconds: float) -> float:
        """How long it took until that was seen.

        Raises:
            TimeoutError: it was not, within so many seconds.
            RuntimeError: the page said instead that something failed.
        """
        start = time.monotonic()
        while not seen(self):
            if self.failed:
                raise RuntimeError(self.failed[0])
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), seconds - (time.monotonic() - start))
        return time.monotonic() - start

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, event: dict[str, Any], *, filled: dict[int, Any] | None = None, data: Any = None) -> None:
        number = event["id"]
        if number in self._running.values() and event["trigger_mode"] != "multiple":
            if event["trigger_mode"] == "always_last":
                self._again.add(number)
            return
        values = [None if self._layout.types[one] == "state" else self._values[one] for one in event["inputs"]]
        for place, value in (filled or {}).items():
            values[place] = value
        body = {"fn_index": number, "data": values, "event_data": data, "session_hash": self._session}
        answer = await self._client.post(f"{self._url}gradio_api/queue/join", json=body)
        if answer.is_error:
            self.failed.append(answer.text)
            return
        self._running[answer.json()["event_id"]] = number
        if not self._reading:
            self._reading = True
            self._start(self._read())

    async def _read(self) -> None:
        """Messages, until nothing is under way."""
        url, query = f"{self._url}gradio_api/queue/data", {"session_hash": self._session}
        while self._running:
            async with self._client.stream("GET", url, params=query) as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        await self._hear(json.loads(line[5:]))
        self._reading = False

    async def _hear(self, message: dict[str, Any]) -> None:
        kind, number = message["msg"], self._running.get(message.get("event_id") or "")
        if number is None or kind not in ("process_generating", "process_completed"):
            return
        event = self._layout.events[number]
        output = message["output"]
        if kind == "process_completed":
            del self._running[message["event_id"]]
        if message["success"]:
            for component, value in zip(event["outputs"], output.get("data", ()), strict=False):
                await self._show(component, value)
            follow = [
                one for state in output.get("changed_state_ids") or () for one in self._layout.on(state, "change")
            ]
            for one in {one["id"]: one for one in follow}.values():
                await self.send(one)
        else:
            self.failed.append(str(output))
        if kind == "process_completed" and number in self._again:
            self._again.discard(number)
            await self.send(event)
        self._changed.set()

    async def _show(self, component: int, value: Any) -> None:
        if isinstance(value, list) and value and isinstance(value[0], list) and value[0][:2] == ["replace", []]:
            value = value[0][2]  # see ``ui/blocks.py``
        if not isinstance(value, dict) or value.get("__type__") != "update":
            self._values[component] = value
            return
        if "value" in value:
            self._values[component] = value["value"]
        if self._layout.types[component] == "tabs" and "selected" in value:
            for event in self._layout.on(self._layout.keys[value["selected"]], "select"):
                await self.send(event, data={"selected": True})

    async def _heartbeat(self) -> None:
        async with self._client.stream("GET", f"{self._url}gradio_api/heartbeat/{self._session}") as stream:
            async for _ in stream.aiter_lines():
                pass

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            if task.exception():
                self.failed.append(f"{task.get_coro()}: {task.exception()!r}")
                self._changed.set()
