"""Numbers to colours: what is clear, what the legend says, and that one range serves the whole clip."""

import numpy as np
import pytest
from made_records import SMALL_GEOMETRY, made_map

from videomae_demo.figures.scales import displayed, scale_of, slice_importance
from videomae_demo.results import Explanation


def explanation(values, *, signed=False, unit="share"):
    return Explanation("rollout", np.asarray(values, np.float32), unit, signed, None, 0.0)


def alpha(colour: str) -> float:
    return float(colour.rsplit(",", 1)[1].rstrip(")"))


def test_unsigned_values_are_multiples_of_the_uniform_share_whatever_their_total():
    values = np.array([[[1.0, 3.0]], [[2.0, 2.0]]])
    for total in (1.0, 8.0, 1e-6):
        shown = displayed(explanation(values * total / values.sum()))
        np.testing.assert_allclose(shown, [[[0.5, 1.5]], [[1.0, 1.0]]], rtol=1e-6)


def test_a_map_of_zeros_stays_zero():
    assert not displayed(explanation(np.zeros((2, 1, 2)))).any()


def test_signed_values_keep_their_unit_and_their_slices_add_up_to_the_map():
    values = np.array([[[0.5, -0.25]], [[-1.0, 0.125]]])
    one = explanation(values, signed=True, unit="logit")
    np.testing.assert_array_equal(displayed(one), values)
    assert slice_importance(one).sum() == pytest.approx(values.sum())
    assert "logit" in scale_of(one).hover


def test_importance_of_an_unsigned_map_is_one_for_its_uniform_share():
    assert slice_importance(explanation(np.full((4, 2, 2), 7.0))) == pytest.approx(np.ones(4))
    importance = slice_importance(made_map())
    assert importance[2] == pytest.approx(16 / 9)  # twice the others: 2 of 9 parts, times 8 slices
    assert importance.mean() == pytest.approx(1.0)


def test_the_scale_is_clear_at_one_share_and_opaque_at_its_top():
    scale = scale_of(made_map())
    assert scale.low == 1.0 and scale.ticks[0] == 1.0 and scale.tick_labels[0] == "1×"
    assert scale.ticks[-1] == scale.high
    assert alpha(scale.colours[0][1]) == 0.0 and alpha(scale.colours[-1][1]) == 1.0


def test_lightness_rises_along_the_unsigned_scale():
    def luminance(colour):
        red, green, blue = (float(part) for part in colour[5:].split(",")[:3])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    values = [luminance(colour) for _, colour in scale_of(made_map()).colours]
    assert values == sorted(values) and len(set(values)) == len(values)


def test_the_signed_scale_is_clear_at_zero_and_as_long_on_both_sides():
    scale = scale_of(explanation(np.linspace(-1, 3, 64).reshape(4, 4, 4), signed=True, unit="logit"))
    assert scale.low == -scale.high == -3.0
    middle = dict(scale.colours)[0.5]
    assert alpha(middle) == 0.0
    assert scale.tick_labels[2] == "0" and scale.tick_labels[0] == "−3"


def test_one_outlier_does_not_fade_the_others_and_the_legend_says_so():
    values = np.ones(SMALL_GEOMETRY.grid)
    values[:, :2] = 3.0
    values[0, 0, 0] = 1000.0
    scale = scale_of(explanation(values))
    assert scale.high == 2
    assert scale.tick_labels[-1].startswith("≥")


def test_each_doubling_is_one_step_of_colour():
    values = np.ones((4, 4, 4))
    values[0] = 64.0
    scale = scale_of(explanation(values))
    assert scale.high == 4 and scale.tick_labels == ("1×", "2×", "4×")  # 64 of a mean of 16.75
    np.testing.assert_allclose(scale.position([0.1, 1, 2, 4, 9]), [0, 0, 0.5, 1, 1], atol=1e-6)


@pytest.mark.parametrize("signed", [False, True])
def test_quantised_values_hit_the_ends_and_the_clear_value(signed):
    scale = scale_of(made_map(signed=signed))
    assert scale.quantised([scale.low, scale.high, 1e9]).tolist() == [0, 254, 254]
    assert scale.quantised(scale.clear) == (127 if signed else 0)
