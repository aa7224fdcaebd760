"""The clip's player: Gradio's own, but no file is looked into on its way in or out."""

from __future__ import annotations

from abc import ABCMeta
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.data_classes import FileData


class WithoutStub(ComponentMeta):
    """Gradio writes a ``.pyi`` beside the source of every new component class, for its events; here are none."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        return ABCMeta.__new__(cls, name, bases, attributes)


class ClipPlayer(gr.Video, metaclass=WithoutStub):
    """``gr.Video`` that hands a path over as it came, and starts no process.

    Where FFmpeg is installed, ``gr.Video`` lets ``ffprobe`` read every file that it shows, and ``ffmpeg`` make an MP4
    of what its own list of suffixes and codecs leaves out, ``.m4v`` for one; without a deadline or a limit, on files of
    strangers. Only the decode workers may open those: ``video.probe`` says what a browser plays, and of anything else
    the page shows their film (``video.preview_mp4``).

    All options are ``gr.Video``'s; those that only a conversion could serve (``format``, ``watermark``,
    ``include_audio`` for uploads) have no effect.
    """

    is_template = True  # Gradio's mark for a class that the page shows as its base class

    def preprocess(self, payload: FileData | None) -> str | None:
        """The path of the visitor's file."""
        return None if payload is None else payload.path

    def postprocess(self, value: str | Path | None) -> FileData | None:
        """The file at this path, for the browser to fetch; Gradio checks that it may be shown, and copies it."""
        return None if value is None else FileData(path=str(value), orig_name=Path(value).name)
