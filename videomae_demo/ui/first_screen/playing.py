"""The current frame: play, step, point, and how strong the map is, all in the browser (``figures/player.js``)."""

from __future__ import annotations

from ..page import QUIET, Page
from .layout import FirstScreen


def wire_player(screen: FirstScreen, page: Page) -> None:
    """Controls that no server hears of."""
    page.frame.change(None, page.frame, None, js="(frame) => window.videomae?.show(frame - 1)", **QUIET)
    screen.opacity.change(None, screen.opacity, None, js="(share) => window.videomae?.setOpacity(share)", **QUIET)
    for button, call in ((screen.play, "play()"), (screen.back, "step(-1)"), (screen.forth, "step(1)")):
        button.click(None, None, None, js=f"() => window.videomae.{call}", **QUIET)
