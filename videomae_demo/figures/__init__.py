"""Records -> plotly figures, and the answer in words. No gradio, no torch: page, report and notebooks use them.

theme          what all figures share
scales         a map's numbers -> colours and a legend, one range for the whole clip
strip          frames -> compressed pictures inside a figure
overlay        the large frame with the map on top
timeline       frames, importance and clip on one axis of time
probabilities  the answer as bars
words          the answer as sentences
"""

from .overlay import overlay_figure
from .probabilities import probability_bars
from .theme import bare_figure, placeholder
from .timeline import timeline_figure

__all__ = ["bare_figure", "overlay_figure", "placeholder", "probability_bars", "timeline_figure"]
