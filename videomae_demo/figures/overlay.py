"""The large frame with the map on top: all frames lie side by side in one picture, and the figure shows one of them.

Gradio drops Plotly's own animation frames, and one trace a frame would be megabytes. So the frames are one WebP strip
and the map one heatmap over the whole strip; stepping pans ``xaxis.range`` by one. One unit of x is one frame's width,
one unit of y a frame's height, counted from the top.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from ..memory import MemoryPer
from ..records import ClipInfo, CropBox, Geometry, ModelInput, SampledFrames, Window
from ..results import Explanation
from .scales import LEVELS, MapScale, displayed, scale_of
from .strip import enlarged, strip_uri
from .theme import VEIL, bare_figure

View = Literal["clip", "model"]
"""``clip``: the frames as decoded, the cut-off part veiled. ``model``: what the model really gets, at its own size."""


class Framed(Protocol):
    """What can be drawn before there is an answer: ``pipeline.Prepared`` has it, and so has ``Analysis``."""

    @property
    def clip(self) -> ClipInfo: ...
    @property
    def window(self) -> Window: ...
    @property
    def frames(self) -> SampledFrames: ...
    @property
    def model_input(self) -> ModelInput: ...
    @property
    def geometry(self) -> Geometry: ...


FRAME_HEIGHT = 360
"""Pixels of one frame in the strip."""
MAX_STRIP_BYTES = 215_000
"""Leaves a figure, map included, below 300 KB."""
WHOLE = CropBox(0.0, 0.0, 1.0, 1.0)
_LEGEND_SPACE = 58
"""Pixels under the frame, kept free before the map is there, so that nothing moves when it arrives."""
_SMOOTH = 4
_strips: MemoryPer[SampledFrames | ModelInput, str] = MemoryPer()
"""Encoded once per record: a new map over the same frames costs no new picture."""


def overlay_figure(
    analysis: Framed,
    explanation: Explanation | None = None,
    *,
    view: View = "clip",
    frame: int = 0,
    opacity: float = 0.8,
    smooth: bool = False,
) -> go.Figure:
    """One frame of the clip, the part that the model gets, and the map over it.

    Args:
        explanation: the map; None draws the frames alone (the map is still being computed, or is switched off).
        view: which picture lies under the map.
        frame: position in the view, in [0, T).
        opacity: of the whole map, in [0, 1].
        smooth: interpolate within each frame, never across frames; the model itself knows blocks only.
    """
    frames = analysis.frames.rgb if view == "clip" else analysis.model_input.view_rgb
    crop = analysis.model_input.crop_box if view == "clip" else WHOLE
    num_frames, height, width, _ = frames.shape
    figure = bare_figure(
        meta={
            "kind": "stage",
            "num_frames": num_frames,
            "tubelet_size": analysis.geometry.tubelet_size,
            "pts_seconds": [round(float(pts), 3) for pts in analysis.frames.pts_seconds],
            "indices": [int(index) for index in analysis.frames.indices],
            **map_meta(explanation),
        },
        margin_b=_LEGEND_SPACE,
    )
    figure.update_xaxes(
        range=[frame, frame + 1], visible=False, fixedrange=True, constrain="domain", constraintoward="center"
    )
    figure.update_yaxes(
        range=[1, 0],
        visible=False,
        fixedrange=True,
        scaleanchor="x",
        scaleratio=height / width,
        constrain="domain",
        constraintoward="top",
    )
    figure.add_layout_image(
        source=_strip_of(analysis, view),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=num_frames,
        sizey=1,
        xanchor="left",
        yanchor="top",
        sizing="stretch",
        layer="below",
    )
    # Layout images alone leave a Plotly figure without a plot area: an unseen point keeps it, and carries the legend.
    point = go.Scatter(x=[0], y=[0], mode="markers", marker={"opacity": 0}, hoverinfo="skip", name="legend")
    figure.add_trace(point)
    if explanation is not None:
        figure.update_traces(marker=_legend(scale_of(explanation)), selector={"name": "legend"})
        figure.add_trace(
            map_over_frames(explanation, num_frames=num_frames, crop=crop, smooth=smooth).update(opacity=opacity)
        )
    for x0, x1, y0, y1 in cut_off(crop):
        # In shares of the visible frame, so that panning leaves the veil where it is; Plotly counts these from below.
        figure.add_shape(
            type="rect",
            xref="x domain",
            yref="y domain",
            x0=x0,
            x1=x1,
            y0=1 - y1,
            y1=1 - y0,
            fillcolor=VEIL,
            line_width=0,
        )
    return figure


def map_meta(explanation: Explanation | None) -> dict[str, Any]:
    """What a figure's ``layout.meta`` says of the map in it."""
    if explanation is None:
        return {}
    target = explanation.target
    return {
        "map": {
            "method": explanation.method,
            "label_id": target and target.label_id,
            "against": target and target.against_label_id,
        }
    }


def cut_off(crop: CropBox) -> tuple[tuple[float, float, float, float], ...]:
    """The parts of a frame that the model never gets, as (left, right, top, bottom) shares of the frame.

    >>> cut_off(CropBox(0.25, 0.0, 0.75, 1.0))
    ((0.0, 0.25, 0.0, 1.0), (0.75, 1.0, 0.0, 1.0))
    """
    parts = (
        (0.0, crop.left, 0.0, 1.0),
        (crop.right, 1.0, 0.0, 1.0),
        (crop.left, crop.right, 0.0, crop.top),
        (crop.left, crop.right, crop.bottom, 1.0),
    )
    return tuple(part for part in parts if part[1] - part[0] > 1e-6 and part[3] - part[2] > 1e-6)


def map_over_frames(
    explanation: Explanation,
    *,
    num_frames: int,
    crop: CropBox = WHOLE,
    smooth: bool = False,
    gutters: tuple[float, float] = (0.0, 0.0),
) -> go.Heatmap:
    """The map as one heatmap over frames that stand side by side, each slice drawn on all of its frames.

    Args:
        num_frames: T; each of the T' slices covers T / T' of them.
        crop: where in each frame the tokens lie.
        gutters: the share of its cell that each frame leaves free on its left and right: inside a slice, and at the
            slice's outer ends.
    """
    scale = scale_of(explanation)
    style = scale.heatmap_style()
    values = displayed(explanation)
    per_slice = num_frames // len(values)
    steps, gap = scale.position(values), np.array(np.nan, np.float32)
    if smooth:
        # Sixteen times the cells: as one byte each, the figure stays small. A byte has no NaN, so gaps are drawn clear.
        steps, gap = scale.quantised(np.stack([_smoothed(part) for part in values])), scale.quantised(scale.clear)
        style |= {"zmin": 0, "zmax": LEVELS, "hovertemplate": None, "hoverinfo": "skip"}
    _, rows, columns = steps.shape
    edges: list[float] = []
    parts: list[np.ndarray] = []
    numbers: list[np.ndarray] = []
    for frame in range(num_frames):
        left, right = cell(frame, per_slice, gutters)
        inner = np.linspace(left + crop.left * (right - left), left + crop.right * (right - left), columns + 1)
        if edges and inner[0] - edges[-1] > 1e-9:
            parts.append(np.full((rows, 1), gap))  # the cut-off part and the gutter between two frames
            numbers.append(np.full((rows, 1), np.nan, np.float32))
        elif edges:
            inner = inner[1:]
        edges.extend(float(edge) for edge in inner)
        parts.append(steps[frame // per_slice])
        numbers.append(values[frame // per_slice])
    return go.Heatmap(
        z=np.concatenate(parts, axis=1),
        customdata=None if smooth else np.concatenate(numbers, axis=1),
        x=np.array(edges, np.float32),
        y=np.linspace(crop.top, crop.bottom, rows + 1, dtype=np.float32),
        zsmooth=False,
        showscale=False,
        hoverongaps=False,
        name="map",
        **style,
    )


def cell(frame: int, per_slice: int, gutters: tuple[float, float]) -> tuple[float, float]:
    """Where frame ``frame`` stands on the frames' axis: (left, right), within [frame, frame + 1].

    Frames of one slice stand closer together than frames of different slices, because they share their tokens.

    >>> cell(0, 2, (0.0, 0.25)), cell(1, 2, (0.0, 0.25))
    ((0.25, 1.0), (1.0, 1.75))
    """
    inside, outside = gutters
    return (
        frame + (outside if frame % per_slice == 0 else inside),
        frame + 1 - (outside if frame % per_slice == per_slice - 1 else inside),
    )


def _legend(scale: MapScale) -> dict[str, Any]:
    """The marker of an unseen point whose colour bar is the map's legend, drawn even where the map is quantised."""
    return {
        "opacity": 0,
        "color": [0],
        "cmin": 0,
        "cmax": 1,
        "colorscale": [list(stop) for stop in scale.colours],
        "showscale": True,
        "colorbar": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "top",
            "ypad": 8,
            "len": 0.86,
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": scale.position(scale.ticks),
            "ticktext": scale.tick_labels,
            "tickfont": {"size": 12},
            "ticks": "",
            "title": {"text": scale.title, "side": "bottom", "font": {"size": 12}},
        },
    }


def _strip_of(analysis: Framed, view: View) -> str:
    record: SampledFrames | ModelInput = analysis.frames if view == "clip" else analysis.model_input

    def make() -> str:
        frames = analysis.frames.rgb if view == "clip" else enlarged(analysis.model_input.view_rgb, FRAME_HEIGHT // 2)
        return strip_uri(frames, height=FRAME_HEIGHT, max_bytes=MAX_STRIP_BYTES)

    return _strips.of(record).get("strip", make)


def _smoothed(part: np.ndarray) -> np.ndarray:
    """(H', W') -> (4H', 4W') float32, bilinear between the blocks' centres."""
    rows, columns = part.shape
    picture = Image.fromarray(part.astype(np.float32), mode="F")
    return np.asarray(picture.resize((columns * _SMOOTH, rows * _SMOOTH), Image.Resampling.BILINEAR))
