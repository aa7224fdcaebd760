"""``gr.Blocks`` whose generators send whole values."""

from __future__ import annotations

from typing import Any

import gradio as gr


class WholeBlocks(gr.Blocks):
    """Blocks that send each value of a generator as a whole, not as its difference from the one before.

    The browser applies a difference to the value that it has, in place. A figure or a film that it has not drawn yet
    is then changed under its hands, or never drawn at all: a page that is updated twice within a few milliseconds keeps
    the figure of before. A whole value is a new one.
    """

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
