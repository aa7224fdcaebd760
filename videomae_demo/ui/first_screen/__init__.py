"""The first screen: one clip, one answer, one axis of time. A handler is call, draw, return.

layout     what stands where
choosing   a clip is pressed, dropped, recorded or fetched: a wish
painting   the one event that paints: a wish, its answer, its map; and Cancel
answering  a wish -> frames -> answer
mapping    the map over the frames, and how it is drawn
addressing the address leads to a place on the page, and says where the visitor is
playing    the current frame, in the browser alone
"""

from __future__ import annotations

from ...backend import Backend
from ...settings import Settings
from ..page import Page
from ..seats import Seats
from .addressing import wire_address
from .choosing import wire_choice
from .layout import FirstScreen, lay_out
from .painting import wire_painting
from .playing import wire_player

__all__ = ["build_first_screen", "wire_address"]


def build_first_screen(backend: Backend, settings: Settings, seats: Seats) -> tuple[FirstScreen, Page]:
    """Lay the first screen out inside the open ``gr.Blocks`` and wire it; the tabs get the ``Page``.

    Once they are there, ``wire_address`` lets an address lead to all of it.
    """
    screen, page = lay_out(backend, settings, seats)
    wire_choice(screen, page)
    wire_painting(screen, page)
    wire_player(screen, page)
    return screen, page
