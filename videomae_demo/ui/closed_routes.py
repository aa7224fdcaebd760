"""Addresses that every Gradio app answers and this one does not: what strangers could do there is no use to anybody."""

from __future__ import annotations

from gradio.route_utils import API_PREFIX
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def _not_here(_: Request) -> PlainTextResponse:
    return PlainTextResponse("Not offered here.", status_code=404)


CLOSED_ROUTES = [
    # Cuts a recording of the screen, which this page offers nobody: three FFmpeg processes without a deadline for each
    # request, and anybody may send one, without a page, a queue or a session.
    Route(f"{API_PREFIX}/process_recording", _not_here, methods=["POST"]),
    # Writes what a visitor sees into a folder that nobody empties, for whoever knows the session.
    Route(f"{API_PREFIX}/deep_link", _not_here),
    # Tells how often each function was called and how long it took; ``serving/metrics.py`` is there for that.
    Route("/monitoring", _not_here),
    Route("/monitoring/{rest:path}", _not_here),
]
"""For ``launch(app_kwargs={"routes": CLOSED_ROUTES})``: what comes first in the list of routes answers."""
