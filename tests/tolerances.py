"""Bounds on rounding, derived: what two right programs may differ by on any processor, and a wrong one may not.

A sum of n products, rounded at each step to a significand of p bits, is off by at most n · 2⁻ᵖ times the size of its
terms (Higham, "Accuracy and Stability of Numerical Algorithms", chapter 3). The steps' errors have both signs, so what
is seen grows like √n · 2⁻ᵖ (Higham and Mary 2019). In which order a sum is taken, and in how many partial sums, is the
processor's business: AVX2, AVX-512, AMX and NEON all differ. So a test counts on the bound, never on a difference that
was seen on one machine. The bounds here lie about ten times above what is seen, and a forgotten layer or scale, or
two exchanged layers, move a tiny model's answers a hundred times further; tests/test_tolerances.py checks both.

Where a test names no tolerance, the libraries' own holds: 1e-6 relative of ``pytest.approx`` and 1e-7 of
``assert_allclose`` where the numbers are float64, or float32 that went through the same operations; 1.3e-6 and 1e-5 of
``assert_close`` for a handful of float32 operations on numbers around 1.
"""

from __future__ import annotations

FLOAT64, FLOAT32, FLOAT16, BFLOAT16 = 2.0**-53, 2.0**-24, 2.0**-11, 2.0**-8
"""Unit roundoff 2⁻ᵖ: the largest relative error of rounding to this type."""

SAFETY = 8.0
"""Standard deviations of a random error that pass: a map has 1568 values, and the suite makes 10⁵ comparisons."""


def float32_sum(length: int, steps: int = 1) -> float:
    """Relative to the size of the terms: ``steps`` sums of ``length`` float32 numbers, one after the other."""
    return SAFETY * (length * steps) ** 0.5 * FLOAT32


def bfloat16_steps(steps: int) -> float:
    """Relative to the largest value: ``steps`` times rounded to bfloat16, one after the other (a layer is one step).

    Within a step the sums run in float32, and errors of the many products average out; what remains is the rounding of
    what the step hands on.
    """
    return SAFETY * steps**0.5 * BFLOAT16


TINY = float32_sum(32, steps=3 * 6)
"""A pass of the tiny model, relative to the largest logit or map value, which are around 1: 3 layers of 6 sums (query
and key, scores, softmax, values, two of the MLP), the longest over 32 tokens or hidden units. Probabilities move by at
most half of what logits do."""
VIT_B = float32_sum(1568, steps=12)
"""A map of ViT-B, relative to its largest value: 12 layers, each a sum over 1568 tokens."""
UNIT = float32_sum(16)
"""A dozen float32 operations on numbers around 1: coordinates, pixels, probabilities that must sum to 1."""
