"""Masked autoencoding in six pictures that move together: what was there, what was left, what came back.

One cell a frame holds all six; the cells stand side by side in one picture, and the figure shows one of them, as the
large frame of the first screen does.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, sequential, unlabel_rgb

from ..models.masking import from_patches
from ..models.reconstruction import Reconstruction
from ..words import _, later
from .overlay import MAX_STRIP_BYTES
from .strip import enlarged, strip_uri
from .theme import bare_figure

PICTURES = (
    (later("Original"), later("What is visible"), later("Reconstructed")),
    (later("Error"), later("Truth borrowed"), later("Nearest colour")),
)
"""Names of the pictures, row by row, short enough for a phone; the same order as in ``cells``."""
PICTURE_HEIGHT = 192
"""Pixels of one picture in the strip."""
LABEL_SPACE = 0.17
"""Height above each picture that its name gets, as a share of the picture's height."""
GAP = 0.04
"""Between two pictures, as a share of a picture's width."""
LARGEST_ERROR = 0.4
"""Root mean square error, of pixel values in [0, 1], that the error map draws in its strongest colour."""
_strips: WeakKeyDictionary[Reconstruction, str] = WeakKeyDictionary()


def masked_figure(
    reconstruction: Reconstruction, *, pts_seconds: tuple[float, ...], indices: tuple[int, ...], frame: int = 0
) -> go.Figure:
    """Six pictures of one frame.

    Args:
        pts_seconds: T times of the frames, for the page's caption.
        indices: T frame numbers in the clip.
        frame: position in the view, in [0, T).
    """
    num_frames = len(reconstruction.original_rgb)
    rows, columns = len(PICTURES), len(PICTURES[0])
    figure = bare_figure(
        meta={
            "kind": "stage",
            "num_frames": num_frames,
            "tubelet_size": reconstruction.geometry.tubelet_size,
            "pts_seconds": [round(float(pts), 3) for pts in pts_seconds],
            "indices": [int(index) for index in indices],
        }
    )
    cell_width, cell_height = columns + (columns - 1) * GAP, rows * (1 + LABEL_SPACE)
    figure.update_xaxes(range=[frame, frame + 1], visible=False, fixedrange=True, constrain="domain")
    figure.update_yaxes(
        range=[1, 0],
        visible=False,
        fixedrange=True,
        scaleanchor="x",
        scaleratio=cell_height / cell_width,
        constrain="domain",
        constraintoward="top",
    )
    uri = _strips.get(reconstruction)
    if uri is None:
        uri = _strips[reconstruction] = strip_uri(
            cells(reconstruction), height=rows * round(PICTURE_HEIGHT * (1 + LABEL_SPACE)), max_bytes=MAX_STRIP_BYTES
        )
    figure.add_layout_image(
        source=uri, xref="x", yref="y", x=0, y=0, sizex=num_frames, sizey=1, xanchor="left", yanchor="top",
        sizing="stretch", layer="below",
    )  # fmt: skip
    # Layout images alone leave a Plotly figure without a plot area: an unseen point keeps it.
    figure.add_trace(go.Scatter(x=[0], y=[0], mode="markers", marker={"opacity": 0}, hoverinfo="skip"))
    for row, names in enumerate(PICTURES):
        for column, name in enumerate(names):
            figure.add_annotation(
                text=_(name),
                xref="x domain",
                yref="y domain",
                x=(column * (1 + GAP)) / cell_width,
                y=1 - (row * (1 + LABEL_SPACE) + LABEL_SPACE) / cell_height,
                xanchor="left",
                yanchor="bottom",
                showarrow=False,
                borderpad=0,
                font={"size": 12},
            )
    return figure


def cells(reconstruction: Reconstruction) -> np.ndarray:
    """(T, H, W, 4) uint8: for each frame its six pictures on a clear ground, with room for their names."""
    rows = (
        (reconstruction.original_rgb, reconstruction.visible_rgb, reconstruction.own_rgb),
        (error_rgb(reconstruction), reconstruction.borrowed_rgb, reconstruction.nearest_fill_rgb),
    )
    return np.concatenate([_row(pictures) for pictures in rows], axis=1)


def error_rgb(reconstruction: Reconstruction) -> np.ndarray:
    """(T, S, S, 3) uint8: hidden tokens coloured by their error, visible ones as they were, in grey."""
    geometry = reconstruction.geometry
    shares = np.nan_to_num(reconstruction.error.ravel() / LARGEST_ERROR).clip(0, 1)
    palette = np.array(
        [unlabel_rgb(colour) for colour in sample_colorscale(sequential.Inferno, np.linspace(0, 1, 256))]
    )
    coloured = palette[(shares * 255).round().astype(int)].round().astype(np.uint8)
    shape = (geometry.num_tokens, geometry.tubelet_size, geometry.patch_size, geometry.patch_size, 3)
    errors = from_patches(np.broadcast_to(coloured[:, None, None, None], shape), geometry)
    hidden = from_patches(np.broadcast_to(reconstruction.hidden.reshape(-1, 1, 1, 1, 1), shape), geometry)
    grey = reconstruction.original_rgb.mean(axis=-1, keepdims=True).astype(np.uint8)
    return np.where(hidden, errors, np.broadcast_to(grey, errors.shape))


def _row(pictures: tuple[np.ndarray, ...]) -> np.ndarray:
    """Pictures side by side under clear labels, (T, H, W, 4)."""
    large = [enlarged(picture, max(PICTURE_HEIGHT, picture.shape[1])) for picture in pictures]
    num_frames, side, _unused, _unused = large[0].shape
    label, step = round(LABEL_SPACE * side), side + round(GAP * side)
    row = np.zeros((num_frames, label + side, step * len(large) - round(GAP * side), 4), np.uint8)
    for column, picture in enumerate(large):
        place = row[:, label:, column * step : column * step + side]
        place[..., :3], place[..., 3] = picture, 255
    return row
