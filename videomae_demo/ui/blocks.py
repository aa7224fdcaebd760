"""``gr.Blocks`` whose generators send whole values, whose sessions are small, and which knows whose file is whose."""

from __future__ import annotations

import copy
import logging
import threading
import traceback
from collections.abc import Callable
from contextvars import Context
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.exceptions import InvalidPathError
from gradio.utils import deep_hash
from gradio_client.utils import is_http_url_like

from ..backend import Backend
from ..happenings import tell
from ..settings import Settings
from ..words import SOURCE, _, language, later, use
from .errors import UNEXPECTED
from .held import Held
from .seats import Seats
from .serving.kept_files import KeptFiles, named_files
from .serving.languages import of_event
from .sessions import CopiedConfig, drop_state
from .steps import as_it_is, followed_states

log = logging.getLogger(__name__)

NO_ADDRESSES = later("This server fetches no clips from other places. Please upload the file.")
NOT_THEIRS = later("That is no file that you uploaded here, or it is deleted by now. Please upload it.")
NOBODY = ""
"""The session of requests without one: what they use is nobody's when it is not used any more."""


class WholeBlocks(gr.Blocks):
    """Blocks that note each file that comes or goes, fetch none from strangers' addresses, and send values whole.

    Each value of a generator is sent as a whole, not as its difference from the one before. The browser applies a
    difference to the value that it has, in place. A figure or a film that it has not drawn yet is then changed under
    its hands, or never drawn at all: a page that is updated twice within a few milliseconds keeps the figure of before.
    A whole value is a new one.

    The page is laid out once a language, and wired once: in another language it is the same page, whose components say
    something else. So what lays it out and what answers events is written alike, with ``words._``.
    """

    def __init__(self, backend: Backend, kept: KeptFiles, settings: Settings, **options: Any) -> None:
        super().__init__(analytics_enabled=False, **options)
        self.default_config = CopiedConfig(self)
        self.backend = backend
        self.kept = kept
        self._settings = settings
        self.seats = Seats(settings)
        self._laid_out: Callable[[], WholeBlocks] | None = None
        self._translated: dict[str, dict[str, Any]] = {}
        self._translating = threading.Lock()
        self._followed: frozenset[int] | None = None
        self.held: Held | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What the browser builds the page from, in the current language."""
        key = language()
        if key == SOURCE or self._laid_out is None:
            return self._config
        with self._translating:  # Gradio lays one page out at a time
            if key not in self._translated:
                # In an event's own context, as after a restart below an open page, components belong to no page.
                other = Context().run(_in_language, key, self._laid_out)
                self._translated[key] = _with_words_of(self._config, other._config)
            return self._translated[key]

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        self._config = config
        self._translated = {}

    def speak(self, lay_out: Callable[[], WholeBlocks]) -> None:
        """Where the page in another language comes from: called in that language, once, it builds this page again."""
        self._laid_out = lay_out

    def as_built(self, component: gr.HTML | gr.Plot) -> Any:
        """What the component showed at first, in the current language, as a handler may return it."""
        props = next(one["props"] for one in self.config["components"] if one["id"] == component._id)
        value = props.get("value")
        return component.data_model(**value) if isinstance(component, gr.Plot) and value else value  # type: ignore[misc]

    async def process_api(
        self,
        block_fn: Any,
        inputs: list[Any],
        state: Any = None,
        request: Any = None,
        iterator: Any = None,
        session_hash: str | None = None,
        **rest: Any,
    ) -> dict[str, Any]:
        """An event: its values come in, its function runs, new values go out, in the language of its page."""
        with use(self._language_of(block_fn, request)):
            return await self._process(block_fn, inputs, state, request, iterator, session_hash, **rest)

    def _language_of(self, block_fn: Any, request: Any) -> str:
        """The page's, for its own events; what programs call answers in English."""
        made_by = self._made_by(block_fn)
        one = request[0] if isinstance(request, list) and request else request
        headers = getattr(one, "headers", None)
        return of_event(headers) if headers is not None and made_by.api_visibility == "private" else SOURCE

    def _made_by(self, event: Any) -> Any:
        """The event itself, where Gradio names it by its number, too."""
        return self.fns[event] if isinstance(event, int) else event

    async def _process(
        self,
        block_fn: Any,
        inputs: list[Any],
        state: Any,
        request: Any,
        iterator: Any,
        session_hash: str | None,
        **rest: Any,
    ) -> dict[str, Any]:
        if self._settings.public == "on" and any(is_http_url_like(path) for path in named_files(inputs)):
            # Gradio would fetch it, whatever it is and however large, and for anybody.
            tell("refused", why="an address")
            raise gr.Error(_(NO_ADDRESSES), print_exception=False)
        session = session_hash or NOBODY
        try:
            with self.kept.at_work(session, inputs):
                answer = await super().process_api(block_fn, inputs, state, request, iterator, session_hash, **rest)
        except gr.Error as error:
            error.print_exception = False  # Gradio would print the request's values, a clip's name among them
            raise
        except InvalidPathError as error:
            tell("refused", why="not theirs")
            raise gr.Error(_(NOT_THEIRS), print_exception=False) from error
        except Exception as error:  # in Gradio's own work; its words repeat what the visitor sent, so they are left out
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s while an event was prepared or answered\n%s", type(error).__name__, frames)
            tell("failed", code="internal")
            raise gr.Error(_(UNEXPECTED), print_exception=False) from error
        self.kept.use(session, answer["data"])
        if self.held is not None:
            event = self._made_by(block_fn)
            answer["changed_state_ids"] = self.held.after(
                event, answer["changed_state_ids"], session, self.state_holder
            )
        if self._made_by(block_fn).api_visibility == "public":
            drop_state(self.state_holder, session)
        return answer

    async def postprocess_data(self, block_fn: Any, predictions: list[Any] | dict[Any, Any], state: Any) -> list[Any]:
        """The outputs' new values, as the browser gets them; what an event leaves as it is costs nothing.

        Gradio builds a component anew for each output that is skipped, too: the event that paints the first screen
        skips most of its 23 in each of a dozen steps. What it would look at in a thread of its own, and leave as it is,
        goes past it (``steps.as_it_is``).
        """
        outputs = {one._id: one for one in block_fn.outputs}
        if not isinstance(predictions, dict) or not predictions or block_fn.batch:
            return await super().postprocess_data(block_fn, predictions, state)
        if not all(isinstance(key, Block) and key._id in outputs for key in predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        given = {key._id: value for key, value in predictions.items() if not _is_skipped(value)}
        at = {number: as_it_is(outputs[number], value) for number, value in given.items()}
        some = copy.copy(block_fn)
        some.outputs = [one for number, one in outputs.items() if at.get(number) is NotImplemented]
        values = [given[one._id] for one in some.outputs]
        sent = await super().postprocess_data(some, values[0] if len(values) == 1 else values, state) if values else []
        at |= {one._id: value for one, value in zip(some.outputs, sent, strict=True)}
        return [at.get(one._id, None if one.stateful else gr.skip()) for one in block_fn.outputs]

    def get_state_ids_to_track(self, block_fn: Any, state: Any) -> tuple[list[int], list[Any]]:
        """Of the states that an event writes, those whose change others follow, and what they hold now."""
        if self._followed is None:
            self._followed = followed_states(self.fns.values())
        tracked = [one._id for one in block_fn.outputs if one._id in self._followed and one.stateful]
        return ([], []) if state is None else (tracked, [deep_hash(state[one]) for one in tracked])

    def left(self, request: gr.Request) -> None:
        """For ``unload``: the connection of a page or of a program has ended.

        A program is gone then. A page may be out of reach for a moment, or on a phone that sleeps: it says when it is
        closed (``uploads.leaving_route``), and its clips stay until then, or as long as any that nobody uses.
        """
        session = request.session_hash or NOBODY
        if self.held is None or not self.held.is_page(session, self.state_holder):
            self.kept.leave(session)
        if session in self.state_holder:  # Gradio keeps what the page knew for an hour, in case somebody comes back
            self.state_holder.session_data[session].STATE_TTL_WHEN_CLOSED = 60 * self._settings.keep_minutes

    def handle_streaming_diffs(
        self,
        block_fn: Any,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        going_on = run is not None and session_hash is not None and run in self.pending_diff_streams[session_hash]
        whole = list(data)
        sent = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        if not going_on or final or simple_format:
            return sent
        return [[["replace", [], value]] for value in whole]


def _in_language(key: str, lay_out: Callable[[], WholeBlocks]) -> WholeBlocks:
    with use(key):
        return lay_out()


def _with_words_of(page: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The page, whose components say what the other one's do: both were laid out by the same function."""
    mine, theirs = page["components"], other["components"]
    if [one["type"] for one in mine] != [one["type"] for one in theirs]:
        raise RuntimeError("the page in another language has other components")
    said = [{**one, "props": words["props"]} for one, words in zip(mine, theirs, strict=True)]
    return {**page, "title": other["title"], "components": said}


def _is_skipped(value: Any) -> bool:
    return isinstance(value, dict) and value == gr.skip()
