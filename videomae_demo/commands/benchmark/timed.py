"""What is timed, and how: a clip of noise, and the seconds until the device has really done the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ...records import Geometry


def noise_clip(geometry: Geometry, seed: int) -> np.ndarray:
    """(T, 3, S, S) float32, another one for each seed."""
    shape = (geometry.num_frames, 3, geometry.image_size, geometry.image_size)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def timed(work: Callable[[np.ndarray], Any], clip: np.ndarray, device: str) -> tuple[float, Any]:
    """(seconds, result); a GPU has finished by then."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()
    start = time.perf_counter()
    result = work(clip)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result
