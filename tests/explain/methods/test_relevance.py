import numpy as np
import pytest
import torch
from tiny import VIT_B, eager, random_clip, tiny_classifier
from tolerances import TINY, bfloat16_steps, float32_sum
from tolerances import VIT_B as VIT_B_BOUND

from videomae_demo.explain import explain
from videomae_demo.explain.methods.relevance import RelevanceSweep
from videomae_demo.models.output import readout_row
from videomae_demo.results import Target


def slow_relevance(classifier, clip, target):
    """Chefer et al. by the definition, in float64: all attention matrices, their gradients, and R whole."""
    model = eager(classifier.model, torch.float64)
    pixels = torch.from_numpy(clip)[None].double().requires_grad_()
    outputs = model(pixels, output_attentions=True)
    score = outputs.logits[0, target.label_id]
    if target.against_label_id is not None:
        score = score - outputs.logits[0, target.against_label_id]
    gradients = torch.autograd.grad(score, outputs.attentions)
    num_tokens = outputs.attentions[0].shape[-1]
    identity = torch.eye(num_tokens, dtype=torch.float64)
    total = identity
    for attention, gradient in zip(outputs.attentions, gradients, strict=True):
        total = total + (gradient * attention)[0].clamp(min=0).mean(0).detach() @ total
    total = total - identity
    row = total.mean(0) if classifier.head.readout == "mean" else total[0]
    return (row / row.sum() * num_tokens).reshape(classifier.geometry.grid)


@pytest.mark.parametrize("readout", ["mean", "token_0"])
@pytest.mark.parametrize("target", [Target(2), Target(0, 3)])
def test_equals_the_definition(readout, target):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    explanation = explain("relevance", classifier, clip, target=target)
    expected = slow_relevance(classifier, clip, target)
    assert expected.max() > 1.5, "a flat map would prove nothing"
    torch.testing.assert_close(
        torch.from_numpy(explanation.values).double(), expected, rtol=0, atol=TINY * expected.max().item()
    )
    assert explanation.target == target


def test_at_the_size_of_vit_b():
    """1568 tokens, 12 heads of width 64."""
    classifier = tiny_classifier(layers=2, sharpness=2.0, **VIT_B)
    clip = random_clip(classifier.model)
    ours = torch.from_numpy(explain("relevance", classifier, clip, target=Target(1)).values).double()
    expected = slow_relevance(classifier, clip, Target(1))
    torch.testing.assert_close(ours, expected, rtol=0, atol=VIT_B_BOUND * expected.max().item())


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_the_gradient_that_rides_along_is_the_kernel_s(readout):
    """What the sweep hands on to the layer below, against autograd through the plain definition, in float64."""
    generator = torch.Generator().manual_seed(0)
    query, key, value, weight = (torch.randn(1, 2, 24, 8, generator=generator, dtype=torch.float64) for _ in range(4))
    inputs = [tensor.requires_grad_() for tensor in (query, key, value)]
    sweep = RelevanceSweep(readout_row(24, readout, device="cpu"))
    ours = torch.autograd.grad((sweep.attend(*inputs, 0.3) * weight).sum(), inputs)
    plain = torch.softmax(0.3 * query @ key.mT, dim=-1) @ value
    expected = torch.autograd.grad((plain * weight).sum(), inputs)
    for mine, reference in zip(ours, expected, strict=True):
        # The sweep hands on float32: sums over 24 tokens.
        bound = float32_sum(24, steps=3) * reference.abs().max().item()
        torch.testing.assert_close(mine, reference, rtol=0, atol=bound)


def test_it_depends_on_the_class():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    first, second = (explain("relevance", classifier, clip, target=Target(label)).values for label in (0, 1))
    assert np.abs(first - second).max() > 0.1


def test_half_precision_stays_close():
    clip = random_clip(tiny_classifier().model)
    exact = explain("relevance", tiny_classifier(), clip, target=Target(2)).values
    half = explain("relevance", tiny_classifier(dtype=torch.bfloat16), clip, target=Target(2)).values
    assert np.corrcoef(exact.ravel(), half.ravel())[0, 1] > 1 - bfloat16_steps(3) ** 2  # unexplained variance: error²


def test_the_model_is_left_as_it_was():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    before = classifier.logits(clip[None])
    explain("relevance", classifier, clip, target=Target(0))
    np.testing.assert_array_equal(classifier.logits(clip[None]), before)
    assert not any(parameter.requires_grad for parameter in classifier.model.parameters())
    assert all(parameter.grad is None for parameter in classifier.model.parameters())
