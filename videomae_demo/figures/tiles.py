"""A clip as tiles, one a slice, each with a map over its picture: HTML that wraps with the page.

A map of tokens is tiny: 14 x 14 values a slice. As a picture of 14 x 14 pixels, enlarged by the browser, it costs a few
hundred bytes, and the frames below it stay as they are when only the map changes. ``tiles.js`` makes tiles
answer to pointer and keys.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from ..records import SampledFrames
from ..results import Analysis
from ..words import _, listed
from .burnt_in import colour_table
from .scales import MapScale
from .strip import data_uri, resized

TILES_SCRIPT = Path(__file__).with_name("tiles.js")
TILE_HEIGHT = 216
"""Pixels of a tile's picture; the page shows four in a row of 1280."""
MANY = 16
"""Slices; more are drawn half as wide."""
_pictures: WeakKeyDictionary[SampledFrames, tuple[str, ...]] = WeakKeyDictionary()


def slice_pictures(analysis: Analysis) -> tuple[str, ...]:
    """One picture a slice, as URIs: its first frame, sharp, cut to what the model gets."""
    uris = _pictures.get(analysis.frames)
    if uris is None:
        _unused, height, width, _unused = analysis.frames.rgb.shape
        crop = analysis.model_input.crop_box
        rows = slice(round(crop.top * height), max(round(crop.bottom * height), 1))
        columns = slice(round(crop.left * width), max(round(crop.right * width), 1))
        first = analysis.frames.rgb[:: analysis.geometry.tubelet_size, rows, columns]
        uris = _pictures[analysis.frames] = tuple(data_uri(picture) for picture in resized(first, TILE_HEIGHT))
    return uris


def map_picture(values: np.ndarray, scale: MapScale) -> str:
    """(H', W') on this scale as a PNG of H' x W' pixels, transparent where the scale is clear."""
    colours = colour_table(scale)
    rgba = colours[scale.quantised(values)]
    rgba[..., 3] *= 255
    buffer = io.BytesIO()
    Image.fromarray(np.rint(rgba).astype(np.uint8), "RGBA").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def tiles(
    analysis: Analysis,
    values: np.ndarray | None,
    scale: MapScale | None,
    *,
    captions: Sequence[str] = (),
    marked: tuple[int, int, int] | None = None,
    unit: str = "",
    removed: np.ndarray | None = None,
    through_time: bool = False,
    label: str,
) -> str:
    """All slices side by side, with the map over them.

    Args:
        values: (T', H', W') what is drawn; None draws the pictures alone.
        scale: its colours.
        captions: one line under each slice; which frames it holds where empty.
        marked: (slice, row, column) of the token that stands out.
        unit: what the pointed-at number is, for instance "times its share".
        removed: (T', H', W') bool, the tokens that are crossed out; where given, the visitor can cross out more.
        through_time: whether crossing out one token crosses out the same place in all slices.
        label: what these tiles are, for whoever does not see them.
    """
    slices, rows, columns = analysis.geometry.grid
    pictures = slice_pictures(analysis)
    data = {"grid": [slices, rows, columns], "unit": unit, "paint": removed is not None, "marked": marked}
    if removed is not None:
        data |= {"removed": np.flatnonzero(removed).tolist(), "tube": through_time}
    if values is not None:
        data["values"] = [float(f"{value:.3g}") for value in values.ravel()]
    parts = []
    for index in range(slices):
        caption = captions[index] if captions else slice_name(analysis, index)
        layers = f'<img src="{pictures[index]}" alt="" draggable="false">'
        if values is not None and scale is not None:
            layers += f'<img class="map" src="{map_picture(values[index], scale)}" alt="" draggable="false">'
        if removed is not None:
            layers += '<canvas class="holes"></canvas>'
        layers += '<i class="pointed"></i>'
        if marked is not None and marked[0] == index:
            layers += f'<i class="marked" style="{_box(marked[1], marked[2], rows, columns)}"></i>'
        parts.append(
            f'<figure class="tile" data-slice="{index}"><div class="picture" style="--rows:{rows};--columns:{columns}">'
            f"{layers}</div><figcaption>{_unbroken(caption)}</figcaption></figure>"
        )
    described = escape(label, quote=True)
    return (
        f'<div class="tiles{" many" if slices > MANY else ""}" tabindex="0" role="group" aria-label="{described}" '
        f'style="--slices:{slices}" '
        f"data-tiles='{escape(json.dumps(data), quote=True)}'>{''.join(parts)}</div>"
        '<p class="readout" aria-live="polite">&nbsp;</p>'
    )


def _unbroken(caption: str) -> str:
    """As HTML that breaks before no unit.

    >>> _unbroken("frames 11, 12 · 1.96 s")
    'frames 11, 12&nbsp;· 1.96&nbsp;s'
    """
    return re.sub(r" (?=·)|(?<=\d) (?=\S{1,2}$)", "&nbsp;", escape(caption))


def slice_name(analysis: Analysis, index: int) -> str:
    """For instance ``frames 3, 4 · 0.42 s``."""
    size = analysis.geometry.tubelet_size
    frames = listed(str(index * size + number + 1) for number in range(size))
    moment = analysis.frames.pts_seconds[index * size]
    if size == 1:
        return _("frame {frame} · {moment:.2f} s", frame=frames, moment=moment)
    return _("frames {frames} · {moment:.2f} s", frames=frames, moment=moment)


def legend(scale: MapScale) -> str:
    """The scale's colours with its numbers, as a line of HTML."""
    ticks = "".join(
        f'<span style="left:{100 * place:.1f}%">{escape(text)}</span>'
        for place, text in zip(scale.position(scale.ticks), scale.tick_labels, strict=True)
    )
    return (
        f'<div class="legend"><div class="ramp" style="background:{scale.css_gradient()}"></div>'
        f'<div class="ticks">{ticks}</div><p>{escape(scale.title)}</p></div>'
    )


def _box(row: int, column: int, rows: int, columns: int) -> str:
    return (
        f"left:{100 * column / columns:.3f}%;top:{100 * row / rows:.3f}%;"
        f"width:{100 / columns:.3f}%;height:{100 / rows:.3f}%"
    )
