"""The server's log: no clip's name, no path to one; in lines of JSON where that is asked for."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime, timezone

from ...settings import Settings

VISITORS_FILES = re.compile(r"videomae-(uploads|previews|takeaway)-[^\n]*")
"""A path into one of this process's folders, and all that follows it on its line: a name may hold any sign."""

happened = logging.getLogger("videomae_demo.requests")


def without_names(text: str) -> str:
    """The text, with each line cut off where it comes to a visitor's file.

    >>> without_names("cannot read /tmp/videomae-uploads-7-x/clips/my child's birthday.mp4: it is empty")
    "cannot read /tmp/(a visitor's file)"
    """
    return VISITORS_FILES.sub("(a visitor's file)", text)


class TextLines(logging.Formatter):
    """As the command line writes them."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return without_names(super().format(record))


class JsonLines(logging.Formatter):
    """One object a line: ``time``, ``level``, ``logger``, ``message``, where there is one ``error``, and what a
    happening says."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_names(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = without_names(self.formatException(record.exc_info))
        return json.dumps({**line, **getattr(record, "values", {})}, ensure_ascii=False)


def hear(what: str, values: dict[str, float | str]) -> None:
    """A listener of ``happenings``: a line each."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
    happened.info(what, extra={"values": rounded})


def set_up_logging(settings: Settings) -> None:
    """Everything that is logged in this process goes to stderr in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log == "json" else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("videomae_demo").setLevel(logging.INFO if settings.log == "json" else logging.WARNING)


def take_over_server_log() -> None:
    """What the web server says goes the same way; it sets up its own when it starts."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
