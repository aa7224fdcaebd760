"""Visitors' uploads: one at a time, each in a folder of its own, and nothing of one that did not arrive whole.

Gradio's own address puts equal files of different visitors into one place: the second upload then exchanges the file
that the first visitor's clip is being read from, and whoever knows a file's hash knows where it lies.
"""

from __future__ import annotations

import errno
import shutil
import traceback
from contextlib import suppress

import gradio.routes
from gradio.route_utils import API_PREFIX, GradioMultiPartParser, upload_fn
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..happenings import tell
from ..settings import Settings
from ..words import _, later
from .serving.intake import CLOSE

DISK_FULL = later("This server has no room for your clip now. Please try again in a few minutes.")


def upload_route(settings: Settings) -> Route:
    """Gradio's address for uploads, answered here: the paths of the files that arrived."""

    async def upload(request: Request) -> JSONResponse:
        upload_id = request.query_params.get("upload_id")
        folder = request.app.get_blocks().kept.place_for_upload()
        try:
            paths, *_rest = await upload_fn(
                request,
                folder,
                int(settings.max_upload_mb * 1e6),
                upload_id,
                force_move=True,
                upload_progress=gradio.routes.file_upload_statuses if upload_id else None,
            )
        except BaseException as error:  # whatever ended it, the visitor's leaving among it
            _close_files(error)
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, MultiPartException):
                status = 413 if "maximum allowed size" in error.message else 400
                raise HTTPException(status, error.message, headers=CLOSE) from error
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                tell("refused", why="disk full")
                raise HTTPException(507, _(DISK_FULL), headers=CLOSE) from error
            raise
        return JSONResponse(paths)

    return Route(f"{API_PREFIX}/upload", upload, methods=["POST"])


def leaving_route() -> Route:
    """Where a page says that it is closed: its visitor's clips go at once, unless somebody else has them, too."""

    def left(request: Request) -> Response:
        request.app.get_blocks().kept.leave(request.path_params["session"])
        return Response(status_code=204)

    return Route(f"{API_PREFIX}/left/{{session}}", left, methods=["POST"])


def _close_files(error: BaseException) -> None:
    """Those of the upload that it ended.

    Gradio leaves them open, and what is open takes its room on the disk, deleted or not, until Python comes to collect
    it: the next upload would find the disk as full as before.
    """
    for frame, _line in traceback.walk_tb(error.__traceback__):
        parser = frame.f_locals.get("self")
        if isinstance(parser, GradioMultiPartParser):
            for file in parser._files_to_close_on_error:
                with suppress(OSError):  # there is no room for what it holds back
                    file.close()
