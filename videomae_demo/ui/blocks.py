"""``gr.Blocks`` whose generators send whole values, and which knows whose file is whose."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import gradio as gr
from gradio.exceptions import InvalidPathError
from gradio_client.utils import is_http_url_like

from ..happenings import tell
from ..settings import Settings
from .errors import UNEXPECTED
from .seats import Seats
from .serving.kept_files import KeptFiles, named_files

log = logging.getLogger(__name__)

NO_ADDRESSES = "This server fetches no clips from other places. Please upload the file."
NOT_THEIRS = "That is no file that you uploaded here, or it is deleted by now. Please upload it."
NOBODY = ""
"""The session of requests without one: what they use is nobody's when it is not used any more."""


class WholeBlocks(gr.Blocks):
    """Blocks that note each file that comes or goes, fetch none from strangers' addresses, and send values whole.

    Each value of a generator is sent as a whole, not as its difference from the one before. The browser applies a
    difference to the value that it has, in place. A figure or a film that it has not drawn yet is then changed under
    its hands, or never drawn at all: a page that is updated twice within a few milliseconds keeps the figure of before.
    A whole value is a new one.
    """

    def __init__(self, kept: KeptFiles, settings: Settings, **options: Any) -> None:
        super().__init__(analytics_enabled=False, **options)
        self.kept = kept
        self._settings = settings
        self.seats = Seats(settings)

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
        """An event: its values come in, its function runs, new values go out."""
        if self._settings.public == "on" and any(is_http_url_like(path) for path in named_files(inputs)):
            # Gradio would fetch it, whatever it is and however large, and for anybody.
            tell("refused", why="an address")
            raise gr.Error(NO_ADDRESSES, print_exception=False)
        session = session_hash or NOBODY
        self.kept.use(session, inputs)
        try:
            answer = await super().process_api(block_fn, inputs, state, request, iterator, session_hash, **rest)
        except gr.Error as error:
            error.print_exception = False  # Gradio would print the request's values, a clip's name among them
            raise
        except InvalidPathError as error:
            tell("refused", why="not theirs")
            raise gr.Error(NOT_THEIRS, print_exception=False) from error
        except Exception as error:  # in Gradio's own work; its words repeat what the visitor sent, so they are left out
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s while an event was prepared or answered\n%s", type(error).__name__, frames)
            tell("failed", code="internal")
            raise gr.Error(UNEXPECTED, print_exception=False) from error
        self.kept.use(session, answer["data"])
        return answer

    def left(self, request: gr.Request) -> None:
        """For ``unload``: a visitor closed the page, or a program its connection."""
        session = request.session_hash or NOBODY
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
