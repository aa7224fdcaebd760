import numpy as np
import pytest
import torch
from tiny import eager_attentions, random_clip, tiny_classifier

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import explain
from videomae_demo.explain.inside.atlas import atlas
from videomae_demo.explain.methods.attention import query_attention


@pytest.mark.parametrize("head", [None, 1])
@pytest.mark.parametrize("layer", [0, -1])
def test_a_token_s_attention(layer, head):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    attention = eager_attentions(classifier.model, clip)[layer]
    expected = 32 * (attention.mean(0) if head is None else attention[head])[7]
    ours = query_attention(classifier.forward(clip), 7, layer, head)
    assert ours.shape == (2, 4, 4)
    np.testing.assert_allclose(ours.ravel(), expected, rtol=1e-5)
    by_method = explain("attention", classifier, clip, layer=layer, head=head, token=7)
    np.testing.assert_array_equal(by_method.values, ours)


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_what_the_classifier_reads(readout):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    attention = eager_attentions(classifier.model, clip)[1][0]
    expected = 32 * (attention.mean(0) if readout == "mean" else attention[0])
    ours = explain("attention", classifier, clip, layer=1, head=0)
    np.testing.assert_allclose(ours.values.ravel(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"token": 32}, "tokens are 0 to 31"), ({"layer": 3}, "layers are 0 to 2"), ({"head": 2}, "heads are 0 to 1")],
)
def test_what_does_not_exist(options, words):
    classifier = tiny_classifier()
    with pytest.raises(BadRequestError, match=words):
        explain("attention", classifier, random_clip(classifier.model), **options)


def test_the_atlas_equals_its_definition():
    classifier = tiny_classifier(num_frames=6)  # (3, 4, 4) tokens
    clip = random_clip(classifier.model)
    where = np.stack(np.unravel_index(np.arange(48), (3, 4, 4)), -1)
    in_time = np.abs(where[:, None, 0] - where[None, :, 0])
    in_space = np.linalg.norm(where[:, None, 1:] - where[None, :, 1:], axis=-1)
    for ours, attention in zip(atlas(classifier.forward(clip)), eager_attentions(classifier.model, clip), strict=True):
        weights = attention.numpy()
        between = weights.reshape(2, 3, 16, 3, 16).sum(-1).mean((0, 2))
        np.testing.assert_allclose(ours.between_slices, between, rtol=1e-5)
        np.testing.assert_allclose(ours.between_slices.sum(-1), 1, rtol=1e-5)
        np.testing.assert_allclose(ours.distance_in_time, (weights * in_time).sum(-1).mean(-1), rtol=1e-5)
        np.testing.assert_allclose(ours.distance_in_space, (weights * in_space).sum(-1).mean(-1), rtol=1e-5)
        assert ours.distance_in_space.shape == (2,)


def test_even_attention_is_as_far_as_chance():
    classifier = tiny_classifier()
    for layer in classifier.model.videomae.encoder.layer:
        layer.attention.attention.key.weight.data.zero_()
    for layer in atlas(classifier.forward(random_clip(classifier.model))):
        np.testing.assert_allclose(layer.between_slices, 0.5, rtol=1e-5)
        np.testing.assert_allclose(layer.distance_in_time, 0.5, rtol=1e-5)
        assert torch.tensor(layer.distance_in_space).std() < 1e-5
