"""Why this and not that: the bars are the map's two sides, and the frame's mark stands on the frame."""

from __future__ import annotations

import numpy as np
import pytest
from made_records import KINETICS_GEOMETRY, SMALL_GEOMETRY, made_analysis, made_map

from videomae_demo.figures.difference import difference_figure
from videomae_demo.figures.verdicts import sides


@pytest.mark.parametrize("geometry", [SMALL_GEOMETRY, KINETICS_GEOMETRY])
def test_bars_are_what_each_slice_adds_to_either_side(geometry):
    explanation = made_map(geometry, method="ledger", signed=True)
    figure = difference_figure(made_analysis(geometry=geometry), explanation, ("left", "right"), frame=5)
    traces = {trace.name: trace for trace in figure.data}
    positive, negative = sides(explanation.values)
    np.testing.assert_allclose(traces["for"].y, positive)
    np.testing.assert_allclose(traces["against"].y, negative)
    np.testing.assert_allclose(traces["net"].y, positive + negative)
    low, high = figure.layout.yaxis2.range
    assert low < negative.min()
    assert high > positive.max()
    (mark,) = (shape for shape in figure.layout.shapes if shape.name == "mark-frame")
    assert int(mark.x0) == 5
    assert figure.layout.meta["num_frames"] == geometry.num_frames


def test_both_classes_are_named_in_the_figure():
    figure = difference_figure(made_analysis(), made_map(method="ledger", signed=True), ("move left", "move right"))
    words = " ".join(annotation.text for annotation in figure.layout.annotations)
    assert "for move left" in words
    assert "for move right" in words
