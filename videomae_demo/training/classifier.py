"""Supervised training of the classifier: the recipe, and one step of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import VideoMAEConfig, VideoMAEForPreTraining, VideoMAEForVideoClassification, VideoMAEModel

from videomae_demo.errors import BadRequestError
from videomae_demo.training.attention import use_training_attention
from videomae_demo.training.checkpoint import export
from videomae_demo.training.optimiser import Ema, Optimisers
from videomae_demo.training.pairs import join, pairs, select, shuffle_frames
from videomae_demo.training.pca import start_patch_embedding
from videomae_demo.training.pool import ClipBatch, ClipPool
from videomae_demo.training.render import CLASSES, MIRROR_TIME, MOTION_CLASSES, MOTION_TARGETS
from videomae_demo.training.render.worlds import STUDIO, WORLDS
from videomae_demo.training.schedule import kept_places, learning_rate_factor
from videomae_demo.training.stream import ClipStream
from videomae_demo.training.tokens import (
    TUBELET_SIZE,
    box_coverage,
    every_place,
    guided_places,
    kept_tubelets,
    token_ids,
)
from videomae_demo.training.unlike.stream import StrangeStream

NUM_FRAMES = 16
FIRST_STRANGERS = 32
"""Strange clips before the first step, where there are any."""
VALIDATION_SEED = 1_000_003
"""Seeds of training runs are small numbers; clips of this seed are never trained on."""

_ORDERED = np.array([i for i, name in enumerate(CLASSES) if name in MIRROR_TIME])
"""Ids of the labels that only the order of the frames tells from another."""


@dataclass(frozen=True)
class ClassifierRecipe:
    """Everything that decides the outcome of a run, up to rounding."""

    steps: int
    seed: int = 0
    num_labels: int = len(CLASSES)
    """The first so many of `CLASSES`."""
    image_size: int = 96
    patch_size: int = 12
    hidden_size: int = 192
    num_hidden_layers: int = 4
    num_attention_heads: int = 3
    clips_per_step: int = 8
    """Each comes with its reversal: the batch is twice as large."""
    new_clips_per_step: int = 6
    pool_size: int = 1500
    first_clips: int = 512
    muon_lr: float | None = 3e-3
    """None trains the matrices by AdamW as well."""
    adamw_lr: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    ema_decay: float = 0.999
    auxiliary_weight: float = 1.0
    guided: bool = True
    """Whether the places that the mover touches are kept first."""
    first_kept: float = 0.25
    last_kept: float = 0.8
    kept_ramp: float = 0.22
    pca_start: bool = True
    start_from: str | None = None
    """A folder with a pre-trained model whose encoder the run starts from, patch embedding and all."""
    calm_until: float = 0.15
    """The share of the run over which calm clips give way to full difficulty."""
    plateau: float = 0.0
    """The share of the run at the peak learning rate; the rest is one cosine."""
    gentlest: float = 0.0
    """How much less than all the others are spoilt, at most; evenly from 0 on."""
    worlds: tuple[str, ...] = (STUDIO,)
    """Keys of `WORLDS` that clips are rendered in."""
    motion_repeats: int = 1
    """How often the motions of things are drawn for each time that an action of figures is: they are harder."""
    flat_clips_per_step: int = 0
    """Clips with shuffled frames in each batch, for which no class may be likelier than another."""
    strange_pool_size: int = 600
    new_strange_clips_per_step: int = 1
    strange_clips_per_step: int = 0
    """Clips with none of the classes' motions in each batch, flat as well (Hendrycks et al. 2019, arXiv 1812.04606)."""

    def stream(self) -> ClipStream:
        """The training clips."""
        ids = range(self.num_labels)
        motions = [i for i in ids if CLASSES[i] in MOTION_CLASSES]
        return ClipStream(
            seed=self.seed,
            size=self.image_size,
            calm_until=int(self.calm_until * (self.first_clips + self.steps * self.new_clips_per_step)),
            labels=tuple(motions * (self.motion_repeats - 1)) + tuple(ids),
            worlds=self.worlds,
            gentlest=self.gentlest,
        )

    def config(self) -> VideoMAEConfig:
        """The model's configuration, as transformers writes it beside the weights."""
        names = CLASSES[: self.num_labels]
        return VideoMAEConfig(
            image_size=self.image_size,
            patch_size=self.patch_size,
            num_frames=NUM_FRAMES,
            tubelet_size=TUBELET_SIZE,
            hidden_size=self.hidden_size,
            num_hidden_layers=self.num_hidden_layers,
            num_attention_heads=self.num_attention_heads,
            intermediate_size=4 * self.hidden_size,
            initializer_range=0.06,  # 0.02 is for widths of 768 and more
            use_mean_pooling=True,
            id2label=dict(enumerate(names)),
            label2id={name: i for i, name in enumerate(names)},
        )


PRESETS: dict[str, dict[str, Any]] = {
    "studio": {},
    "worlds": {
        "image_size": 112,
        "patch_size": 8,
        "num_hidden_layers": 6,
        "new_clips_per_step": 5,
        "pool_size": 2500,
        "first_clips": 640,
        "first_kept": 0.17,
        "last_kept": 0.6,
        "kept_ramp": 0.12,
        "calm_until": 0.1,
        "gentlest": 0.6,
        "plateau": 0.7,
        "worlds": tuple(WORLDS),
        "motion_repeats": 2,
        "flat_clips_per_step": 2,
    },
}
PRESETS["gpu"] = PRESETS["worlds"] | {
    "hidden_size": 256,
    "num_attention_heads": 4,
    "clips_per_step": 64,
    "new_clips_per_step": 21,
    "pool_size": 24000,
    "first_clips": 2048,
    "muon_lr": 4e-3,
    "adamw_lr": 1.5e-3,
    "auxiliary_weight": 1.5,
    "first_kept": 0.25,
    "last_kept": 0.9,
    "kept_ramp": 0.22,
    "plateau": 0.45,
    "flat_clips_per_step": 12,
    "strange_pool_size": 4000,
    "strange_clips_per_step": 12,
}
"""Name -> fields of the recipe that differ from its defaults, which are those of the first bundled checkpoint."""


class AuxiliaryHead(nn.Module):
    """What every token should know: how much of it is mover, and how that moves. Used in training only."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.linear = nn.Linear(hidden_size, 1 + len(MOTION_TARGETS))

    def loss(self, tokens: torch.Tensor, inside: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of the mover's share plus the error of its motion where it is.

        Args:
            tokens: (B, N, D).
            inside: (B, N) the share of the token inside the mover's box, in [0, 1].
            motion: (B, N, M).
        """
        answer = self.linear(self.norm(tokens.float()))
        where = F.binary_cross_entropy_with_logits(answer[..., 0], inside)
        error = F.smooth_l1_loss(answer[..., 1:], motion, reduction="none").mean(-1)
        weight = inside / inside.sum(dim=1, keepdim=True).clamp(min=1e-3)  # small movers count as much as large ones
        return where + (error * weight).sum(dim=1).mean()


def encode(videomae: VideoMAEModel, tubelets: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """The encoder of transformers on some of the tokens.

    Args:
        videomae: the model.
        tubelets: (B, N, F), see `kept_tubelets`.
        ids: (B, N) places of the tokens in the full sequence.

    Returns:
        (B, N, D) hidden states of the last layer.
    """
    embeddings = videomae.embeddings
    projection = embeddings.patch_embeddings.projection
    # A convolution whose stride is its kernel is one matrix product; torch's Conv3d is many times slower.
    hidden = F.linear(tubelets, projection.weight.flatten(1), projection.bias)
    hidden = hidden + embeddings.position_embeddings[0].to(hidden)[ids]
    for layer in videomae.encoder.layer:
        hidden = layer(hidden)
    return hidden


def logits_of(model: VideoMAEForVideoClassification, hidden: torch.Tensor) -> torch.Tensor:
    """(B, N, D) hidden states -> (B, labels) float32."""
    return model.classifier(model.fc_norm(hidden.float().mean(dim=1)))


def start_from_pretrained(model: VideoMAEForVideoClassification, folder: str) -> None:
    """Copy a masked autoencoder's patch embedding and encoder layers into the classifier.

    Raises:
        BadRequestError: the two encoders differ in size, heads included.
    """
    pretrained = VideoMAEForPreTraining.from_pretrained(folder, dtype=torch.float32)
    mine, theirs = model.config, pretrained.config
    sizes = ("image_size", "patch_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    different = [name for name in sizes if getattr(mine, name) != getattr(theirs, name)]
    if different:
        raise BadRequestError(f"The encoder in {folder} differs from the recipe's in {', '.join(different)}.")
    model.videomae.embeddings.load_state_dict(pretrained.videomae.embeddings.state_dict())
    model.videomae.encoder.load_state_dict(pretrained.videomae.encoder.state_dict())


class ClassifierRun:
    """A training run: the model, its optimisers, the moving average and the clips."""

    def __init__(self, recipe: ClassifierRecipe, device: torch.device, workers: int, *, fresh: bool = True) -> None:
        """A run whose state is loaded anyway needs no start from data: `fresh` says whether it does."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        config = recipe.config()
        self.model = VideoMAEForVideoClassification(config)
        use_training_attention(self.model, device)
        self.auxiliary = AuxiliaryHead(config.hidden_size).to(device)
        stream = recipe.stream()
        self.pool = ClipPool(stream, recipe.pool_size, workers, device)
        strange = StrangeStream(recipe.seed, recipe.image_size)
        self.strangers = ClipPool(strange, recipe.strange_pool_size, min(workers, 1), device)
        if recipe.start_from and fresh:
            start_from_pretrained(self.model, recipe.start_from)
        elif recipe.pca_start and fresh:
            self._start_from_pca(stream)
        self.model.to(device)
        self.optimisers = Optimisers(
            [self.model, self.auxiliary],
            muon_lr=recipe.muon_lr,
            adamw_lr=recipe.adamw_lr,
            weight_decay=recipe.weight_decay,
        )
        self.ema = Ema(self.model, recipe.ema_decay)
        self._side = recipe.image_size // recipe.patch_size
        self._validation: ClipBatch | None = None

    def _start_from_pca(self, stream: ClipStream) -> None:
        """Fit the patch embedding to the first clips."""
        rgb = ClipBatch.of([stream.clip(i) for i in range(64)]).rgb
        side = self.recipe.image_size // self.recipe.patch_size
        tubelets = kept_tubelets(rgb, every_place(len(rgb), side**2), self.recipe.patch_size)
        start_patch_embedding(self.model.videomae.embeddings.patch_embeddings.projection, tubelets.flatten(0, 1))

    def step(self, step: int) -> dict[str, float | torch.Tensor]:
        """One update; returns what to log."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, step])
        self.pool.grow_to(recipe.first_clips + step * recipe.new_clips_per_step)
        batch = pairs(self.pool.draw(recipe.clips_per_step, rng), self.pool.draw(recipe.clips_per_step, rng), rng)
        flat = self._shuffled(batch, rng)
        if recipe.strange_clips_per_step:
            self.strangers.grow_to(FIRST_STRANGERS + step * recipe.new_strange_clips_per_step)
            flat = join(flat, self.strangers.draw(recipe.strange_clips_per_step, rng))
        count = len(batch.rgb)
        batch = join(batch, flat)
        num_kept = kept_places(
            step,
            recipe.steps,
            self._side**2,
            first=recipe.first_kept,
            last=recipe.last_kept,
            ramp=recipe.kept_ramp,
        )
        coverage = box_coverage(batch.boxes, self._side)  # (B, T', S)
        touched = (coverage > 0).any(dim=1) & recipe.guided
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**63)))
        places = guided_places(touched, num_kept, generator)
        labels = batch.index(batch.label_ids[:count])
        hidden = self._hidden(self.model, batch.rgb, places)
        logits = logits_of(self.model, hidden)
        class_loss = F.cross_entropy(logits[:count], labels, label_smoothing=recipe.label_smoothing)
        loss = class_loss
        if len(flat.rgb):
            evenness = -F.log_softmax(logits[count:], dim=-1).mean()
            loss = (count * loss + len(flat.rgb) * evenness) / len(batch.rgb)
        if recipe.auxiliary_weight:
            inside, motion = self._auxiliary_targets(coverage[:count], batch.motion[:count], places[:count])
            loss = loss + recipe.auxiliary_weight * self.auxiliary.loss(hidden[:count], inside, motion)
        loss.backward()
        self.optimisers.step(learning_rate_factor(step, recipe.steps, plateau=recipe.plateau))
        self.ema.update(step)
        return {
            "loss": loss.detach(),
            "class_loss": class_loss.detach(),
            "accuracy": (logits[:count].argmax(-1) == labels).float().mean(),
            "kept": num_kept,
        }

    def _shuffled(self, batch: ClipBatch, rng: np.random.Generator) -> ClipBatch:
        """The step's flat clips, of those whose order matters: a shuffled blink is still a blink."""
        matters = np.flatnonzero(np.isin(batch.label_ids, _ORDERED))
        return shuffle_frames(select(batch, rng.permutation(matters)[: self.recipe.flat_clips_per_step]), rng)

    def _hidden(self, model: VideoMAEForVideoClassification, rgb: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """(B, T, H, W, 3) uint8 clips, kept places -> (B, N, D)."""
        tubelets = kept_tubelets(rgb.to(self.device), places, self.recipe.patch_size)
        ids = token_ids(places, NUM_FRAMES // TUBELET_SIZE, self._side**2)
        with torch.autocast(self.device.type, torch.bfloat16):
            return encode(model.videomae, tubelets.bfloat16(), ids)

    def _auxiliary_targets(
        self, coverage: torch.Tensor, motion: torch.Tensor, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Targets of the kept tokens: (B, N) share inside the mover, (B, N, M) motion."""
        slices = coverage.shape[1]
        inside = coverage.gather(2, places[:, None].expand(-1, slices, -1)).flatten(1)
        per_slice = motion.reshape(len(motion), slices, TUBELET_SIZE, -1).mean(dim=2)
        return inside, per_slice.repeat_interleave(places.shape[1], dim=1)

    @torch.no_grad()
    def validate(self, per_class: int = 10) -> dict[str, object]:
        """Accuracy of the averaged weights on fresh clips, all tokens, for the learning curve."""
        labels = self.recipe.num_labels
        # Worlds that were left out of the training are validated on, too: that is what leaving them out is for.
        worlds = tuple(WORLDS) if len(self.recipe.worlds) > 1 else self.recipe.worlds
        stream = ClipStream(VALIDATION_SEED, self.recipe.image_size, 0, labels=tuple(range(labels)), worlds=worlds)
        if self._validation is None or len(self._validation.rgb) != labels * per_class:
            self._validation = ClipBatch.of([stream.clip(i) for i in range(labels * per_class)])
        average = self._averaged()
        average.set_attn_implementation("sdpa")  # the fastest forwards; it is backwards that it is slow
        logits = torch.cat(
            [
                logits_of(average, self._hidden(average, part, every_place(len(part), self._side**2).to(self.device)))
                for part in self._validation.rgb.split(10)
            ]
        )
        truth = torch.from_numpy(self._validation.label_ids).to(self.device)
        hit = logits.argmax(-1) == truth
        by_class = hit.view(per_class, labels).float().mean(0)
        world_of = np.array([stream.world(i) for i in range(len(hit))])
        return {
            "validation_top1": hit.float().mean().item(),
            "validation_top5": (logits.topk(5).indices == truth[:, None]).any(-1).float().mean().item(),
            "by_class": {CLASSES[i]: round(by_class[i].item(), 2) for i in range(labels)},
            "by_world": {
                world: round(hit[torch.from_numpy(world_of == world)].float().mean().item(), 3) for world in worlds
            },
        }

    def _averaged(self) -> VideoMAEForVideoClassification:
        model = VideoMAEForVideoClassification(self.recipe.config()).to(self.device).eval()
        use_training_attention(model, self.device)
        return self.ema.copy_to(model)

    def state_dict(self) -> dict[str, object]:
        """All that a resumed run needs; clips and random choices follow from the recipe and the step."""
        return {
            "model": self.model.state_dict(),
            "auxiliary": self.auxiliary.state_dict(),
            "optimisers": self.optimisers.state_dict(),
            "average": self.ema.average,
        }

    def load_state_dict(self, state: dict) -> None:
        """Back to where `state_dict` was called."""
        self.model.load_state_dict(state["model"])
        self.auxiliary.load_state_dict(state["auxiliary"])
        self.optimisers.load_state_dict(state["optimisers"])
        self.ema.average = state["average"]

    def export(self, folder: Path) -> None:
        """Write the averaged weights as transformers does."""
        export(self._averaged(), folder, image_size=self.recipe.image_size)
