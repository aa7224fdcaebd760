"""Attention that also returns its log-sum-exp: the kernels that can, in the order of preference.

``scaled_dot_product_attention`` drops the log-sum-exp, which every fused kernel computes; hence the operators by name.
It also knows which GPU runs which of them; that knowledge is the table ``KERNELS`` here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint

Result = tuple[torch.Tensor, torch.Tensor]
"""softmax(scale · Q Kᵀ) V, (B, heads, N, d) in the inputs' dtype, and log Σ exp(scale · Q Kᵀ), (B, heads, N)."""

HALF = frozenset({torch.float16, torch.bfloat16})

BLOCK_NUMBERS = 2**24
"""Attention weights that exist at once where no fused kernel runs: 64 MB in float32."""


@dataclass(frozen=True)
class Kernel:
    """One implementation, and the inputs that it takes."""

    title: str
    run: Callable[[torch.Tensor, torch.Tensor, torch.Tensor, float], Result]
    """query, key, value, each (B, heads, N, d), and the scale."""
    device_type: str | None = None
    """None, as below: any."""
    capability: tuple[int, int] | None = None
    """The least CUDA compute capability."""
    dtypes: frozenset[torch.dtype] | None = None
    width_multiple: int = 1
    """The head width d must be a multiple of this."""
    max_width: int | None = None

    def takes(self, device_type: str, capability: tuple[int, int] | None, dtype: torch.dtype, width: int) -> bool:
        """Whether it is made for such inputs; ``capability`` is None where the device is not CUDA's."""
        return (
            self.device_type in (None, device_type)
            and (self.capability is None or (capability is not None and capability >= self.capability))
            and (self.dtypes is None or dtype in self.dtypes)
            and width % self.width_multiple == 0
            and (self.max_width is None or width <= self.max_width)
        )


def kernels_for(
    device_type: str, capability: tuple[int, int] | None, dtype: torch.dtype, width: int
) -> tuple[Kernel, ...]:
    """The rows of ``KERNELS`` made for such inputs, best first; the last one takes everything."""
    return tuple(kernel for kernel in KERNELS if kernel.takes(device_type, capability, dtype, width))


def fused_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> Result:
    """softmax(scale · Q Kᵀ) V and log Σ exp(scale · Q Kᵀ), by the best kernel that does not refuse.

    What a kernel takes is written down from torch's sources, but a build of torch can leave a kernel out, or be older
    than the GPU: then the next one answers. The last one is plain torch, so its error is the caller's.

    Returns:
        (B, heads, N, d) in the inputs' dtype, and (B, heads, N) float32 (float64 for float64 inputs), detached.
    """
    # Asked anew each time: torch keeps the answer, and a process that ZeroGPU forked has another GPU than its parent.
    capability = torch.cuda.get_device_capability(query.device) if query.device.type == "cuda" else None
    *fused, plain = kernels_for(query.device.type, capability, query.dtype, query.shape[-1])
    for kernel in fused:
        if result := _unless_refused(kernel, query, key, value, scale):
            break
    else:
        result = plain.run(query, key, value, scale)
    output, logsumexp = result
    return output, logsumexp.detach().contiguous()


def _unless_refused(
    kernel: Kernel, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float
) -> Result | None:
    try:
        return kernel.run(query, key, value, scale)
    except torch.OutOfMemoryError:
        raise  # another kernel would not need less
    except RuntimeError as refusal:  # the only type that torch has for it
        warnings.warn(f"{kernel.title} refuses, another kernel answers: {refusal}", RuntimeWarning, stacklevel=3)
        return None


def _flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> Result:
    output, logsumexp, *_ = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, scale=scale)
    return output, logsumexp


def _memory_efficient(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> Result:
    output, logsumexp, *_ = torch.ops.aten._scaled_dot_product_efficient_attention(
        query, key, value, None, compute_log_sumexp=True, scale=scale
    )
    return output, logsumexp[..., : query.shape[-2]]  # the kernel pads its rows to a multiple of 32


def _flash_for_cpu(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> Result:
    output, logsumexp = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, key, value, scale=scale)
    return output, logsumexp


def _blockwise(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> Result:
    """A block of rows at a time, in float32 at least: on any device, in any dtype, differentiable.

    For a backward pass the blocks are computed again, not kept: together they would be the whole matrix.
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    key, value = key.to(wide).transpose(-1, -2), value.to(wide)
    numbers_a_row = key[..., 0, :].numel()

    def attend(rows: torch.Tensor) -> Result:
        scores = (rows.to(wide) * scale) @ key
        return (scores.softmax(dim=-1) @ value).to(query.dtype), scores.logsumexp(dim=-1).detach()

    outputs, logsumexps = [], []
    for rows in query.split(max(1, BLOCK_NUMBERS // numbers_a_row), dim=-2):
        again = torch.is_grad_enabled()
        output, logsumexp = (
            checkpoint(attend, rows, use_reentrant=False, preserve_rng_state=False) if again else attend(rows)
        )
        outputs.append(output)
        logsumexps.append(logsumexp)
    return torch.cat(outputs, dim=-2), torch.cat(logsumexps, dim=-1)


# Conditions of torch 2.8 to 2.13, aten/src/ATen/native/transformers/cuda/sdp_utils.cpp. Tensor cores read 16 bytes at
# a time: a multiple of 8 numbers in half precision, of 4 in float32.
KERNELS: tuple[Kernel, ...] = (
    Kernel("Flash attention", _flash, "cuda", (8, 0), HALF, width_multiple=8, max_width=256),
    *(
        Kernel("Memory-efficient attention", _memory_efficient, "cuda", capability, frozenset({dtype}), multiple)
        for dtype, capability, multiple in (
            (torch.bfloat16, (8, 0), 8),
            (torch.float16, (5, 0), 8),
            (torch.float32, (5, 0), 4),
        )
    ),
    Kernel("Flash attention for CPUs", _flash_for_cpu, "cpu", dtypes=HALF | {torch.float32, torch.float64}),
    Kernel("Blockwise attention", _blockwise),
)
