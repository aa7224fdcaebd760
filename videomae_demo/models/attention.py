"""The recording attention backend: the fused kernel, which also keeps each layer's queries and keys.

VideoMAE-B has 12 layers x 12 heads x 1568² attention weights for one clip, 1.42 GB in float32. Asking transformers for
them turns the fused kernel off. This backend leaves it on and keeps what it was given, and the logarithm of what each
row's softmax divided by, which the kernel knows anyway: from these, any row of any layer's attention is one product
and one exponential away (``explain/rows.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import torch
from torch.nn import functional
from transformers import AttentionInterface

from ..records import Readout
from .kernels import fused_attention
from .output import AttentionTrace, readout_row

IMPLEMENTATION = "videomae_recording"
"""The name to load a model with: ``from_pretrained(..., attn_implementation=IMPLEMENTATION)``."""


HARMLESS = frozenset({"num_items_in_batch", "output_hidden_states", "output_router_logits", "use_cache"})
"""Keywords that transformers hands down to every function of a model, and that do not concern attention."""


@dataclass(frozen=True, eq=False)
class RecordedLayer:
    """What decides one layer's attention; B clips at once."""

    query: torch.Tensor
    """(B, heads, queries, d): N of them, or a pooler's one."""
    key: torch.Tensor
    """(B, heads, N, d)."""
    logsumexp: torch.Tensor
    """(B, heads, queries) float32."""
    scale: float


Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, float], torch.Tensor]
"""query, key, value, each (B, heads, N, d), and the scale -> softmax(scale · Q Kᵀ) V, (B, heads, N, d).

A pooler's attention has one query instead of N.
"""


@dataclass
class AttentionRecorder:
    """Collects the layers of the forward passes that run inside ``with record_attention() as recorder``."""

    layers: list[RecordedLayer] = field(default_factory=list)
    """First layer first."""

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
        """Fused attention; an ``Attend``."""
        output, logsumexp = fused_attention(query, key, value, scale)
        self.layers.append(RecordedLayer(query.detach(), key.detach(), logsumexp, scale))
        return output

    def trace(
        self, *, expected_layers: int, readout: Readout, num_prefix: int = 0, pooled: bool = False, item: int = 0
    ) -> AttentionTrace:
        """What explanations need of the one forward pass that was recorded, for clip ``item`` of its batch.

        Args:
            expected_layers: how many layers the pass went through.
            readout: what the classifier reads of the last one's tokens.
            num_prefix: how many tokens stand before the clip's.
            pooled: whether a pooler's query asked the last layer's tokens in the end.

        Raises:
            RuntimeError: the pass did not go through this backend once a layer. A model that was loaded with another
                attention implementation records nothing, and nothing must not pass for a map.
        """
        if len(self.layers) != (expected := expected_layers + pooled):
            raise RuntimeError(
                f"{len(self.layers)} attention layers recorded, {expected} expected: load the model with "
                f"attn_implementation={IMPLEMENTATION!r} and run it once inside record_attention()"
            )
        layers, last = self.layers[:expected_layers], self.layers[-1]
        row = readout_row(last.query.shape[-2], readout, device=last.query.device)
        return AttentionTrace(
            queries=tuple(one_clip(layer.query, item) for layer in layers),
            keys=tuple(one_clip(layer.key, item) for layer in layers),
            logsumexp=tuple(one_clip(layer.logsumexp, item) for layer in layers),
            scale=layers[0].scale,
            readout=row @ _attention(last, item) if pooled else row,
            num_prefix=num_prefix,
        )


def _attention(layer: RecordedLayer, item: int) -> torch.Tensor:
    """(queries, N) float32: the mean over the heads."""
    scores = layer.scale * layer.query[item].float() @ layer.key[item].float().transpose(-1, -2)
    return scores.softmax(dim=-1).mean(dim=0)


def one_clip(tensor: torch.Tensor, item: int) -> torch.Tensor:
    """(B, ...) -> (...): a copy, unless there is but one: a view would keep the whole batch's memory alive."""
    return tensor[item] if len(tensor) == 1 else tensor[item].clone()


# A context variable, not a global: two visitors' forward passes run in two threads and must not mix.
_active: ContextVar[Attend | None] = ContextVar("videomae_attend", default=None)


@contextmanager
def record_attention() -> Iterator[AttentionRecorder]:
    """Record every attention layer that runs in this thread inside the block."""
    recorder = AttentionRecorder()
    with attending(recorder.attend):
        yield recorder


@contextmanager
def attending(attend: Attend) -> Iterator[None]:
    """Let this function answer for every attention layer that runs in this thread inside the block."""
    token = _active.set(attend)
    try:
        yield
    finally:
        _active.reset(token)


def recording_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    is_causal: bool | None = None,
    **keywords: object,
) -> tuple[torch.Tensor, None]:
    """The attention function that transformers calls: (B, heads, N, d) each -> (B, N, heads, d), and no weights.

    Raises:
        ValueError: the model asks for something that this function does not do (a cap on the scores, a position bias,
            causal attention, the weights themselves ...), or for a mask or dropout while attention is recorded.
    """
    # As in transformers: a model that does not say so in the call says it in its layer.
    keywords["is_causal"] = getattr(module, "is_causal", False) if is_causal is None else is_causal
    asked = sorted(name for name, value in keywords.items() if name not in HARMLESS and not _is_off(value))
    if asked:
        raise ValueError(
            f"{type(module).__name__} asks its attention for {', '.join(asked)}, which {IMPLEMENTATION!r} does not do:"
            " load the model with another attn_implementation"
        )
    attend = _active.get()
    if attend is None:
        output = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=attention_mask, dropout_p=dropout, scale=scaling
        )
        return output.transpose(1, 2), None
    if attention_mask is not None or dropout:
        raise ValueError(f"cannot record attention with a mask or with dropout ({dropout = }): use model.eval()")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return attend(query, key, value, scale).transpose(1, 2), None


def _is_off(value: object) -> bool:
    """Whether a keyword asks for nothing: None, False, or the number 0."""
    return value is None or (isinstance(value, (bool, int, float)) and not value)


AttentionInterface.register(IMPLEMENTATION, recording_attention)
