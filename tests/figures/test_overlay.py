"""The large frame: where the map lies, what is veiled, which frame is in sight, and that it is small enough to send."""

import numpy as np
import pytest
from made_records import KINETICS_GEOMETRY, SMALL_GEOMETRY, made_analysis, made_clip, made_map
from tolerances import UNIT

from videomae_demo.figures import overlay_figure
from videomae_demo.figures.overlay import cut_off, map_over_frames
from videomae_demo.figures.scales import displayed, scale_of
from videomae_demo.records import CropBox, Geometry

WIDE = CropBox(0.125, 0.0, 0.875, 1.0)


def heatmap(figure):
    return next(trace for trace in figure.data if trace.name == "map")


@pytest.mark.parametrize(
    "geometry",
    [SMALL_GEOMETRY, KINETICS_GEOMETRY, Geometry(num_frames=8, image_size=32, tubelet_size=4, patch_size=16)],
)
def test_every_frame_shows_its_own_slice_in_its_own_crop(geometry):
    explanation = made_map(geometry)
    trace = map_over_frames(explanation, num_frames=geometry.num_frames, crop=WIDE)
    edges, z, numbers = np.asarray(trace.x), np.asarray(trace.z), np.asarray(trace.customdata)
    _, rows, columns = geometry.grid
    assert z.shape == (rows, len(edges) - 1)
    for frame in range(geometry.num_frames):
        first = int(np.argmin(abs(edges - (frame + WIDE.left))))
        np.testing.assert_allclose(edges[first], frame + WIDE.left, atol=16 * UNIT)
        np.testing.assert_allclose(edges[first + columns], frame + WIDE.right, atol=16 * UNIT)
        expected = displayed(explanation)[frame // geometry.tubelet_size]
        np.testing.assert_array_equal(numbers[:, first : first + columns], expected)
        placed = scale_of(explanation).position(expected)
        np.testing.assert_array_equal(z[:, first : first + columns], placed)


def test_nothing_is_drawn_over_the_cut_off_part():
    trace = map_over_frames(made_map(), num_frames=16, crop=WIDE)
    middles = (np.asarray(trace.x)[1:] + np.asarray(trace.x)[:-1]) / 2
    outside = (middles % 1 < WIDE.left) | (middles % 1 > WIDE.right)
    assert outside.sum() == 15  # one column between two frames
    np.testing.assert_array_equal(np.isnan(np.asarray(trace.z)).all(axis=0), outside)


def test_the_crop_is_marked_on_the_clip_and_not_on_the_models_view():
    analysis = made_analysis(clip=made_clip(width=480, height=240))
    veils = overlay_figure(analysis).layout.shapes
    assert [(veil.x0, veil.x1, veil.y0, veil.y1) for veil in veils] == [(0.0, 0.25, 0, 1), (0.75, 1.0, 0, 1)]
    assert not overlay_figure(analysis, view="model").layout.shapes


def test_a_tall_clip_is_cut_above_and_below():
    assert cut_off(CropBox(0.0, 0.25, 1.0, 0.75)) == ((0.0, 1.0, 0.0, 0.25), (0.0, 1.0, 0.75, 1.0))


@pytest.mark.parametrize("view", ["clip", "model"])
def test_one_frame_is_in_sight_at_its_own_proportions(view):
    figure = overlay_figure(made_analysis(), made_map(), view=view, frame=5)
    assert tuple(figure.layout.xaxis.range) == (5, 6)
    assert figure.layout.yaxis.scaleratio == pytest.approx(0.75 if view == "clip" else 1.0)
    assert figure.layout.images[0].sizex == 16


def test_the_legend_has_the_maps_own_numbers():
    figure = overlay_figure(made_analysis(), made_map())
    legend = next(trace for trace in figure.data if trace.name == "legend").marker
    trace = heatmap(figure)
    assert (legend.cmin, legend.cmax) == (trace.zmin, trace.zmax)
    scale = scale_of(made_map())
    assert legend.colorbar.ticktext == scale.tick_labels and legend.colorbar.ticktext[0] == "1×"
    np.testing.assert_allclose(legend.colorbar.tickvals, scale.position(scale.ticks))


def test_smoothing_stays_within_a_frame_and_is_off_by_default():
    sharp = heatmap(overlay_figure(made_analysis(), made_map()))
    smooth = heatmap(overlay_figure(made_analysis(), made_map(), smooth=True))
    assert sharp.zsmooth is False and smooth.zsmooth is False  # Plotly's own bleeds from frame to frame
    assert np.asarray(smooth.z).dtype == np.uint8
    one_hot = made_map()
    one_hot.values[:] = 0.01
    one_hot.values[2] = 1.0
    trace = map_over_frames(one_hot, num_frames=16, smooth=True)
    z, x = np.asarray(trace.z), np.asarray(trace.x)
    middles = (x[1:] + x[:-1]) / 2
    inside = z[:, (middles > 4) & (middles < 6)]
    assert inside.min() == inside.max() > 200  # slice 2 is frames 4 and 5: even up to its border
    assert z[:, (middles < 4) | (middles > 6)].max() == 0


@pytest.mark.parametrize("geometry", [SMALL_GEOMETRY, KINETICS_GEOMETRY])
@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("view", ["clip", "model"])
def test_a_figure_is_below_300_kilobytes_whatever_the_clip(geometry, smooth, view):
    analysis = made_analysis(geometry=geometry, clip=made_clip(num_frames=32, width=854, height=480))
    noise = np.random.default_rng(0).integers(0, 256, analysis.frames.rgb.shape, dtype=np.uint8)
    analysis.frames.rgb[:] = noise // 4 + analysis.frames.rgb // 2
    figure = overlay_figure(analysis, made_map(geometry), smooth=smooth, view=view)
    assert len(figure.to_json()) < 300_000


def test_without_a_map_the_frames_stand_where_they_will_stand_with_it():
    bare, full = overlay_figure(made_analysis()), overlay_figure(made_analysis(), made_map())
    assert bare.layout.margin == full.layout.margin
    assert bare.layout.xaxis == full.layout.xaxis and bare.layout.yaxis == full.layout.yaxis


def test_the_figure_says_where_each_frame_comes_from():
    meta = overlay_figure(made_analysis()).layout.meta
    assert meta["indices"][:2] == [2, 6]
    assert meta["pts_seconds"][:2] == [0.08, 0.24]
