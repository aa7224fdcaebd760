"""The table of ways to answer a clip, with or without a map, that are measured side by side: its arms."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...explain import METHODS
from ...results import Target

if TYPE_CHECKING:
    import torch

    from ...models import VideoClassifier

Answer = tuple[np.ndarray | None, np.ndarray | None]
"""(num_labels,) logits and the (N,) map, where the arm makes them."""
Run = Callable[[np.ndarray], Answer]


@dataclass(frozen=True)
class Arm:
    """One way to answer a clip."""

    title: str
    dtype: str
    prepare: Callable[[VideoClassifier], Run]
    """The loaded classifier -> what is timed: one clip's (T, 3, S, S) float32 in, the answer out."""
    clips: int = 1
    """How many clips one run answers; seconds are given for one."""
    devices: tuple[str, ...] = ("cpu", "cuda")


def _plain_with_rollout(classifier: VideoClassifier) -> Run:
    """Eager attention, every layer's weights returned, and the full matrix product of rollout."""
    import torch

    model = _transformers_model(classifier, "eager")

    @torch.no_grad()
    def run(pixel_values: np.ndarray) -> Answer:
        outputs = model(_on_device(classifier, pixel_values), output_attentions=True)
        prefix = classifier.adapter.num_prefix
        product = identity = torch.eye(prefix + classifier.geometry.num_tokens, device=classifier.device)
        for attention in outputs.attentions:
            product = (0.5 * attention[0].float().mean(dim=0) + 0.5 * identity) @ product
        row = (product.mean(dim=0) if classifier.head.readout == "mean" else product[0])[prefix:]
        return outputs.logits[0].float().cpu().numpy(), (row / row.mean()).cpu().numpy()

    return run


def _fused_forward(classifier: VideoClassifier) -> Run:
    """transformers' own fused forward pass, without any map."""
    import torch

    model = _transformers_model(classifier, "sdpa")

    @torch.no_grad()
    def run(pixel_values: np.ndarray) -> Answer:
        return model(_on_device(classifier, pixel_values)).logits[0].float().cpu().numpy(), None

    return run


def _with_rollout(classifier: VideoClassifier) -> Run:
    """The answer and the rollout map, as the page asks for them."""
    from ...explain import explain

    def run(pixel_values: np.ndarray) -> Answer:
        # Every round has a clip of its own, so the classifier's memory of the last ones never helps.
        values = explain("rollout", classifier, pixel_values).values
        return classifier.forward(pixel_values).logits, values.ravel()

    return run


def _relevance(classifier: VideoClassifier) -> Run:
    """The map for one class, from the pixels: a forward and a backward pass of its own."""
    from ...explain import explain

    return lambda pixel_values: (None, explain("relevance", classifier, pixel_values, target=Target(0)).values.ravel())


def _batch(classifier: VideoClassifier) -> Run:
    return lambda pixel_values: (classifier.logits(np.stack([pixel_values] * 16))[0], None)


ARMS: Mapping[str, Arm] = {
    "reference": Arm("plain transformers: eager, all maps, full product", "float32", _plain_with_rollout),
    "fused_forward": Arm("transformers' fused forward, no map", "float32", _fused_forward),
    "ours": Arm("ours: answer and rollout", "float32", _with_rollout),
    "relevance": Arm("ours: relevance for a class", "float32", _relevance),
    "fused_forward_half": Arm("transformers' fused forward, no map", "bfloat16", _fused_forward),
    "ours_half": Arm("ours: answer and rollout", "bfloat16", _with_rollout),
    "relevance_half": Arm("ours: relevance for a class", "bfloat16", _relevance, devices=("cuda",)),
    "batch_half": Arm("ours: answers of 16 clips at once", "bfloat16", _batch, clips=16, devices=("cuda",)),
}


def _map_alone(method: str) -> Callable[[VideoClassifier], Run]:
    from ...explain import explain

    def prepare(classifier: VideoClassifier) -> Run:
        return lambda clip: (None, explain(method, classifier, clip, target=Target(0)).values.ravel())

    return prepare


MAPS: Mapping[str, Arm] = {
    method: Arm(row.title, "float32", _map_alone(method)) for method, row in METHODS.items() if row.source != "Baseline"
}
"""Each explanation method alone, by its key, with the forward pass that it needs; with its options as they are."""


def arms_on(device: str) -> dict[str, Arm]:
    """The arms that are measured on this device."""
    return {key: arm for key, arm in ARMS.items() if device in arm.devices}


def _on_device(classifier: VideoClassifier, pixel_values: np.ndarray) -> torch.Tensor:
    import torch

    return torch.from_numpy(pixel_values)[None].to(classifier.device, classifier.model.dtype)


def _transformers_model(classifier: VideoClassifier, implementation: str) -> torch.nn.Module:
    """The same weights, not copied, in a model that transformers makes without anything of ours."""
    config = copy.deepcopy(classifier.model.config)
    twin = type(classifier.model)._from_config(config, attn_implementation=implementation, dtype=classifier.model.dtype)
    twin.load_state_dict(classifier.model.state_dict(), assign=True)
    return twin.eval().requires_grad_(False).to(classifier.model.device)
