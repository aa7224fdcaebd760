"""The loaded pre-training model: a view and a mask in, the hidden patches out."""

from __future__ import annotations

import threading

import numpy as np
import torch
from transformers import VideoMAEForPreTraining

from ..records import Device, Geometry, ModelIdentity, Preprocessing


class MaskedAutoencoder:
    """VideoMAE's encoder and decoder as pre-training left them; never trains, shared by all threads."""

    def __init__(
        self,
        model: VideoMAEForPreTraining,
        *,
        identity: ModelIdentity,
        geometry: Geometry,
        preprocessing: Preprocessing,
        device: Device,
    ) -> None:
        """Takes the model over: freezes and moves it."""
        self.identity = identity
        self.geometry = geometry
        self.preprocessing = preprocessing
        self.device = device
        self.normalised_targets = bool(model.config.norm_pix_loss)
        """Whether it predicts patches without their brightness and contrast."""
        self.model = model.eval().requires_grad_(False).to(device)
        self._lock = threading.Lock()

    def predict_patches(self, pixel_values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """What the decoder paints into the hidden tokens.

        Args:
            pixel_values: (T, 3, S, S) float32.
            hidden: (N,) bool, True where the encoder must not see; at least one of each.

        Returns:
            (number hidden, tubelet_size·patch_size²·3) float32, each patch in the order (t, h, w, colour): pixel values
            in [0, 1], or normalised by patch and colour where ``normalised_targets``.

        Raises:
            ValueError: ``hidden`` has another shape, or hides nothing or everything.
        """
        if hidden.shape != (self.geometry.num_tokens,) or hidden.dtype != bool or not 0 < hidden.sum() < hidden.size:
            raise ValueError(
                f"{hidden.shape = }, {hidden.dtype = }, {int(hidden.sum())} hidden; expected"
                f" ({self.geometry.num_tokens},) bool with both hidden and visible tokens"
            )
        values = torch.from_numpy(np.ascontiguousarray(pixel_values[None])).to(self.device)
        mask = torch.from_numpy(hidden[None]).to(self.device)
        with self._lock, torch.inference_mode():
            predicted = self.model(values, bool_masked_pos=mask).logits[0]
        return predicted.float().cpu().numpy()
