"""Views that wait for the model at the same time go through it in one pass, whoever asked for them.

Nobody waits for company: who comes first goes at once, alone, and those who come meanwhile are the next batch. There is
no thread for it either. One of those who wait leads: it runs the batch for all, and steps back. So an idle server
answers as fast as without this, and a forked process (ZeroGPU) inherits nothing that would not run there.

Equal views are one: asked for at the same time they are run once, asked for again they are remembered.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

import numpy as np

from ..records import OnProgress
from ..words import later

BATCH_TOKENS = {"cpu": 8 * 512, "cuda": 32 * 1568}
"""Tokens of one batch, by device: enough to fill it. A CPU's caches hold few, so that larger batches are no faster."""

TICK_SECONDS = 0.1
"""How long somebody who gives up may go unnoticed while waiting."""

WAITING = later("Waiting for the model")
RUNNING = later("Asking the model")

Value = TypeVar("Value")
Pause = Callable[[float], None]
"""Called between the steps of a pass with the share that is done; raises ``Abandoned`` when nobody waits any more."""


class Abandoned(BaseException):
    """Everybody who waited for this pass has given up: it ends before its next step."""


class _Wish(Generic[Value]):
    """One view that is waited for, by one or by many."""

    def __init__(self, key: bytes, view: np.ndarray) -> None:
        self.key = key
        self.view = view
        self.answer: Future[Value] = Future()
        self.asking: set[object] = set()
        """One mark for each who waits."""
        self.share: float | None = None
        """How much of its pass is done; None while it waits for one."""


class SharedPasses(Generic[Value]):
    """Runs what is asked for in batches, and remembers the last answers within a bound."""

    def __init__(
        self,
        run: Callable[[np.ndarray, Pause], Sequence[Value]],
        *,
        turn: threading.Lock,
        most: int,
        num_bytes: Callable[[Value], int],
        kept_bytes: Callable[[], float],
    ) -> None:
        """Nothing runs yet.

        Args:
            run: (B, ...) views -> one value a view; called with ``turn`` held, never twice at once.
            turn: Shared with whoever else uses the device.
            most: Views of one pass.
            num_bytes: What a value takes up in memory.
            kept_bytes: How much the remembered values may take up; the last one is always remembered.
        """
        self._run = run
        self._turn = turn
        self._most = most
        self._num_bytes = num_bytes
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[bytes, Value] = OrderedDict()
        self._wishes: OrderedDict[bytes, _Wish[Value]] = OrderedDict()
        """Waiting or running, the oldest first."""
        self._led = False
        self._changed = threading.Condition()
        """Guards all of the above."""

    def ask(self, key: bytes, view: np.ndarray, on_progress: OnProgress | None = None) -> Value:
        """The value for this view.

        Args:
            key: equal for equal views, and for no others.
            view: of the shape that all views have.
            on_progress: told every ``TICK_SECONDS``, and between the steps of a pass. When it raises, this one gives
                up: a view that nobody else waits for is not run, and a pass that nobody else waits for ends.
        """
        tell = on_progress or (lambda text, share: None)
        me = object()
        with self._changed:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            wish = self._wishes.setdefault(key, _Wish(key, view))
            wish.asking.add(me)
        try:
            while not wish.answer.done():
                with self._changed:
                    leads = not self._led
                    if leads:
                        self._led = True
                    else:
                        self._changed.wait_for(lambda: wish.answer.done() or not self._led, timeout=TICK_SECONDS)
                if leads:
                    try:
                        self._lead(wish, me, tell)
                    finally:
                        with self._changed:
                            self._led = False
                            self._changed.notify_all()
                elif not wish.answer.done():
                    tell(WAITING if wish.share is None else RUNNING, wish.share)
        finally:
            with self._changed:
                wish.asking.discard(me)
                if not wish.asking and wish.share is None:
                    self._forget(wish)
        return wish.answer.result()

    def forget(self, key: bytes) -> None:
        """Remember the value of this view no longer."""
        with self._changed:
            self._kept.pop(key, None)

    def _lead(self, own: _Wish[Value], me: object, tell: OnProgress) -> None:
        """Run the next batch, whether ``own`` is in it or not; who leads and gives up does so when the others have
        their answers."""
        while not self._turn.acquire(timeout=TICK_SECONDS):
            tell(WAITING, None)
        gave_up: list[BaseException] = []
        batch: list[_Wish[Value]] = []

        def pause(share: float) -> None:
            if not gave_up:
                try:
                    tell(RUNNING, share)
                except BaseException as error:
                    gave_up.append(error)
            with self._changed:
                if gave_up:
                    own.asking.discard(me)
                for wish in batch:
                    wish.share = share
                if not any(wish.asking for wish in batch):
                    raise Abandoned

        try:
            with self._changed:
                batch += list(self._wishes.values())[: self._most]
                for wish in batch:
                    wish.share = 0.0
            self._answer(batch, pause)
        except Abandoned:
            pass
        finally:
            self._turn.release()
            with self._changed:
                for wish in batch:
                    wish.share = None
                    if not wish.asking:
                        self._forget(wish)  # whoever came in the last moment waits for the next pass
        if gave_up:
            raise gave_up[0]

    def _answer(self, batch: Sequence[_Wish[Value]], pause: Pause) -> None:
        try:
            values = self._run(np.stack([wish.view for wish in batch]), pause)
        except Exception as error:
            if len(batch) == 1:
                self._settle(batch[0])
                batch[0].answer.set_exception(error)
            else:  # there may be memory for one at a time; and what is wrong with one must not fail the others
                for wish in batch:
                    self._answer([wish], pause)
            return
        for wish, value in zip(batch, values, strict=True):
            self._settle(wish, value)
            wish.answer.set_result(value)

    def _settle(self, wish: _Wish[Value], *value: Value) -> None:
        with self._changed:
            self._forget(wish)
            for one in value:
                self._kept[wish.key] = one
            while len(self._kept) > 1 and sum(map(self._num_bytes, self._kept.values())) > self._kept_bytes():
                self._kept.popitem(last=False)

    def _forget(self, wish: _Wish[Value]) -> None:
        if self._wishes.get(wish.key) is wish:
            del self._wishes[wish.key]
