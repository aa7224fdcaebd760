"""Attention-aware layer-wise relevance propagation (AttnLRP, Achtibat et al. 2024), as one modified backward pass.

The target's logit is handed down as relevance R, and every operation shares what it gets among its inputs. With
g = R / z for the outputs z of an operation, the paper's rules are a backward pass with a few changes, and a token's
relevance is its embedding times the gradient that arrives there:

    residual sums, mean      by their terms (epsilon rule, ε -> 0):  the gradient itself
    linear maps              the gamma rule: terms of an output's own sign count 1 + γ times, see ``_Linear``; at γ = 0
                             the gradient itself. The head has γ = 0, for a target is its weights
    softmax                  Taylor decomposition (Prop. 3.1):  the gradient itself
    products Q Kᵀ and A V    half for either factor (Prop. 3.3):  half the gradient
    LayerNorm                identity (Prop. 3.4):  the gradient with the standard deviation held fixed
    GELU and the like        identity:  gelu(x) / x in place of the slope

The halves meet in the attention: its values get 1/2, its queries and keys 1/2 of 1/2 of what the fused kernel's own
backward pass gives them. So no attention matrix is made.

A logit is more than the sum of its inputs' parts. A bias keeps what falls to it as one of the terms of a sum, and the
Taylor decomposition of a softmax leaves a constant. Both are counted, and nothing is left over:

    logit = Σ tokens + biases + softmax

A token's part is that of its embedding, patch and position together, as they enter the first layer; ``positions`` says
how much of the sum over the tokens is what a clip of the mean colour has there, too: position embedding and bias. All
rules are linear in the relevance that they share out, so the map of one class against another is the difference of the
two classes' maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from ...errors import BadRequestError
from ...models.attention import attending
from ...models.kernels import fused_attention
from ...results import Target
from ..scores import embed, target_weights

if TYPE_CHECKING:
    from ...models import VideoClassifier

GRADIENT_SCALE = 2.0**12
"""The score is multiplied by this before the backward pass: gradients by single tokens would underflow in float16."""
ACTIVATIONS = (functional.gelu, functional.relu, functional.silu)
"""All are 0 at 0."""
GATES = (torch.tanh, torch.sigmoid)
"""Of an activation that is spelled out, as x times one of these: a gate that is held fixed is the identity rule."""
COPIES = (torch.Tensor.repeat, torch.Tensor.expand)
"""Of a parameter: tokens that are learned, such as a pooler's query, and that keep relevance as biases do."""


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target, *, gamma: float = 0.25
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Each token's part, in logits; beside it ``positions``, ``biases``, ``softmax``, ``sum`` and ``logit``.

    Where there are tokens that belong to no patch, such as a class token, their part is ``prefix``.

    Args:
        gamma: how much the terms of an output's own sign are preferred in the encoder's linear maps, from 0.

    Raises:
        BadRequestError: ``gamma`` is negative.
    """
    if not 0 <= gamma < np.inf:
        raise BadRequestError(f"Gamma must be 0 or more, not {gamma}.")
    rules, num_prefix = Rules(gamma), classifier.adapter.num_prefix
    with classifier.lock:
        grey = embed(classifier, np.zeros_like(pixel_values))
        embeddings = embed(classifier, pixel_values).requires_grad_()
        with torch.enable_grad():
            score = _score(classifier, embeddings, target, rules)
        kept = tuple(rules.kept)  # the backward pass adds to the list where it does work again
        gradient, *by_kept = torch.autograd.grad(score * GRADIENT_SCALE, [embeddings, *(leaf for _, leaf, _ in kept)])
    with torch.no_grad():
        gradient = gradient.double() / GRADIENT_SCALE
        parts = (embeddings * gradient).sum(dim=-1)
        figures = {"positions": float((grey * gradient)[num_prefix:].sum()), "biases": 0.0, "softmax": 0.0}
        for (name, leaf, times), found in zip(kept, by_kept, strict=True):
            figures[name] += times * float((leaf.double() * found.double()).sum()) / GRADIENT_SCALE
        if num_prefix:
            figures["prefix"] = float(parts[:num_prefix].sum())
        figures["sum"] = float(parts.sum()) + figures["biases"] + figures["softmax"]
        figures["logit"] = score.item()
    return parts[num_prefix:].cpu().numpy(), figures


def _score(classifier: VideoClassifier, embeddings: torch.Tensor, target: Target, rules: Rules) -> torch.Tensor:
    """(P + N, D) -> () the target's logit, with the rules in its backward pass.

    What follows a layer's attention is not kept for that but computed again.
    """
    adapter, head = classifier.adapter, classifier.head.to(classifier.device)
    states = embeddings[None]
    for layer in adapter.layers:
        context = rules.under(adapter.attend)(layer, states)
        finish = rules.under(adapter.finish)
        states = checkpoint(finish, layer, context, states, use_reentrant=False, preserve_rng_state=False)
    normed = rules.under(lambda states: head.normed(adapter.read(states)[0]))(states)
    weight, bias = target_weights(head, target)
    return normed @ weight + rules.keep("biases", bias)


class Rules(TorchFunctionMode):
    """The rules, in place of torch's own functions, for whatever runs ``under`` them.

    They stand in for the functions that a network's modules call, so that an architecture needs nothing of its own.
    What an operation keeps is a leaf of the graph times the leaf's gradient: so it is for biases, and for the ones that
    ``_Passed`` multiplies with.
    """

    def __init__(self, gamma: float) -> None:
        super().__init__()
        self.preference = gamma / (2 + gamma)
        self.kept: list[tuple[str, torch.Tensor, float]] = []
        """Under which name, the leaf, and how many times it counts."""

    def under(self, work: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        """The same work, by these rules; also where a backward pass does it again."""

        def by_rules(*args: Any) -> torch.Tensor:
            with self, attending(self.attend):
                return work(*args)

        return by_rules

    def keep(self, name: str, value: torch.Tensor, times: float = 1.0) -> torch.Tensor:
        """The value as a leaf that keeps relevance."""
        leaf = value.detach().clone().requires_grad_()
        self.kept.append((name, leaf, times))
        return leaf

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
        """Fused attention; see ``attention.Attend``. Half of its relevance goes to its weights; of what their softmax
        hands on, a quarter of the gradient is half the relevance, and queries have as much of it as keys."""
        one = query.new_ones((), dtype=torch.float32)
        of_attention, of_scores = self.keep("softmax", one, 0.5), self.keep("softmax", one, -2.0)
        query = _Passed.apply(query, of_scores, 0.25)  # type: ignore[no-untyped-call]
        key = _Passed.apply(key, None, 0.25)  # type: ignore[no-untyped-call]
        value = _Passed.apply(value, None, 0.5)  # type: ignore[no-untyped-call]
        output, _ = fused_attention(query, key, value, scale)
        return _Passed.apply(output, of_attention, 1.0)  # type: ignore[no-untyped-call,no-any-return]

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is functional.linear:
            return self._linear(*args, **(kwargs or {}))
        if function is functional.layer_norm:
            return self._layer_norm(*args, **(kwargs or {}))
        if function in ACTIVATIONS:
            return _identity(function, *args, **(kwargs or {}))
        if function in COPIES and isinstance(args[0], torch.nn.Parameter):
            args = (self.keep("biases", args[0]), *args[1:])
        result = function(*args, **(kwargs or {}))
        return result.detach() if function in GATES else result

    def _linear(self, states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        kept = None if bias is None else self.keep("biases", bias)
        return _Linear.apply(states, weight, kept, self.preference)  # type: ignore[no-untyped-call,no-any-return]

    def _layer_norm(
        self,
        states: torch.Tensor,
        shape: Any,
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        eps: float = 1e-5,
    ) -> torch.Tensor:
        wide = states.float()
        centred = wide - wide.mean(dim=-1, keepdim=True)
        deviation = (centred.detach().square().mean(dim=-1, keepdim=True) + eps).sqrt()
        normed = (centred / deviation).to(states.dtype)
        normed = normed if weight is None else normed * weight
        return normed if bias is None else normed + self.keep("biases", bias)


def _identity(activation: Callable[..., torch.Tensor], states: torch.Tensor, **options: Any) -> torch.Tensor:
    """The activation as x times a constant: activation(x) / x, and the limit of that at 0."""
    with torch.no_grad():
        wide = states.float()
        wide = torch.where(wide.abs() < 1e-6, 1e-6, wide)
        ratio = (activation(wide, **options) / wide).to(states.dtype)
    return states * ratio


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

    Of the terms that make z_j, those of its own sign count 1 + γ times. With a = |W| |x| + |b|, the terms' sizes, they
    sum to (z ± a) / 2, so that the terms as counted sum to (1 + γ/2) (z ± t a), t = γ / (2 + γ). A term w_ji x_i is its
    own size times its own sign, hence with d = g |z| / (|z| + t a)

        R_i / x_i = Σ_j d_j (w_ji + t sign(z_j) sign(x_i) |w_ji|)

    which needs three products in place of one, and no division by a small number.
    """

    @staticmethod
    def forward(ctx: Any, states: Any, weight: Any, bias: Any, preference: float) -> Any:
        output = functional.linear(states, weight, bias)
        ctx.save_for_backward(states, weight, bias, output)
        ctx.preference = preference
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
