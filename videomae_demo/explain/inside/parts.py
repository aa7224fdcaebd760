"""What a model is made of, measured on the model itself: parameters and multiply-adds, part by part."""

from __future__ import annotations

import re
from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from transformers import PreTrainedModel

from ...models.families import Adapter, adapter_of
from .records import Anatomy, Part


def measure_anatomy(model: PreTrainedModel) -> Anatomy:
    """Counts of one clip's way through a model of this configuration.

    The multiply-adds are counted by running a twin without weights or numbers (torch's ``meta`` device), whose
    attention is two plain matrix products. LayerNorm, softmax and GELU are no matrix products and are not counted, as
    is usual.
    """
    adapter = adapter_of(model)
    geometry = adapter.geometry(model.config)
    config = type(model.config).from_dict(model.config.to_dict())  # a copy: choosing another attention writes into it
    with torch.device("meta"):
        twin = type(model)._from_config(config, attn_implementation="eager").eval()
        clip = torch.empty(1, geometry.num_frames, 3, geometry.image_size, geometry.image_size)
    counter = _Counter(twin)
    with torch.no_grad(), counter:
        twin(clip)
    work: Counter[str] = Counter()
    for name, flops in counter.flops.items():
        work[_part_of(name, adapter)] += flops // 2  # one multiplication and one addition
    parameters: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        parameters[_part_of(name, adapter)] += parameter.numel()
    return Anatomy(
        num_layers=adapter.num_attentions,
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        mlp_size=adapter.mlp_size,
        num_labels=config.num_labels,
        readout=adapter.readout,
        positions=adapter.positions,
        num_prefix=adapter.num_prefix,
        parts=tuple(Part(key, title, parameters[key], work[key]) for key, title, _ in adapter.parts),
    )


class _Counter(TorchDispatchMode):
    """Floating point operations by the full name of the innermost module that they ran in.

    torch's own ``FlopCounterMode`` learns the names by hooks on every module of the process, and would count the clip
    that another thread's model sees meanwhile. These hooks are on one model only.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.flops: Counter[str] = Counter()
        self._inside: list[str] = []
        for name, module in model.named_modules():
            module.register_forward_pre_hook(lambda *_, name=name: self._inside.append(name))
            module.register_forward_hook(lambda *_: self._leave())

    def _leave(self) -> None:
        self._inside.pop()  # returns nothing: what a hook returns would replace the module's output

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = operator(*args, **(kwargs or {}))
        count = flop_registry.get(operator._overloadpacket)
        if count is not None:
            self.flops[self._inside[-1]] += count(*args, **(kwargs or {}), out_val=result)
        return result


def _part_of(name: str, adapter: Adapter) -> str:
    """The part that a module or parameter belongs to.

    Raises:
        ValueError: none; then transformers has named its modules anew, and no number may go missing silently.
    """
    for key, _, pattern in adapter.parts:
        if re.search(pattern, name):
            return key
    raise ValueError(f"{name} belongs to no part of the model that is known here")
