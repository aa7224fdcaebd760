"""Records -> plotly figures, and the answer in words. No gradio, no torch: page, report and notebooks use them.

theme          what all figures share
scales         a map's numbers -> colours and a legend, one range for the whole clip
strip          frames -> compressed pictures inside a figure
overlay        the large frame with the map on top
timeline       frames, importance and clip on one axis of time
probabilities  the answer as bars
words          the answer as sentences
player.js      the current frame, in all figures at once
"""

from pathlib import Path

from .overlay import overlay_figure
from .probabilities import probability_bars
from .theme import bare_figure, placeholder
from .timeline import timeline_figure

PLAYER_SCRIPT = Path(__file__).parent / "player.js"
"""The script that steps all figures of a page through the frames together, without a server."""

__all__ = ["PLAYER_SCRIPT", "bare_figure", "overlay_figure", "placeholder", "probability_bars", "timeline_figure"]
