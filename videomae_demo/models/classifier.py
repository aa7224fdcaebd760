"""The loaded model: pixel values in, numpy out, and what the explanations need kept at hand."""

from __future__ import annotations

import copy
import hashlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from transformers import PreTrainedModel

from ..records import Device, DType, Geometry, ModelIdentity, OnProgress, Preprocessing
from ..results import Answers
from .attention import one_clip, record_attention
from .familiarity import Calibration, read_calibration
from .families import adapter_of
from .output import ModelOutput
from .shared_passes import BATCH_TOKENS, SharedPasses

_loaded = itertools.count()

KEPT_OUTPUT_BYTES = 400e6
"""How much of the last forward passes stays in memory: three clips of ViT-B in float32, and always the last one."""

KEPT_SHARE = 0.1
"""On a GPU as much of its memory, if that is more: the clips of one batch are mostly asked for their maps next."""

MAX_BATCH_TOKENS = {"cpu": 16 * 1568, "cuda": 128 * 1568}
"""Tokens that go through the encoder at once, by device type; more views are cut into several batches."""


class VideoClassifier:
    """A classifier that never trains: one object a (model, device, dtype), shared by all threads.

    What is its architecture's own is in ``adapter``. The encoder runs in ``dtype``; the head, tiny as it is, always in
    float32 on the CPU, so that the logits are exactly what ``head`` says of what it read.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        identity: ModelIdentity,
        labels: tuple[str, ...],
        geometry: Geometry,
        preprocessing: Preprocessing,
        default_sampling: str,
        device: Device,
        dtype: torch.dtype,
        folder: Path | None = None,
    ) -> None:
        """Takes the model over: freezes it, copies its head in the precision it has now, then moves and casts it.

        Args:
            folder: where there may be numbers for `calibration`.
        """
        self.labels = labels
        self.geometry = geometry
        self.preprocessing = preprocessing
        self.default_sampling = default_sampling
        """A key of ``sampling.SAMPLERS``: how the model was trained."""
        self.adapter = adapter_of(model)
        self.identity = replace(identity, family=self.adapter.title, lacks=tuple(self.adapter.lacks.items()))
        self.head = self.adapter.copy_head()
        self.calibration = read_calibration(folder, self.head) if folder else Calibration()
        self.device = device
        self.dtype = cast(DType, str(dtype).removeprefix("torch."))
        self.model = model.eval().requires_grad_(False).to(device=device, dtype=dtype)
        self.serial = next(_loaded)
        """Which of the classifiers of this process it is, its twins included: never the number of another one."""
        self.lock = threading.Lock()
        """Held by whoever runs the encoder: two passes at once would fight for the same cores and the same memory."""
        self._passes = self._shared(self.most_in_a_pass)

    def with_identity(self, identity: ModelIdentity) -> VideoClassifier:
        """The same weights, lock and kept outputs under another reason for answering."""
        twin = copy.copy(self)
        twin.identity = identity
        return twin

    def with_passes_of(self, most: int | None) -> VideoClassifier:
        """The same weights and lock, and a memory of its own; at most so many views go through in one ``forward``."""
        twin = copy.copy(self)
        twin._passes = self._shared(most or self.most_in_a_pass)
        return twin

    @property
    def most_in_a_pass(self) -> int:
        """Views that share one ``forward`` unless told otherwise."""
        return max(BATCH_TOKENS[torch.device(self.device).type] // self.geometry.num_tokens, 1)

    def _shared(self, most: int) -> SharedPasses[ModelOutput]:
        return SharedPasses(
            self._outputs_of,
            turn=self.lock,
            most=most,
            num_bytes=_num_bytes,
            kept_bytes=lambda: _kept_bytes(torch.device(self.device)),
        )

    def forward(self, pixel_values: np.ndarray, *, on_progress: OnProgress | None = None) -> ModelOutput:
        """What one forward pass leaves, every layer's queries and keys among it; see ``shared_passes``.

        A view seen a moment ago is not run again; views that wait at the same time share a pass, whose matrix products
        round otherwise than a single one's: logits differ by about 1e-6 of their size in float32.

        Args:
            pixel_values: (T, 3, S, S) float32.
            on_progress: Told while it waits and between the layers; may raise, to give up.
        """
        view = np.ascontiguousarray(pixel_values)
        return self._passes.ask(_key(view), view, on_progress)

    def forget(self, pixel_values: np.ndarray) -> None:
        """Remember this view's pass no longer: what nobody may keep, or nobody asks for again."""
        self._passes.forget(_key(np.ascontiguousarray(pixel_values)))

    def _outputs_of(self, pixel_values: np.ndarray, pause: Callable[[float], None]) -> list[ModelOutput]:
        """(B, T, 3, S, S) -> one output a view; the caller holds the lock."""
        with record_attention() as recorder:
            states = self._encode(self._embed(pixel_values), before_layer=pause)
            logits = self._read_out(states)
        scores = self._familiarity(states, logits)
        tokens = states[:, self.adapter.num_prefix :].float()
        return [
            ModelOutput(
                logits=logits[item],
                trace=self.adapter.trace(recorder, item),
                tokens=one_clip(tokens, item),
                head=self.head,
                geometry=self.geometry,
                familiarity=None if scores is None else float(scores[item]),
            )
            for item in range(len(pixel_values))
        ]

    @property
    def temperature(self) -> float:
        """What logits are divided by wherever they become probabilities."""
        return self.calibration.temperature

    def answers(self, pixel_values: np.ndarray) -> Answers:
        """All that a prediction needs, of many views.

        Args:
            pixel_values: (B, T, 3, S, S) float32.
        """
        step = self._views_at_once(self.geometry.num_tokens)
        logits, scores = [], []
        for start in range(0, len(pixel_values), step):
            with self.lock:
                states = self._encode(self._embed(pixel_values[start : start + step]))
                logits.append(self._read_out(states))
                scores.append(self._familiarity(states, logits[-1]))
        if self.calibration.weights is None:
            familiarity = None
        else:
            familiarity = np.concatenate([np.empty(0, np.float32), *(score for score in scores if score is not None)])
        empty = np.empty((0, len(self.labels)), np.float32)
        return Answers(np.concatenate([empty, *logits]), familiarity, self.temperature)

    def logits(self, pixel_values: np.ndarray, *, keep: np.ndarray | None = None) -> np.ndarray:
        """Logits only, of many views; with ``keep``, of tokens really left out of the encoder.

        Args:
            pixel_values: (B, T, 3, S, S) float32; or, with ``keep``, one view for all rows, (T, 3, S, S): its tokens
                are then embedded only once.
            keep: (B, N) bool, the tokens that enter the encoder: the same number, at least one, in every row. The kept
                ones keep their positions.

        Returns:
            (B, num_labels) float32.

        Raises:
            ValueError: ``keep`` has another shape, differs in its number of tokens, or leaves out a token that the
                model reads its answer from.
        """
        one_view = keep is not None and pixel_values.ndim == 4
        batch = len(keep) if keep is not None and one_view else len(pixel_values)
        if keep is not None:
            self._check_keep(keep, batch)
        num_tokens = self.geometry.num_tokens if keep is None else int(keep[0].sum())
        step = self._views_at_once(num_tokens)
        embedded = self._embed(pixel_values[None]) if one_view else None
        parts = []
        for start in range(0, batch, step):
            rows = slice(start, start + step)
            with self.lock:
                states = self._embed(pixel_values[rows]) if embedded is None else embedded
                positions = None
                if keep is not None:
                    states, positions = _keep_tokens(states, torch.from_numpy(keep[rows]).to(self.device))
                parts.append(self._read_out(self._encode(states, positions)))
        return np.concatenate(parts) if parts else np.empty((0, len(self.labels)), np.float32)

    def features(self, pixel_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the head reads, and every token behind it, of a batch of views.

        Args:
            pixel_values: (B, T, 3, S, S) float32; B times N is for the caller to keep within memory.

        Returns:
            (B, D) and (B, N, D) float32: the pooled features before the head, and the encoder's last hidden states.
        """
        with self.lock:
            states = self._encode(self._embed(pixel_values))
            pooled = self.adapter.read(states)
        return pooled.float().cpu().numpy(), states[:, self.adapter.num_prefix :].float().cpu().numpy()

    @torch.no_grad()  # not inference_mode: its tensors could never take part in a gradient later
    def _embed(self, pixel_values: np.ndarray) -> torch.Tensor:
        """(B, T, 3, S, S) -> (B, P + N, D): what enters the first layer."""
        writable = np.require(pixel_values, requirements=["C", "W"])  # a broadcast view is neither
        return self.adapter.embed(torch.from_numpy(writable).to(self.device, self.model.dtype))

    @torch.no_grad()
    def _encode(
        self,
        states: torch.Tensor,
        positions: torch.Tensor | None = None,
        before_layer: Callable[[float], None] | None = None,
    ) -> torch.Tensor:
        """(B, P + n, D) -> (B, P + n, D): the encoder's last hidden states, before the readout."""
        return self.adapter.encode(states, positions, before_layer)

    @torch.no_grad()
    def _read_out(self, states: torch.Tensor) -> np.ndarray:
        """(B, P + n, D) -> (B, num_labels): the model's own last steps, the head's in float32."""
        return self.head.logits(self.adapter.read(states).cpu()).numpy()

    @torch.no_grad()
    def _familiarity(self, states: torch.Tensor, logits: np.ndarray) -> np.ndarray | None:
        """(B, P + N, D) and (B, num_labels) -> (B,) scores; None where the checkpoint has no numbers for them."""
        tokens = states[:, self.adapter.num_prefix :]
        score = self.calibration.score(tokens, torch.from_numpy(logits), self.geometry.grid[0])
        return None if score is None else score.numpy()

    def _views_at_once(self, num_tokens: int) -> int:
        return max(MAX_BATCH_TOKENS[torch.device(self.device).type] // num_tokens, 1)

    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell these weights, and their calibration, from the next ones of the same name."""
        digest = hashlib.blake2b(digest_size=8)
        if self.calibration.weights is not None:
            digest.update(f"{self.temperature} {self.calibration.offset}".encode())
            digest.update(self.calibration.weights.numpy().tobytes())
        for parameter in self.model.parameters():
            digest.update(parameter.cpu().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def _check_keep(self, keep: np.ndarray, batch: int) -> None:
        counts = keep.sum(axis=1) if keep.ndim == 2 else np.array([])
        if keep.dtype != bool or keep.shape != (batch, self.geometry.num_tokens):
            raise ValueError(f"{keep.shape = }, {keep.dtype = }; expected ({batch}, {self.geometry.num_tokens}) bool")
        if len(set(counts.tolist())) > 1 or (batch and counts[0] == 0):
            raise ValueError(f"every row must keep the same number of tokens, at least one; they keep {counts}")
        for token in self.adapter.pinned:
            if not keep[:, token].all():
                raise ValueError(f"this model reads its answer from token {token}, which keep leaves out")


def _keep_tokens(states: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B or 1, P + N, D) and (B, N) bool -> (B, P + kept, D), in order, and (B, kept), which of the N they are.

    Without a prefix it is what ``bool_masked_pos`` does in transformers.
    """
    rows = len(keep)
    prefix = keep.new_ones(rows, states.shape[1] - keep.shape[1])
    kept = states.expand(rows, -1, -1)[torch.cat([prefix, keep], dim=1)]
    return kept.view(rows, -1, states.shape[-1]), keep.nonzero()[:, 1].view(rows, -1)


def _key(view: np.ndarray) -> bytes:
    return hashlib.blake2b(view.data, digest_size=16).digest()


def _kept_bytes(device: torch.device) -> float:
    # Asked when it counts, not before: on ZeroGPU the process that loads the model has no GPU.
    if device.type != "cuda":
        return KEPT_OUTPUT_BYTES
    return max(KEPT_OUTPUT_BYTES, KEPT_SHARE * torch.cuda.get_device_properties(device).total_memory)


def _num_bytes(output: ModelOutput) -> int:
    trace = output.trace
    return sum(tensor.nbytes for tensor in (*trace.queries, *trace.keys, output.tokens))
