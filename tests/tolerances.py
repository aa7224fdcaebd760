"""Bounds on rounding, derived: what two right programs may differ by on any processor, and a wrong one may not.

A sum of n products, rounded at each step to a significand of p bits, is off by at most n · 2⁻ᵖ times the sum of the
products' sizes (Higham, "Accuracy and Stability of Numerical Algorithms", chapter 3). The steps' errors are independent
and of both signs, so what is seen is √n · 2⁻ᵖ (Higham and Mary 2019). Which order a sum is taken in, and how many
partial sums there are, is the processor's business (AVX2, AVX-512, AMX and NEON all differ): a test may count on the
bound, never on a difference that was seen on one machine. ``SAFETY`` covers that the errors are random, and that the
numbers along the way are somewhat larger than the result.
"""

from __future__ import annotations

FLOAT32 = 2.0**-24
"""Unit roundoff, as below: the largest relative error of rounding to this type."""
FLOAT16 = 2.0**-11
BFLOAT16 = 2.0**-8
FLOAT64 = 2.0**-53

SAFETY = 8.0
"""Eight standard deviations: a run of the suite makes some 10⁵ such comparisons."""


def float32_sum(length: int, steps: int = 1) -> float:
    """Relative to the size of the sum's terms: ``steps`` sums of ``length`` float32 numbers, one after the other."""
    return SAFETY * (length * steps) ** 0.5 * FLOAT32
