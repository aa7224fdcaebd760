"""Attention-aware layer-wise relevance propagation (AttnLRP, Achtibat et al. 2024), as one modified backward pass.

The target's logit is handed down as relevance R, and every operation shares what it gets among its inputs. With
g = R / z for the outputs z of an operation, the paper's rules are a backward pass with a few changes, and a token's
relevance is its embedding times the gradient that arrives there:

    residual sums, mean      by their terms (epsilon rule, ε -> 0):  the gradient itself
    linear maps              the gamma rule: terms of an output's own sign count 1 + γ times, see ``_Linear``; at γ = 0
                             the gradient itself
    softmax                  Taylor decomposition (Prop. 3.1):  the gradient itself
    products Q Kᵀ and A V    half for either factor (Prop. 3.3):  half the gradient
    LayerNorm                identity (Prop. 3.4):  the gradient with the standard deviation held fixed
    GELU                     identity:  gelu(x) / x in place of the slope

The halves meet in the attention: its values get 1/2, its queries and keys 1/2 of 1/2 of what the fused kernel's own
backward pass gives them. So no attention matrix is made.

A logit is more than the sum of its inputs' parts. A bias keeps what falls to it as one of the terms of a sum, and the
Taylor decomposition of a softmax leaves a constant. Both are counted, and nothing is left over:

    logit = Σ tokens + biases + softmax

A token's part is that of its embedding, patch and position together, as they enter the first layer; ``positions`` says
how much of the sum over the tokens the position embeddings have. All rules are linear in the relevance that they share
out, so the map of one class against another is the difference of the two classes' maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from ...errors import BadRequestError
from ...models.kernels import fused_attention
from ...results import Target
from ..scores import embed, target_weights

if TYPE_CHECKING:
    from transformers.models.videomae.modeling_videomae import VideoMAELayer

    from ...models import VideoClassifier

GRADIENT_SCALE = 2.0**12
"""The score is multiplied by this before the backward pass: gradients by single tokens would underflow in float16."""


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target, *, gamma: float = 0.25
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Each token's part, in logits; beside it ``positions``, ``biases``, ``softmax``, ``sum`` and ``logit``.

    Args:
        gamma: how much the terms of an output's own sign are preferred in the encoder's linear maps, from 0.

    Raises:
        BadRequestError: ``gamma`` is negative.
    """
    if not 0 <= gamma < np.inf:
        raise BadRequestError(f"Gamma must be 0 or more, not {gamma}.")
    patch_bias = classifier.model.videomae.embeddings.patch_embeddings.projection.bias
    layers = [_Layer(layer, gamma) for layer in classifier.model.videomae.encoder.layer]
    kept = [leaf for layer in layers for leaf in (layer.of_attention, layer.of_scores, *layer.biases.values())]
    with classifier.lock:
        grey = embed(classifier, np.zeros_like(pixel_values))
        embeddings = embed(classifier, pixel_values).requires_grad_()
        with torch.enable_grad():
            states = embeddings[None]
            for layer in layers:
                states = layer(states)
            score, constant = _read_out(classifier, states[0], target)
        gradient, *by_kept = torch.autograd.grad(score * GRADIENT_SCALE, [embeddings, *kept])
    with torch.no_grad():
        gradient = gradient.double() / GRADIENT_SCALE
        shares = {
            id(leaf): float((leaf.double() * found.double()).sum()) / GRADIENT_SCALE
            for leaf, found in zip(kept, by_kept, strict=True)
        }
        parts = (embeddings * gradient).sum(dim=-1)
        positions = float(((grey - patch_bias) * gradient).sum())
    biases = constant + sum(shares[id(bias)] for layer in layers for bias in layer.biases.values())
    # Half of the attention's relevance goes to its weights; queries and keys get half each of what a softmax hands on.
    softmax = sum(shares[id(layer.of_attention)] / 2 - 2 * shares[id(layer.of_scores)] for layer in layers)
    figures = {"positions": positions, "biases": biases, "softmax": softmax}
    figures["sum"] = float(parts.sum()) + biases + softmax
    figures["logit"] = score.item() + constant
    return parts.cpu().numpy(), figures


def _read_out(classifier: VideoClassifier, tokens: torch.Tensor, target: Target) -> tuple[torch.Tensor, float]:
    """(N, D) -> the score without its constant, and the constant: biases of LayerNorm and classifier."""
    head, device = classifier.head, tokens.device
    weight, bias = target_weights(head, target)
    pooled = tokens.float().mean(dim=0) if head.readout == "mean" else tokens[0].float()
    score = _normed(pooled, head.norm_eps) @ (weight * head.norm_weight).to(device)
    return score, float(weight @ head.norm_bias + bias)


class _Layer:
    """One layer of the encoder, with the rules in its backward pass.

    What an operation keeps is a leaf of the graph times the leaf's gradient: so it is for biases, and for the ones that
    ``_Passed`` multiplies with.
    """

    def __init__(self, layer: VideoMAELayer, gamma: float) -> None:
        attention = layer.attention.attention
        self.layer, self.gamma = layer, gamma
        self.heads, self.scale = attention.num_attention_heads, attention.scaling
        modules = (
            *(attention.query, attention.key, attention.value, layer.attention.output.dense),
            *(layer.intermediate.dense, layer.output.dense, layer.layernorm_before, layer.layernorm_after),
        )
        self.biases = {module: module.bias.detach().requires_grad_() for module in modules if module.bias is not None}
        one = torch.ones((), device=layer.layernorm_before.weight.device)
        self.of_attention, self.of_scores = one.clone().requires_grad_(), one.clone().requires_grad_()

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """(1, N, D) -> (1, N, D). For the backward pass, what follows the attention is computed again, not kept."""
        attention = self.layer.attention.attention
        before = self._norm(self.layer.layernorm_before, states)
        query, key, value = (
            self._linear(module, before).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for module in (attention.query, attention.key, attention.value)
        )
        query = _Passed.apply(query, self.of_scores, 0.25)  # type: ignore[no-untyped-call]
        key = _Passed.apply(key, None, 0.25)  # type: ignore[no-untyped-call]
        value = _Passed.apply(value, None, 0.5)  # type: ignore[no-untyped-call]
        context, _ = fused_attention(query, key, value, self.scale)
        context = context.transpose(1, 2).flatten(2)
        return checkpoint(self._rest, context, states, use_reentrant=False, preserve_rng_state=False)

    def _rest(self, context: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        context = _Passed.apply(context, self.of_attention, 1.0)  # type: ignore[no-untyped-call]
        attended = self._linear(self.layer.attention.output.dense, context) + states
        after = self._norm(self.layer.layernorm_after, attended)
        hidden = self._linear(self.layer.intermediate.dense, after)
        active = hidden * _ratio(self.layer.intermediate.intermediate_act_fn, hidden.detach())
        return self._linear(self.layer.output.dense, active) + attended

    def _linear(self, module: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
        return _Linear.apply(states, module.weight, self.biases.get(module), self.gamma)  # type: ignore[no-untyped-call]

    def _norm(self, module: torch.nn.LayerNorm, states: torch.Tensor) -> torch.Tensor:
        normed = _normed(states.float(), module.eps).to(states.dtype)
        return normed * module.weight + self.biases[module]


def _normed(states: torch.Tensor, eps: float) -> torch.Tensor:
    """Centred and divided by the standard deviation, which the backward pass takes for a constant."""
    centred = states - states.mean(dim=-1, keepdim=True)
    return centred * (centred.detach().square().mean(dim=-1, keepdim=True) + eps).rsqrt()


def _ratio(activation: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    """activation(x) / x, and its limit at 0; for activations that are 0 at 0."""
    wide = hidden.float()
    wide = torch.where(wide.abs() < 1e-6, 1e-6, wide)
    return (activation(wide) / wide).to(hidden.dtype)


class _Passed(torch.autograd.Function):
    """The tensor as it is. Backwards, a share of its gradient goes on, and ``one`` is told its relevance, Σ x g."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, one: torch.Tensor | None, share: float) -> torch.Tensor:
        ctx.share = share
        ctx.save_for_backward(*([] if one is None else [tensor]))
        return tensor.view_as(tensor)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        passed = gradient * ctx.share
        told = [(tensor.float() * passed.float()).sum() for tensor in ctx.saved_tensors]
        return passed, told[0] if told else None, None


class _Linear(torch.autograd.Function):
    """z = W x + b forwards. Backwards the gamma rule (Montavon et al. 2019, Layer-Wise Relevance Propagation).

    Of the terms that make z_j, those of its own sign count 1 + γ times: with a = |W| |x| + |b|, the terms' sizes, they
    sum to (z ± a) / 2, so that the terms as counted sum to (1 + γ/2) (z ± t a), t = γ / (2 + γ). A term w_ji x_i is its
    own size times its own sign, hence with d = g |z| / (|z| + t a)

        R_i / x_i = Σ_j d_j (w_ji + t sign(z_j) sign(x_i) |w_ji|)

    which needs three products in place of one, and no division by a small number.
    """

    @staticmethod
    def forward(ctx: Any, states: Any, weight: Any, bias: Any, gamma: float) -> Any:
        output = functional.linear(states, weight, bias)
        ctx.save_for_backward(states, weight, bias, output)
        ctx.preference = gamma / (2 + gamma)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        states, weight, bias, output = ctx.saved_tensors
        if not ctx.preference:
            return gradient @ weight, None, None if bias is None else _over_tokens(gradient), None
        sizes = functional.linear(states.abs(), weight.abs(), None if bias is None else bias.abs())
        tiny = torch.finfo(output.dtype).tiny  # where all terms are 0
        shared = gradient * (output.abs() / (output.abs() + ctx.preference * sizes).clamp_min(tiny))
        preferred = ctx.preference * shared * output.sign()
        by_states = shared @ weight + states.sign() * (preferred @ weight.abs())
        by_bias = None if bias is None else _over_tokens(shared) + bias.sign() * _over_tokens(preferred)
        return by_states, None, by_bias, None


def _over_tokens(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.flatten(0, -2).sum(dim=0)
