"""The machine: its name, and its own rate of matrix products, which times are compared with."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...models import VideoClassifier

PRODUCTS = 8
"""Matrix products that are timed as one, so that a moment's disturbance does not decide the machine's rate."""
MATRIX_SHAPE = {"cpu": (1568, 768, 3072), "cuda": (8192, 8192, 8192)}
"""Rows, inner and columns: ViT-B's own largest product on a CPU, one that fills a GPU there."""


def matrix_products(device: str, dtype: str) -> Callable[[np.ndarray], object]:
    """What is timed for the machine's own rate."""
    import torch

    rows, inner, columns = MATRIX_SHAPE[device]
    left = torch.randn(rows, inner).to(device, getattr(torch, dtype))
    right = torch.randn(columns, inner).to(device, getattr(torch, dtype))

    def run(_: np.ndarray) -> None:
        for _product in range(PRODUCTS):
            torch.nn.functional.linear(left, right)

    return run


def flop_count(classifier: VideoClassifier) -> float:
    """Floating-point operations of one clip's forward pass: two a multiply-add; maps are not counted as work."""
    from ...explain.inside.parts import measure_anatomy

    return 2.0 * measure_anatomy(classifier.model).multiply_adds


def machine(device: str) -> dict[str, Any]:
    """What the report says of the device, its threads and the versions of the libraries."""
    import torch
    import transformers

    cpu = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", cpu.read_text(encoding="utf-8")) if cpu.exists() else None
    name = found[1] if found else platform.processor()
    if device == "cuda":
        name = torch.cuda.get_device_name()
    return {
        "device": device,
        "name": name,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
