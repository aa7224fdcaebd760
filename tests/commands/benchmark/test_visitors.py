"""Visitors at once: both ways answer every clip, and give the same answers."""

from __future__ import annotations

from tiny import tiny_classifier
from tolerances import TINY

from videomae_demo.commands.benchmark.visitors import CLIPS_EACH, measure_visitors, visitors_as_text


def test_both_ways_answer_all_clips_alike():
    classifier = tiny_classifier()
    sizes = []
    encode = classifier.adapter.encode
    classifier.adapter.encode = lambda states, *where: sizes.append(len(states)) or encode(states, *where)
    found = measure_visitors({"float32": classifier}, 3, repeats=2, tell=lambda text, share: None)
    one = found["by_dtype"]["float32"]
    assert len(one["ratios"]) == 2 and min(one["ratios"]) > 0
    assert one["logit_difference"] < 10 * TINY
    assert sum(sizes) == 3 * CLIPS_EACH * 3 * 2  # visitors' clips, in the set-up round and two more, in two ways
    assert sizes.count(1) >= 3 * CLIPS_EACH * 3
    assert one["most_in_a_pass"] == 8 * 512 // 32
    text = visitors_as_text(found)
    assert "3 visitors" in text and f"{one['ratio']:.2f} x" in text
