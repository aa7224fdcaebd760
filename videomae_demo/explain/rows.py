"""Rows of recorded attention, exactly, a block at a time: no tensor of size heads x N x N ever exists.

With the recorded log-sum-exp, attention is a plain exponential, softmax(S)_nm = exp(S_nm - logsumexp_n), and the
subtraction rides along in the matrix product as one more column:

    [scale · q_n, -logsumexp_n] · [k_m, 1] = S_nm - logsumexp_n <= 0

so that a block costs one product and one exponential in place, both in the processor's cache, and cannot overflow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier

import torch

from ..models.output import AttentionTrace

CACHED_BYTES = 1_000_000
"""Size of one head's block of rows on a CPU: product, exponential and sum then meet in a core's second-level cache."""


def factors(
    query: torch.Tensor, key: torch.Tensor, logsumexp: torch.Tensor, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Left (heads, N, d + c) and right (heads, d + c, N) with attention = exp(left @ right).

    ``query`` and ``key`` are (heads, N, d), ``logsumexp`` is (heads, N). c is 1, or 3 in half precision: one number of
    8 or 11 bits would shift a whole row of attention by up to 3 %, three pieces carry the float32 value.
    """
    pieces, rest = [], -logsumexp
    for _ in range(3 if query.element_size() == 2 else 1):
        pieces.append(rest.to(query.dtype))
        rest = rest - pieces[-1].to(rest.dtype)
    left = torch.cat([query * scale, torch.stack(pieces, dim=-1)], dim=-1)
    right = torch.cat([key, key.new_ones(*key.shape[:-1], len(pieces))], dim=-1).transpose(-1, -2)
    return left, right.contiguous()


def layer_factors(trace: AttentionTrace, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """``factors`` of one recorded layer."""
    return factors(trace.queries[layer], trace.keys[layer], trace.logsumexp[layer], trace.scale)


def row_blocks(left: torch.Tensor) -> Iterator[slice]:
    """The rows of (heads, N, ·) ``left`` in blocks of a size that suits the device."""
    num_tokens = left.shape[-2]
    if left.device.type == "cpu":
        rows = CACHED_BYTES // (num_tokens * left.element_size()) // 16 * 16 or 16
    else:
        rows = max(1, 2**26 // (left.shape[0] * num_tokens))  # all heads at once: few launches, below 256 MB
    for start in range(0, num_tokens, rows):
        yield slice(start, min(start + rows, num_tokens))


def head_groups(left: torch.Tensor) -> Iterator[slice]:
    """One head at a time on the CPU, where a block must fit the cache; all at once on a GPU, where launches cost."""
    heads, step = left.shape[0], 1 if left.device.type == "cpu" else left.shape[0]
    for start in range(0, heads, step):
        yield slice(start, start + step)


@torch.no_grad()
def sum_over_heads(work: Callable[[slice], torch.Tensor], left: torch.Tensor) -> torch.Tensor:
    """The sum of ``work(heads)`` over all heads; on a CPU, several heads at a time, each in one thread.

    A head's blocks are small, so letting torch spread each single operation over the cores means thousands of moments
    in which all cores wait for the slowest, and on a busy machine the slowest is one that does not run. A thread a head
    waits once.
    """
    groups = list(head_groups(left))
    threads = min(torch.get_num_threads(), len(groups))
    results = [work(group) for group in groups] if threads == 1 else list(_single_threads(threads).map(work, groups))
    return torch.stack(results).sum(dim=0)


@lru_cache(maxsize=1)
def _single_threads(count: int) -> ThreadPoolExecutor:
    """Threads in each of which torch uses that thread alone."""
    all_threads = torch.get_num_threads()

    def alone() -> None:
        torch.get_num_threads()  # torch gives a thread the default at its first use, which would undo the next line
        torch.set_num_threads(1)  # of this thread; and, alas, the default of threads that torch has not met yet
        torch.set_grad_enabled(False)

    pool = ThreadPoolExecutor(count, "videomae-heads", initializer=alone)
    started = Barrier(count)
    list(pool.map(lambda _: started.wait(), range(count)))
    torch.set_num_threads(all_threads)  # the default again, as soon as all of the pool's threads have their own
    return pool


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_single_threads.cache_clear)  # threads do not live on in a forked process


def over_patches(row: torch.Tensor, num_prefix: int) -> torch.Tensor:
    """(P + N,) shares -> (N,), mean 1: how the patches share what falls to them, as a multiple of the uniform share.

    All zero where nothing falls to them.
    """
    patches = row[num_prefix:]
    total = patches.sum()
    return patches * (len(patches) / total) if total else patches  # nothing speaks for the class: no share to divide


def attention_rows(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(heads, rows, d + c) and (heads, d + c, N) -> (heads, rows, N) attention weights; each row sums to 1."""
    return torch.bmm(left, right).exp_()


def weighted_rows(left: torch.Tensor, right: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Σ_n weights_n · mean over heads of attention_n: a row vector times a layer's head-averaged attention.

    Args:
        left, right: a layer's ``factors``.
        weights: (N,) float32, not negative.

    Returns:
        (N,) float32.
    """

    def of_heads(heads: slice) -> torch.Tensor:
        total = torch.zeros_like(weights)
        for rows in row_blocks(left):
            block = attention_rows(left[heads, rows], right[heads])
            seed = weights[rows].to(block.dtype).expand(len(block), 1, -1)
            total += torch.bmm(seed, block).sum(dim=(0, 1), dtype=total.dtype)
        return total

    total = sum_over_heads(of_heads, left) / len(left)
    # Rows of attention sum to 1, so nothing is gained or lost on the way; half precision needs the reminder.
    return total * (weights.sum() / total.sum())
