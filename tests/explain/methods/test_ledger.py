import numpy as np
import pytest
import torch
from tiny import VIT_B, random_clip, tiny_classifier

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import explain
from videomae_demo.results import Target


@pytest.mark.parametrize("target", [Target(0), Target(3), Target(1, 4)])
def test_the_parts_sum_to_the_logit(target):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    explanation = explain("ledger", classifier, clip, target=target)
    logits = classifier.forward(clip).logits
    logit = logits[target.label_id] - (0 if target.against_label_id is None else logits[target.against_label_id])
    figures = explanation.figures
    assert figures["logit"] == pytest.approx(logit, abs=1e-6)
    assert figures["sum"] == pytest.approx(figures["logit"], abs=1e-4)
    assert figures["constant"] + explanation.values.sum(dtype=np.float64) == pytest.approx(figures["sum"], abs=1e-5)
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
    np.testing.assert_allclose(ours.ravel(), expected.numpy(), rtol=1e-5, atol=1e-7)


def test_at_the_size_of_vit_b():
    classifier = tiny_classifier(layers=1, num_labels=400, **VIT_B)
    clip = random_clip(classifier.model)
    figures = explain("ledger", classifier, clip, target=Target(399)).figures
    assert figures["sum"] == pytest.approx(figures["logit"], abs=1e-4)


def test_half_precision_sums_up_too():
    """The head works in float32 on the tokens as they are, whatever the encoder's precision."""
    classifier = tiny_classifier(dtype=torch.bfloat16)
    figures = explain("ledger", classifier, random_clip(classifier.model), target=Target(1)).figures
    assert figures["sum"] == pytest.approx(figures["logit"], abs=1e-4)


def test_a_head_that_reads_token_0_is_told_why():
    classifier = tiny_classifier("token_0")
    with pytest.raises(BadRequestError, match="token 0 alone"):
        explain("ledger", classifier, random_clip(classifier.model))
