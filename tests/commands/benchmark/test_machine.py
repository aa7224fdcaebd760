"""What counts as work."""

import pytest
from tiny import tiny_classifier

from videomae_demo.commands.benchmark.machine import flop_count


def test_work_is_counted_by_hand():
    """Two a multiply-add: embedding, 4 projections, 2 attention products and the MLP of 3 layers, the head."""
    tokens, width, middle, pixels = 32, 16, 32, 2 * 3 * 8 * 8
    layer = 4 * tokens * width**2 + 2 * tokens**2 * width + 2 * tokens * width * middle
    by_hand = 2 * (tokens * pixels * width + 3 * layer + width * 5)
    assert flop_count(tiny_classifier()) == pytest.approx(by_hand, rel=1e-6)
