"""Which attention kernel answers on which device, and that the ones that stand in give the same answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import random_clip, record, tiny_classifier, tiny_model
from tolerances import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, SAFETY

from videomae_demo.explain import explain
from videomae_demo.models import kernels
from videomae_demo.models.kernels import KERNELS, Kernel, fused_attention, kernels_for
from videomae_demo.results import Target

FLASH, EFFICIENT, CPU, PLAIN = (
    "Flash attention",
    "Memory-efficient attention",
    "Flash attention for CPUs",
    "Blockwise attention",
)
VOLTA, TURING, AMPERE, GEFORCE_30, HOPPER, BLACKWELL = (7, 0), (7, 5), (8, 0), (8, 6), (9, 0), (12, 0)
HALF, BRAIN, SINGLE, DOUBLE = torch.float16, torch.bfloat16, torch.float32, torch.float64


@pytest.mark.parametrize(
    ("capabilities", "dtype", "width", "expected"),
    [
        ([VOLTA, TURING], HALF, 64, [EFFICIENT, PLAIN]),
        ([VOLTA, TURING], BRAIN, 64, [PLAIN]),
        ([VOLTA, TURING, AMPERE, GEFORCE_30, HOPPER, BLACKWELL], SINGLE, 64, [EFFICIENT, PLAIN]),
        ([AMPERE, GEFORCE_30, HOPPER, BLACKWELL], HALF, 64, [FLASH, EFFICIENT, PLAIN]),
        ([AMPERE, GEFORCE_30, HOPPER, BLACKWELL], BRAIN, 64, [FLASH, EFFICIENT, PLAIN]),
        ([AMPERE, HOPPER], BRAIN, 256, [FLASH, EFFICIENT, PLAIN]),
        ([AMPERE, HOPPER], BRAIN, 264, [EFFICIENT, PLAIN]),  # wider than flash attention goes
        ([TURING, HOPPER], HALF, 20, [PLAIN]),  # not a multiple of 8
        ([TURING, HOPPER], SINGLE, 20, [EFFICIENT, PLAIN]),
        ([TURING, HOPPER], SINGLE, 6, [PLAIN]),
        ([TURING, HOPPER], DOUBLE, 64, [PLAIN]),
    ],
)
def test_the_kernels_of_a_gpu(capabilities, dtype, width, expected):
    for capability in capabilities:
        assert [kernel.title for kernel in kernels_for("cuda", capability, dtype, width)] == expected, capability


@pytest.mark.parametrize("dtype", [HALF, BRAIN, SINGLE, DOUBLE])
@pytest.mark.parametrize("width", [6, 64, 264])
def test_the_kernels_of_a_cpu_and_of_anything_else(dtype, width):
    assert [kernel.title for kernel in kernels_for("cpu", None, dtype, width)] == [CPU, PLAIN]
    assert [kernel.title for kernel in kernels_for("mps", None, dtype, width)] == [PLAIN]


def test_the_last_kernel_takes_everything():
    assert KERNELS[-1] == Kernel(PLAIN, KERNELS[-1].run)


def refuses(*_):
    raise RuntimeError("no kernel image is available for execution on the device")


@pytest.fixture
def refusing(monkeypatch) -> None:
    """A machine whose fused kernels all refuse."""
    rows = (Kernel("Fused", refuses), KERNELS[-1])
    monkeypatch.setattr(kernels, "KERNELS", rows)


ROUNDOFF = {HALF: FLOAT16, BRAIN: BFLOAT16, SINGLE: FLOAT32, DOUBLE: FLOAT64}


def inputs(dtype, num_tokens=70, width=24):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(2, 3, num_tokens, width, generator=generator, dtype=torch.float64).to(dtype) for _ in range(3)]


@pytest.mark.parametrize("dtype", [HALF, BRAIN, SINGLE, DOUBLE])
@pytest.mark.parametrize("block_numbers", [1, 5 * 2 * 3 * 70, 2**24])  # blocks of one row, of 5, and one block
def test_a_kernel_that_refuses_is_replaced_by_one_that_gives_the_same(dtype, block_numbers, monkeypatch, request):
    query, key, value = inputs(dtype)
    scale = 0.4
    fused, fused_sum = fused_attention(query, key, value, scale)
    request.getfixturevalue("refusing")
    monkeypatch.setattr(kernels, "BLOCK_NUMBERS", block_numbers)
    with pytest.warns(RuntimeWarning, match="Fused refuses, another kernel answers: no kernel image"):
        output, logsumexp = fused_attention(query, key, value, scale)
    scores = scale * query.double() @ key.double().mT
    expected, expected_sum = scores.softmax(-1) @ value.double(), scores.logsumexp(-1)

    assert output.dtype == fused.dtype == dtype and output.shape == fused.shape
    assert logsumexp.dtype == fused_sum.dtype == torch.promote_types(dtype, SINGLE)
    # A score is a sum of 24 products; the output averages values of size 1 to 3 by weights that add up to 1, and is
    # rounded to the dtype. Inside, all is float32 at least: the log-sum-exp keeps that precision.
    inner = SAFETY * (24 * scores.abs().max().item()) ** 0.5 * min(ROUNDOFF[dtype], FLOAT32)
    largest = value.double().abs().max().item()
    torch.testing.assert_close(logsumexp.double(), expected_sum, rtol=inner, atol=inner)
    torch.testing.assert_close(output.double(), expected, rtol=ROUNDOFF[dtype], atol=inner * largest)
    # The fused kernel of a CPU multiplies weights that it has rounded to half precision.
    coarse = ROUNDOFF[dtype] if dtype in (HALF, BRAIN) else 0
    torch.testing.assert_close(fused_sum.double(), expected_sum, rtol=inner, atol=inner)
    torch.testing.assert_close(fused.double(), expected, rtol=ROUNDOFF[dtype], atol=(inner + 2 * coarse) * largest)


def test_running_out_of_memory_is_no_refusal(monkeypatch):
    def exhausted(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(kernels, "KERNELS", (Kernel("Fused", exhausted), KERNELS[-1]))
    with pytest.raises(torch.OutOfMemoryError):
        fused_attention(*inputs(SINGLE), 1.0)


def test_a_mistake_of_the_caller_is_told():
    query, key, value = inputs(SINGLE)
    with pytest.warns(RuntimeWarning, match="refuses"), pytest.raises(RuntimeError):
        fused_attention(query, key[..., :7], value, 1.0)


def test_gradients_come_through_the_replacement(refusing):
    tensors = [tensor.requires_grad_() for tensor in inputs(DOUBLE)]
    weight = torch.randn(2, 3, 70, 24, generator=torch.Generator().manual_seed(1), dtype=DOUBLE)
    with pytest.warns(RuntimeWarning, match="refuses"):
        output, logsumexp = fused_attention(*tensors, 0.4)
    query, key, value = tensors
    plain = torch.softmax(0.4 * query @ key.mT, dim=-1) @ value
    ours, expected = (torch.autograd.grad((result * weight).sum(), tensors) for result in (output, plain))
    assert not logsumexp.requires_grad
    for mine, reference in zip(ours, expected, strict=True):
        # Sums of 70 products of numbers around 1, in float64.
        torch.testing.assert_close(mine, reference, rtol=0, atol=SAFETY * 70 * FLOAT64 * reference.abs().max().item())


@pytest.mark.filterwarnings("ignore:Fused refuses:RuntimeWarning")
@pytest.mark.parametrize("method", ["rollout", "relevance", "attention"])
def test_the_maps_do_not_depend_on_the_kernel(method, request):
    clip = random_clip(tiny_model())
    expected = explain(method, tiny_classifier(), clip, target=Target(1)).values
    request.getfixturevalue("refusing")
    ours = explain(method, tiny_classifier(), clip, target=Target(1)).values
    np.testing.assert_allclose(ours, expected, rtol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [HALF, BRAIN, SINGLE])
@pytest.mark.parametrize("width", [64, 80, 20])
def test_every_kernel_of_this_gpu_gives_the_same(dtype, width):
    query, key, value = (tensor.cuda() for tensor in inputs(dtype, num_tokens=100, width=width))
    scores = query.double() @ key.double().mT / 8
    for kernel in kernels_for("cuda", torch.cuda.get_device_capability(), dtype, width):
        output, logsumexp = kernel.run(query, key, value, 1 / 8)
        # Tensor cores round float32 to 11 bits, as if it were float16.
        roundoff = 2 * max(ROUNDOFF[dtype], FLOAT16)
        torch.testing.assert_close(logsumexp.double(), scores.logsumexp(-1), rtol=2 * FLOAT16, atol=2 * FLOAT16)
        torch.testing.assert_close(output.double(), scores.softmax(-1) @ value.double(), rtol=roundoff, atol=roundoff)


def test_a_gpu_without_bfloat16_of_its_own_still_records(monkeypatch):
    """The capability is asked of the GPU that holds the tensors, and of no other device."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: pytest.fail("no GPU is in play"))
    model = tiny_model()
    assert len(record(model, random_clip(model)).logsumexp) == 3
