"""AttnLRP as the paper writes it: relevance handed from outputs to inputs, rule by rule, in float64 numpy.

No gradient, nothing fused, nothing shared with the package: the forward pass is written out, too. Every function takes
an operation's inputs and the relevance of its outputs, and returns the relevance of its inputs and what was absorbed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np


@dataclass
class Shares:
    """Who gets what of one logit."""

    tokens: np.ndarray
    """(N,): patch, patch bias and position together."""
    positions: float = 0.0
    """What position embeddings and patch bias have of it, in all tokens together."""
    biases: float = 0.0
    softmax: float = 0.0
    logit: float = 0.0


def linear(x, weight, bias, relevance, gamma=0.0):
    """x (n, i), weight (o, i), bias (o,), relevance (n, o): each output's relevance by its terms x_i w_oi and b_o."""
    terms = np.concatenate([x[:, None, :] * weight, np.broadcast_to(bias[:, None], (len(x), len(bias), 1))], axis=2)
    positive = terms.sum(axis=2, keepdims=True) > 0
    terms = terms + gamma * np.where(positive, terms.clip(min=0), terms.clip(max=0))
    shares = terms / terms.sum(axis=2, keepdims=True) * relevance[:, :, None]
    return shares[..., :-1].sum(axis=1), shares[..., -1].sum()


def layer_norm(x, weight, bias, eps):
    """The output, and its three steps."""
    centred = x - x.mean(axis=-1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    return centred, normed, normed * weight + bias


def back_through_layer_norm(x, weight, bias, eps, relevance):
    """Gain and shift by their terms, the division by identity, the centring by its terms."""
    centred, normed, output = layer_norm(x, weight, bias, eps)
    of_normed = normed * weight / output * relevance
    absorbed = (bias / output * relevance).sum()
    width = x.shape[-1]
    centring = np.eye(width) - 1 / width
    of_x = np.stack([x_n * (centring.T @ (r_n / c_n)) for x_n, c_n, r_n in zip(x, centred, of_normed, strict=True)])
    return of_x, absorbed


def matmul(left, right, relevance):
    """(n, j) (j, p): half of every term's share goes to either factor."""
    terms = left[:, :, None] * right[None]  # n, j, p
    shares = terms / terms.sum(axis=1, keepdims=True) * relevance[:, None, :] / 2
    return shares.sum(axis=2), shares.sum(axis=0)


def softmax(scores, relevance):
    """Rows: R_i = x_i (R_i - s_i Σ_j R_j); the rest is the Taylor decomposition's constant."""
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares = shares / shares.sum(axis=-1, keepdims=True)
    of_scores = scores * (relevance - shares * relevance.sum(axis=-1, keepdims=True))
    return of_scores, relevance.sum() - of_scores.sum()


def slow_lrp(model, clip, target, gamma=0.0):
    """The shares of ``target``'s logit (or of the difference of two) for one clip (T, 3, S, S).

    Args:
        model: a VideoMAE classifier with GELU.
        gamma: of the gamma rule in the encoder's linear maps; 0 is the epsilon rule.
    """
    weights = {name: tensor.detach().double().numpy() for name, tensor in model.state_dict().items()}
    config = model.config
    eps, heads = config.layer_norm_eps, config.num_attention_heads

    def of(name):
        weight = weights[f"{name}.weight"]
        return weight, weights.get(f"{name}.bias", np.zeros(len(weight)))

    kernel, patch_bias = of("videomae.embeddings.patch_embeddings.projection")
    frames, _, size, _ = clip.shape
    tubelet, patch = config.tubelet_size, config.patch_size
    cut = clip.astype(np.float64).reshape(frames // tubelet, tubelet, 3, size // patch, patch, size // patch, patch)
    patches = cut.transpose(0, 3, 5, 2, 1, 4, 6).reshape(-1, kernel[0].size) @ kernel.reshape(len(kernel), -1).T
    positions = model.videomae.embeddings.position_embeddings[0].double().numpy()
    states = [patches + patch_bias + positions]
    kept = []
    for number in range(config.num_hidden_layers):
        at = f"videomae.encoder.layer.{number}"
        parts = {name: of(f"{at}.{name}") for name in (
            "layernorm_before", "attention.attention.query", "attention.attention.key", "attention.attention.value",
            "attention.output.dense", "layernorm_after", "intermediate.dense", "output.dense",
        )}  # fmt: skip
        before = layer_norm(states[-1], *parts["layernorm_before"], eps)[-1]
        query, key, value = (
            np.stack(np.split(before @ weight.T + bias, heads, axis=1))
            for weight, bias in (parts[f"attention.attention.{name}"] for name in ("query", "key", "value"))
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attention = powers / powers.sum(axis=-1, keepdims=True)
        context = np.concatenate(list(attention @ value), axis=1)
        weight, bias = parts["attention.output.dense"]
        attended = context @ weight.T + bias
        middle = states[-1] + attended
        after = layer_norm(middle, *parts["layernorm_after"], eps)[-1]
        weight, bias = parts["intermediate.dense"]
        hidden = after @ weight.T + bias
        active = hidden * 0.5 * (1 + np.vectorize(erf)(hidden / sqrt(2)))
        weight, bias = parts["output.dense"]
        added = active @ weight.T + bias
        kept.append(
            (parts, before, query, key, value, scores, attention, context, attended, middle, after, active, added)
        )
        states.append(middle + added)

    found = Shares(states[0])
    mean = config.use_mean_pooling
    pooled = states[-1].mean(axis=0, keepdims=True) if mean else states[-1][:1]
    norm = of("fc_norm" if mean else "videomae.layernorm")
    last_eps = model.fc_norm.eps if mean else model.videomae.layernorm.eps  # not the layers'
    output = layer_norm(pooled, *norm, last_eps)[-1]
    weight, bias = of("classifier")
    row, constant = weight[target.label_id], bias[target.label_id]
    if target.against_label_id is not None:
        row, constant = row - weight[target.against_label_id], constant - bias[target.against_label_id]
    found.logit = float(output[0] @ row + constant)
    found.biases += constant
    of_pooled, absorbed = back_through_layer_norm(pooled, *norm, last_eps, output * row)
    found.biases += absorbed
    relevance = np.zeros_like(states[-1])
    if mean:
        relevance = states[-1] / len(states[-1]) / pooled * of_pooled
    else:
        relevance[:1] = of_pooled

    for below, layer in zip(reversed(states[:-1]), reversed(kept), strict=True):
        parts, before, query, key, value, scores, attention, context, attended, middle, after, active, added = layer
        above = middle + added
        of_middle, of_added = middle / above * relevance, added / above * relevance
        of_active, absorbed = linear(active, *parts["output.dense"], of_added, gamma)
        found.biases += absorbed
        of_after, absorbed = linear(after, *parts["intermediate.dense"], of_active, gamma)  # GELU: identity
        found.biases += absorbed
        of_x, absorbed = back_through_layer_norm(middle, *parts["layernorm_after"], eps, of_after)
        found.biases += absorbed
        of_middle = of_middle + of_x
        relevance, of_attended = below / middle * of_middle, attended / middle * of_middle
        of_context, absorbed = linear(context, *parts["attention.output.dense"], of_attended, gamma)
        found.biases += absorbed
        of_projections = ([], [], [])
        for head, of_head in enumerate(np.split(of_context, heads, axis=1)):
            of_attention, of_value = matmul(attention[head], value[head], of_head)
            of_scores, absorbed = softmax(scores[head], of_attention)
            found.softmax += absorbed
            of_query, of_key = matmul(query[head], key[head].T, of_scores)
            for parts_of, share in zip(of_projections, (of_query, of_key.T, of_value), strict=True):
                parts_of.append(share)
        of_before = np.zeros_like(before)
        for name, share in zip(("query", "key", "value"), of_projections, strict=True):
            of_x, absorbed = linear(before, *parts[f"attention.attention.{name}"], np.concatenate(share, axis=1), gamma)
            of_before += of_x
            found.biases += absorbed
        of_x, absorbed = back_through_layer_norm(below, *parts["layernorm_before"], eps, of_before)
        relevance = relevance + of_x
        found.biases += absorbed
    found.tokens = relevance.sum(axis=1)
    found.positions = ((positions + patch_bias) / states[0] * relevance).sum()
    return found
