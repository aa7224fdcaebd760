"""The atlas: shares as colours with their numbers, distances as dots, answers as lines."""

from __future__ import annotations

import re

import numpy as np
from made_records import LABELS

from videomae_demo.explain.inside.records import LayerAttention
from videomae_demo.figures.atlas import answers_figure, distance_figure, own_slice_words, slice_matrices


def made_atlas() -> tuple[LayerAttention, ...]:
    """Four slices, three heads: the first layer looks at its own slice only, the second everywhere."""
    return (
        LayerAttention(np.eye(4, dtype=np.float32), np.array([0.5, 1.0, 1.5]), np.array([0.0, 0.1, 0.2])),
        LayerAttention(np.full((4, 4), 0.25, np.float32), np.array([2.0, 2.5, 3.0]), np.array([1.0, 1.2, 1.4])),
    )


def test_a_matrix_a_layer_with_its_numbers():
    html = slice_matrices(made_atlas(), chosen=1)
    assert re.findall(r'data-layer="(\d)" aria-pressed="(\w+)"', html) == [("0", "false"), ("1", "true")]
    assert "slice 2 looks at slice 2: 100 %" in html
    assert html.count("looks at slice 3: 25 %") == 4
    assert "25 % stays in its slice" in html


def test_one_scale_for_all_layers():
    first, second = re.findall(r"<svg.*?</svg>", slice_matrices(made_atlas(), chosen=0))
    nothing, everything = set(re.findall(r'fill="([^"]+)"', first))  # 0 and 1
    (quarter,) = set(re.findall(r'fill="([^"]+)"', second))
    assert quarter not in (nothing, everything)
    assert own_slice_words(np.eye(8) * 0.5) == "50 % stays in its slice"


def test_one_dot_a_head_and_the_uniform_distance():
    figure = distance_figure(made_atlas(), (3.3, 1.25), chosen=0)
    space, time = figure.data
    assert list(space.y) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert [tuple(entry) for entry in time.customdata] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert [shape.y0 for shape in figure.layout.shapes] == [3.3, 1.25]
    assert figure.layout.yaxis.range[1] > 3.3
    assert len(set(space.marker.color[:3])) == 1 and space.marker.color[0] != space.marker.color[3]


def test_the_likeliest_classes_and_their_way():
    answers = np.full((3, len(LABELS)), 0.02)
    answers[:, 4], answers[:, 1] = (0.1, 0.4, 0.7), (0.5, 0.3, 0.2)
    figure = answers_figure(answers, LABELS, top_k=2)
    assert [trace.name for trace in figure.data] == [LABELS[4], LABELS[1]]
    assert list(figure.data[0].y) == [0.1, 0.4, 0.7]
    assert list(figure.data[0].x) == [0, 1, 2]


def test_names_do_not_cover_each_other():
    figure = answers_figure(np.full((2, 8), 1 / 8), LABELS)
    heights = sorted(note.y for note in figure.layout.annotations)
    assert min(np.diff(heights)) > 0.1
