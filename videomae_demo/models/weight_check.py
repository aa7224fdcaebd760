"""Does the model in memory hold what the file holds? Asked after every loading.

Some versions of transformers (5.5.4 to 5.17) load VideoMAE's ``q_bias`` and ``v_bias`` as zeros without a word, and the
answers are then wrong without a word. So every tensor of the file is compared with the loaded one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from transformers import PreTrainedModel

from ..errors import ModelUnavailableError
from ..words import Later, later

Renamed = Mapping[str, str | Callable[[re.Match[str]], str]]
"""Regular expressions of names in the hub's files -> in transformers 5, for ``re.sub``, one after the other."""
TROUBLES = {
    "missing_keys": later("missing keys"),
    "unexpected_keys": later("unexpected keys"),
    "mismatched_keys": later("mismatched keys"),
    "error_msgs": later("errors"),
}
"""What ``from_pretrained`` may have found."""


def check_weights(
    model: PreTrainedModel,
    files: Iterable[Path],
    loading_info: Mapping[str, Collection[object]],
    *,
    renamed: Renamed,
    name: str,
) -> None:
    """Pass silently if the model is the file's, tensor by tensor, in float32.

    Args:
        model: As loaded, in float32.
        files: The safetensors files that it was loaded from.
        loading_info: What ``from_pretrained(..., output_loading_info=True)`` returned.
        renamed: How the file may name weights otherwise than the model.
        name: The model's name, for the sentence.

    Raises:
        ModelUnavailableError: what is missing, too much, or different.
    """
    for trouble, said in TROUBLES.items():
        if found := sorted(map(str, loading_info.get(trouble, ()))):
            _refuse(name, later("{trouble}: {names}", trouble=said, names=_some(found)))
    loaded = model.state_dict()
    unseen = set(loaded)
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118 - not a mapping
                own = _own_name(key, renamed)
                unseen.discard(own)
                if own not in loaded or not torch.equal(tensors.get_tensor(key).float(), loaded[own].cpu()):
                    _refuse(name, later("{key} is not in the model as it is in {file}", key=key, file=file.name))
    if unseen:
        _refuse(name, later("not in the file: {names}", names=_some(sorted(unseen))))


def check_labels(model: PreTrainedModel, *, name: str) -> None:
    """Pass silently if config.json names as many classes as the head has rows, numbered from 0.

    Raises:
        ModelUnavailableError: it does not.
    """
    labels, rows = len(model.config.id2label), model.classifier.weight.shape[0]
    if sorted(model.config.id2label) != list(range(rows)):
        finding = later("config.json names {labels} classes, the head has {rows} rows", labels=labels, rows=rows)
        _refuse(name, finding)


def _own_name(key: str, renamed: Renamed) -> str:
    for pattern, own in renamed.items():
        key = re.sub(pattern, own, key)
    return key


def _some(names: list[str]) -> str:
    first = ", ".join(names[:3])
    return later("{names} and {n} more", names=first, n=len(names) - 3) if len(names) > 3 else first


def _refuse(name: str, finding: Later) -> None:
    raise ModelUnavailableError(
        later(
            "The weights of {name} did not pass the check after loading, so no answer is given ({finding}). The file "
            "may be damaged or made for another program; choose another model.",
            name=name,
            finding=finding,
        )
    )
