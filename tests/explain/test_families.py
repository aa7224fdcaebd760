"""What is computed inside each family, against slow definitions; and one sentence where something does not hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from family_models import family_classifier, family_clip, plain_twin
from transformers import VJEPA2ForVideoClassification

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS, SHARE, explain
from videomae_demo.explain.checks import most_relevant
from videomae_demo.explain.faithfulness import answer_without, measure
from videomae_demo.explain.inside.atlas import atlas
from videomae_demo.explain.inside.logit_lens import passage_of
from videomae_demo.explain.inside.parts import measure_anatomy
from videomae_demo.explain.sanity import random_weights
from videomae_demo.models.families import FAMILIES
from videomae_demo.models.prediction import softmax
from videomae_demo.results import Target

EXACT = 1e-5


def all_attention(model, clip: np.ndarray, dtype: torch.dtype = torch.float64):
    """transformers' own slow attention, in the order of the pass: (heads, queries, keys) each; and the logits.

    What transformers does not return, a pooler's, is picked up from the modules that compute it.
    """
    twin = plain_twin(model, dtype=dtype)
    pooled: list[torch.Tensor] = []
    if isinstance(twin, VJEPA2ForVideoClassification):
        modules = [layer.self_attn for layer in twin.pooler.self_attention_layers]
        for module in (*modules, twin.pooler.cross_attention_layer.cross_attn):
            module.register_forward_hook(lambda module, inputs, output: pooled.append(output[1]))
    pixels = torch.from_numpy(clip)[None].to(dtype).requires_grad_()
    outputs = twin(pixels, output_attentions=True)
    return [*outputs.attentions, *pooled], outputs.logits[0]


def slow_rollout(model, clip: np.ndarray, num_prefix: int) -> torch.Tensor:
    """Full matrices from the first layer up; then the row of what the head reads, over the patches."""
    attentions, _ = all_attention(model, clip)
    product = torch.eye(attentions[0].shape[-1], dtype=torch.float64)
    for attention in attentions:
        fused = attention[0].mean(0)
        # The pooler's query is answered by the tokens alone: no identity stands for what it keeps.
        mixed = fused if len(fused) == 1 else 0.5 * fused + 0.5 * torch.eye(len(fused))
        product = mixed @ product
    mean = num_prefix == 0 and len(product) > 1
    row = (product.mean(0) if mean else product[0])[num_prefix:]
    return row / row.mean()


def slow_relevance(model, clip: np.ndarray, num_prefix: int, label: int) -> torch.Tensor:
    """Chefer et al. with the whole of R; the pooler's query as one more token, which asks and is never asked."""
    attentions, logits = all_attention(model, clip)
    gradients = torch.autograd.grad(logits[label], attentions)
    total = torch.eye(attentions[0].shape[-1], dtype=torch.float64)
    identity = total.clone()
    for attention, gradient in zip(attentions, gradients, strict=True):
        weighted = (gradient * attention)[0].clamp(min=0).mean(0).detach()
        if len(weighted) == 1:
            total, identity = weighted @ total, torch.zeros(1, len(total))
        else:
            total = total + weighted @ total
    total = total - identity
    mean = num_prefix == 0 and len(total) > 1
    row = (total.mean(0) if mean else total[0])[num_prefix:]
    return row / row.mean()


@pytest.mark.parametrize("family", FAMILIES)
def test_rollout_is_the_matrix_product(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    expected = slow_rollout(classifier.model, clip, classifier.adapter.num_prefix)
    assert expected.max() > 1.05, "a flat map would prove nothing"
    np.testing.assert_allclose(explain("rollout", classifier, clip).values.ravel(), expected.detach(), atol=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_relevance_is_the_definition(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    expected = slow_relevance(classifier.model, clip, classifier.adapter.num_prefix, 2)
    assert expected.max() > 1.5, "a flat map would prove nothing"
    ours = explain("relevance", classifier, clip, target=Target(2)).values.ravel()
    np.testing.assert_allclose(ours, expected.detach(), atol=EXACT * expected.max().item())


@pytest.mark.parametrize("family", FAMILIES)
def test_attention_of_one_patch_is_its_row_over_the_patches(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    attentions, _ = all_attention(classifier.model, clip)
    prefix = classifier.adapter.num_prefix
    row = attentions[1][0].mean(0)[prefix + 7, prefix:].detach()
    ours = explain("attention", classifier, clip, layer=1, token=7).values.ravel()
    np.testing.assert_allclose(ours, row / row.mean(), atol=EXACT * (row.max() / row.mean()).item())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_parts_of_integrated_gradients_sum_to_the_difference(family):
    """Of the logit of this clip and that of a clip of the mean colour; the class token has no part in it."""
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    few, many = (explain("integrated_gradients", classifier, clip, target=Target(1), steps=n).figures for n in (4, 256))
    assert many["logit"] == pytest.approx(float(classifier.forward(clip).logits[1]), abs=EXACT)
    assert many["grey_logit"] == pytest.approx(float(classifier.forward(np.zeros_like(clip)).logits[1]), abs=EXACT)
    gap = abs(many["logit"] - many["grey_logit"])
    assert abs(many["sum"] - many["logit"]) < 0.02 * gap
    assert abs(many["sum"] - many["logit"]) <= abs(few["sum"] - few["logit"]) + EXACT


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", [Target(1), Target(0, 3)])
def test_layer_wise_relevance_sums_to_the_logit(family, target):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    explanation = explain("attn_lrp", classifier, clip, target=target)
    logits = classifier.forward(clip).logits
    logit = logits[target.label_id] - (0 if target.against_label_id is None else logits[target.against_label_id])
    assert explanation.figures["logit"] == pytest.approx(float(logit), abs=EXACT)
    assert explanation.figures["sum"] == pytest.approx(float(logit), abs=10 * EXACT)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_map_or_one_sentence(family, method):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    row = METHODS[method]
    if missing := row.needs & classifier.adapter.lacks.keys():
        with pytest.raises(BadRequestError) as refusal:
            explain(method, classifier, clip)
        assert str(refusal.value).startswith(f"{row.title} does not apply to this model: ")
        assert any(classifier.adapter.lacks[ability] in str(refusal.value) for ability in missing)
        return
    values = explain(method, classifier, clip).values
    assert values.shape == (2, 4, 4)
    assert np.isfinite(values).all() and values.std() > 0
    if row.unit == SHARE:
        assert values.mean() == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_tokens_are_left_out_in_a_map_s_order(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    seen = explain("rollout", classifier, clip)
    measured = measure(
        classifier, clip, seen.values, Target(0), kept_shares=(1.0, 0.5), random_orders=2, copies=2, parts=("tokens",)
    )
    half = most_relevant(seen.values, 0.5)
    assert measured.deletion[0] == pytest.approx(softmax(classifier.forward(clip).logits)[0], abs=EXACT)
    assert measured.deletion[1] == pytest.approx(answer_without(classifier, clip, half)[0], abs=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_random_weights_make_another_map(family):
    classifier = family_classifier(family)
    check = random_weights("rollout", classifier, family_clip(classifier), Target(0))
    assert -1 <= check.similarity < 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_way_through_the_layers_ends_at_the_answer(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    passage, output = passage_of(classifier, clip), classifier.forward(clip)
    np.testing.assert_allclose(passage.final, output.tokens.numpy(), atol=EXACT)
    logits = classifier.head.logits(torch.from_numpy(passage.readout)).numpy()
    np.testing.assert_allclose(logits, output.logits, atol=EXACT)
    if "layer_answers" in classifier.adapter.lacks:
        assert passage.answers is None and passage.slice_answers is None
    else:
        assert passage.answers.shape == (4, 5)
        np.testing.assert_allclose(passage.answers[-1], softmax(output.logits), atol=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_atlas_sums_up_attention_among_the_patches(family):
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    attentions, _ = all_attention(classifier.model, clip)
    prefix = classifier.adapter.num_prefix
    found = atlas(classifier.forward(clip))
    assert len(found) == classifier.adapter.num_attentions
    for layer, attention in zip(found, attentions, strict=False):
        among = attention[0, :, prefix:, prefix:].detach()
        among = among / among.sum(-1, keepdim=True)
        between = among.mean(0).view(2, 16, 2, 16).sum(-1).mean(1)
        np.testing.assert_allclose(layer.between_slices, between, atol=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_is_a_part(family):
    classifier = family_classifier(family)
    anatomy = measure_anatomy(classifier.model)
    assert anatomy.parameters == sum(parameter.numel() for parameter in classifier.model.parameters())
    by_key = {part.key: part for part in anatomy.parts}
    width, tokens = anatomy.hidden_size, classifier.adapter.num_prefix + 32
    assert by_key["projections"].multiply_adds == 3 * 4 * tokens * width**2
    assert by_key["attention"].multiply_adds == 3 * 2 * tokens**2 * width
    assert by_key["embedding"].multiply_adds == 32 * (2 * 8 * 8 * 3) * width
    assert by_key["head"].multiply_adds == width * 5
