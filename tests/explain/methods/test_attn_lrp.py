"""AttnLRP: against the rules one by one (tests/slow_lrp.py), and that nothing is lost on the way."""

import numpy as np
import pytest
import torch
from slow_lrp import slow_lrp
from tiny import VIT_B, random_clip, tiny_classifier
from tolerances import TINY, bfloat16_steps
from tolerances import VIT_B as VIT_B_BOUND
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.activations import ACT2FN

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import explain
from videomae_demo.explain.methods import attn_lrp
from videomae_demo.models import kernels
from videomae_demo.results import Target

KEPT = ("positions", "biases", "softmax")


@pytest.mark.parametrize("readout", ["mean", "token_0"])
@pytest.mark.parametrize("target", [Target(2), Target(0, 3)])
@pytest.mark.parametrize("gamma", [0.0, 0.25, 3.0])
def test_equals_the_rules_one_by_one(readout, target, gamma):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    ours = explain("attn_lrp", classifier, clip, target=target, gamma=gamma)
    shares = slow_lrp(classifier.model, clip, target, gamma)
    assert shares.tokens.sum() + shares.biases + shares.softmax == pytest.approx(shares.logit)
    size = np.abs(shares.tokens).max()
    assert abs(shares.softmax) > 50 * TINY * size, "a part of nothing would prove nothing"
    # Forwards and backwards: twice a pass.
    np.testing.assert_allclose(ours.values.ravel(), shares.tokens, rtol=0, atol=2 * TINY * size)
    for name in (*KEPT, "logit"):
        assert ours.figures[name] == pytest.approx(getattr(shares, name), abs=2 * TINY * shares.tokens.size * size)


def test_nothing_is_lost_at_the_size_of_vit_b():
    """1568 tokens, 12 heads of width 64, MLPs of 3072: what all keep is the logit, to 1e-4 of what is shared out."""
    classifier = tiny_classifier(layers=2, sharpness=2.0, **VIT_B)
    clip = random_clip(classifier.model)
    explanation = explain("attn_lrp", classifier, clip, target=Target(1))
    figures = explanation.figures
    assert figures["logit"] == pytest.approx(classifier.forward(clip).logits[1], abs=VIT_B_BOUND)
    assert figures["sum"] == pytest.approx(figures["logit"], rel=1e-4)
    whole = explanation.values.sum(dtype=np.float64) + figures["biases"] + figures["softmax"]
    assert whole == pytest.approx(figures["sum"], rel=1e-4)


def test_what_is_kept_changes_sides_with_the_classes():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    both, exchanged = (explain("attn_lrp", classifier, clip, target=pair) for pair in (Target(0, 3), Target(3, 0)))
    assert exchanged.figures == {name: -value for name, value in both.figures.items()}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_close(dtype):
    clip = random_clip(tiny_classifier().model)
    exact = explain("attn_lrp", tiny_classifier(), clip, target=Target(2)).values
    half = explain("attn_lrp", tiny_classifier(dtype=dtype), clip, target=Target(2)).values
    assert np.corrcoef(exact.ravel(), half.ravel())[0, 1] > 1 - bfloat16_steps(3) ** 2  # unexplained variance: error²


def test_a_hidden_unit_at_rest_has_the_limit_of_its_ratio():
    gelu = torch.nn.functional.gelu
    hidden = torch.tensor([0.0, 1e-7, -1e-7, 2.0])
    hidden.requires_grad_()
    (ratio,) = torch.autograd.grad(attn_lrp._identity(gelu, hidden).sum(), hidden)
    torch.testing.assert_close(ratio, torch.tensor([0.5, 0.5, 0.5, float(gelu(torch.tensor(2.0))) / 2]))


def test_gamma_is_not_negative():
    classifier = tiny_classifier()
    with pytest.raises(BadRequestError, match="0 or more"):
        explain("attn_lrp", classifier, random_clip(classifier.model), gamma=-1.0)


def test_the_model_is_left_as_it_was():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    before = classifier.logits(clip[None])
    explain("attn_lrp", classifier, clip, target=Target(0))
    np.testing.assert_array_equal(classifier.logits(clip[None]), before)
    assert not any(parameter.requires_grad for parameter in classifier.model.parameters())
    assert all(parameter.grad is None for parameter in classifier.model.parameters())


class Largest(TorchDispatchMode):
    """The most numbers that any one tensor of a computation has."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, torch.Tensor):
                self.numbers = max(self.numbers, tensor.numel())
        return result


@pytest.mark.parametrize("replaced", [False, True])
def test_no_attention_matrix_is_ever_made(replaced, monkeypatch):
    """Neither by the fused kernel nor by the blocks that stand in for it, forwards or backwards."""
    if replaced:
        monkeypatch.setattr(kernels, "KERNELS", kernels.KERNELS[-1:])
        monkeypatch.setattr(kernels, "BLOCK_NUMBERS", 2 * 256 * 8)
    classifier = tiny_classifier(image_size=64, num_frames=8)
    clip = random_clip(classifier.model)
    heads, num_tokens, middle = 2, 256, 32
    with Largest() as largest:
        explain("attn_lrp", classifier, clip, target=Target(0))
    assert num_tokens * middle <= largest.numbers < heads * num_tokens * num_tokens


@pytest.mark.parametrize("activation", ["gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"])
def test_nothing_is_lost_in_other_activations(activation):
    classifier = tiny_classifier()
    for layer in classifier.adapter.layers:
        layer.intermediate.intermediate_act_fn = ACT2FN[activation]
    clip = random_clip(classifier.model)
    explanation = explain("attn_lrp", classifier, clip, target=Target(1))
    assert explanation.figures["logit"] == pytest.approx(classifier.forward(clip).logits[1], abs=TINY)
    bound = 2 * TINY * float(np.abs(explanation.values).sum())
    assert explanation.figures["sum"] == pytest.approx(explanation.figures["logit"], abs=bound)


def test_learned_tokens_keep_their_part():
    rules, learned = attn_lrp.Rules(0.0), torch.nn.Parameter(torch.tensor([[2.0, 3.0]]))
    of_clip = torch.tensor([[5.0, 7.0]], requires_grad=True)
    tokens = rules.under(lambda states: torch.cat([learned.repeat(2, 1), states]))(of_clip)
    ((name, leaf, times),) = rules.kept
    by_leaf, by_clip = torch.autograd.grad(tokens.sum(), [leaf, of_clip])
    assert (name, times) == ("biases", 1.0)
    assert ((leaf * by_leaf).sum().item(), (of_clip * by_clip).sum().item()) == (10.0, 12.0)
