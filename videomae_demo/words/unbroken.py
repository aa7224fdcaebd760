"""Sentences as HTML that break before no unit and no sign."""

from __future__ import annotations

import re
from html import escape


def unbroken(words: str) -> str:
    """As HTML, with every number and its unit or sign on one line.

    >>> unbroken("21 to 100 %"), unbroken("< 0.1 %")
    ('21 to 100&nbsp;%', '&lt;&nbsp;0.1&nbsp;%')
    """
    kept = re.sub(r"(?<=\d) (?=%|s\b)|(?<=[<>]) (?=\d)", "\N{NO-BREAK SPACE}", words)
    return escape(kept).replace("\N{NO-BREAK SPACE}", "&nbsp;")
