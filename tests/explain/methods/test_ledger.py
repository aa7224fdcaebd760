import numpy as np
import pytest
import torch
from tiny import VIT_B, random_clip, tiny_classifier
from tolerances import UNIT, float32_sum

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import explain
from videomae_demo.results import Target


def rounding(explanation, width):
    """Three sums of ``width`` products (mean, deviation, weights), relative to the parts that cancel in the logit."""
    size = float(np.abs(explanation.values).sum()) + abs(explanation.figures["constant"])
    return float32_sum(width, steps=3) * size


@pytest.mark.parametrize("target", [Target(0), Target(3), Target(1, 4)])
def test_the_parts_sum_to_the_logit(target):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    explanation = explain("ledger", classifier, clip, target=target)
    logits = classifier.forward(clip).logits
    logit = logits[target.label_id] - (0 if target.against_label_id is None else logits[target.against_label_id])
    figures = explanation.figures
    assert figures["logit"] == pytest.approx(logit, abs=UNIT)
    assert figures["sum"] == pytest.approx(figures["logit"], abs=rounding(explanation, 16))
    assert figures["constant"] + explanation.values.sum(dtype=np.float64) == pytest.approx(
        figures["sum"], abs=rounding(explanation, 16)
    )
    assert explanation.values.min() < 0 < explanation.values.max()


def test_the_parts_are_the_gradient_with_the_deviation_held():
    """With the LayerNorm's standard deviation held, the logit is linear in the tokens: its gradient says the parts."""
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    output, head = classifier.forward(clip), classifier.head
    tokens = output.tokens.double().requires_grad_()
    pooled = tokens.mean(0)
    deviation = (pooled.var(correction=0) + head.norm_eps).sqrt().detach()
    normed = (pooled - pooled.mean()) / deviation * head.norm_weight + head.norm_bias
    logit = normed @ head.weight[2].double() + head.bias[2]
    expected = (torch.autograd.grad(logit, tokens)[0] * tokens).sum(-1).detach()
    ours = explain("ledger", classifier, clip, target=Target(2)).values
    np.testing.assert_allclose(
        ours.ravel(), expected.numpy(), atol=float32_sum(16, steps=3) * expected.abs().sum().item()
    )


def test_at_the_size_of_vit_b():
    classifier = tiny_classifier(layers=1, num_labels=400, **VIT_B)
    clip = random_clip(classifier.model)
    explanation = explain("ledger", classifier, clip, target=Target(399))
    assert explanation.figures["sum"] == pytest.approx(explanation.figures["logit"], abs=rounding(explanation, 768))


def test_half_precision_sums_up_too():
    """The head works in float32 on the tokens as they are, whatever the encoder's precision."""
    classifier = tiny_classifier(dtype=torch.bfloat16)
    explanation = explain("ledger", classifier, random_clip(classifier.model), target=Target(1))
    assert explanation.figures["sum"] == pytest.approx(explanation.figures["logit"], abs=rounding(explanation, 16))


def test_a_head_that_reads_token_0_is_told_why():
    classifier = tiny_classifier("token_0")
    with pytest.raises(BadRequestError, match="token 0 alone"):
        explain("ledger", classifier, random_clip(classifier.model))
