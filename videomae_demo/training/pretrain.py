"""Masked-autoencoder pre-training: the recipe, and one step of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import VideoMAEConfig, VideoMAEForPreTraining

from videomae_demo.models.masking import MASKS, fill_mean, fill_nearest
from videomae_demo.models.reconstruction import psnr_db
from videomae_demo.training.attention import use_fused_attention, use_training_attention
from videomae_demo.training.checkpoint import export
from videomae_demo.training.classifier import NUM_FRAMES, VALIDATION_SEED, encode
from videomae_demo.training.gaussian_start import (
    COPYING_RADII,
    PLACE,
    attend_near,
    copy_values,
    fit_head,
    fit_places,
    free_directions,
    silence,
)
from videomae_demo.training.optimiser import Ema, Optimisers
from videomae_demo.training.pca import whitened_components
from videomae_demo.training.pool import ClipBatch, ClipPool
from videomae_demo.training.render.worlds import STUDIO, WORLDS
from videomae_demo.training.schedule import learning_rate_factor
from videomae_demo.training.stream import ClipStream
from videomae_demo.training.tokens import TUBELET_SIZE, all_patches, normalised

MSE_FLOOR = 5e-4
"""Added to a clip's error before the logarithm: 33 dB, beyond which a clip is good enough."""
DECODED_SHARE = 0.25
"""Share of the hidden tokens that are decoded in each step; a sample of them gives the same gradient on average."""
ALL_DECODED = 0.1
"""Final share of the run in which all of them are, as in use."""
MASK_SIZE = 6.0
"""Length of the mask token at the start, about that of a token's content."""


@dataclass(frozen=True)
class PretrainRecipe:
    """Everything that decides the outcome of a run, up to rounding."""

    steps: int
    seed: int = 0
    image_size: int = 96
    patch_size: int = 12
    hidden_size: int = 192
    num_hidden_layers: int = 4
    num_attention_heads: int = 6
    decoder_hidden_size: int = 160
    decoder_num_hidden_layers: int = 4
    decoder_num_attention_heads: int = 5
    clips_per_step: int = 8
    new_clips_per_step: int = 2
    pool_size: int = 1000
    first_clips: int = 512
    muon_lr: float = 3e-3
    adamw_lr: float = 1e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.999
    lowest_ratio: float = 0.5
    highest_ratio: float = 0.9
    calm_until: float = 0.3
    calm_floor: float = 0.4
    gentlest: float = 0.0
    """How much less than all the others the clips that are not calm are spoilt, at most; evenly from 0 on."""
    worlds: tuple[str, ...] = (STUDIO,)
    """Keys of `WORLDS` that clips are rendered in, by their shares; one that is named twice counts twice."""
    plateau: float = 0.0
    """The share of the run at the peak learning rate; the rest is one cosine."""
    slices: tuple[int, ...] = (NUM_FRAMES // TUBELET_SIZE,)
    """How many of a clip's time slices a step may use, drawn anew for each; it takes more clips accordingly."""
    all_slices: float = 0.1
    """Final share of the run in which all are used, as in use."""
    tube_share: float = 0.5
    """Of the masks; the others are random."""

    def stream(self) -> ClipStream:
        """The training clips."""
        return ClipStream(
            seed=self.seed,
            size=self.image_size,
            calm_until=int(self.calm_until * (self.first_clips + self.steps * self.new_clips_per_step)),
            calm_floor=self.calm_floor,
            worlds=self.worlds,
            gentlest=self.gentlest,
        )

    def config(self) -> VideoMAEConfig:
        """The model's configuration, as transformers writes it beside the weights."""
        return VideoMAEConfig(
            image_size=self.image_size,
            patch_size=self.patch_size,
            num_frames=NUM_FRAMES,
            tubelet_size=TUBELET_SIZE,
            hidden_size=self.hidden_size,
            num_hidden_layers=self.num_hidden_layers,
            num_attention_heads=self.num_attention_heads,
            intermediate_size=4 * self.hidden_size,
            decoder_hidden_size=self.decoder_hidden_size,
            decoder_num_hidden_layers=self.decoder_num_hidden_layers,
            decoder_num_attention_heads=self.decoder_num_attention_heads,
            decoder_intermediate_size=4 * self.decoder_hidden_size,
            initializer_range=0.06,  # 0.02 is for widths of 768 and more
            norm_pix_loss=False,
        )


PRESETS: dict[str, dict[str, Any]] = {
    "studio": {},
    "worlds": {
        "image_size": 112,
        "patch_size": 8,
        "decoder_hidden_size": 192,
        "decoder_num_hidden_layers": 5,
        "decoder_num_attention_heads": 6,
        "clips_per_step": 4,
        "new_clips_per_step": 3,
        "pool_size": 1500,
        "ema_decay": 0.998,
        "calm_until": 0.1,
        "gentlest": 0.6,
        "worlds": (STUDIO, STUDIO, *WORLDS),
        "plateau": 0.6,
        "slices": (1, 2, 4),
        "all_slices": 0.2,
        "tube_share": 0.7,
        "lowest_ratio": 0.55,
        "highest_ratio": 0.92,
    },
}
PRESETS["gpu"] = PRESETS["worlds"] | {
    "clips_per_step": 16,
    "new_clips_per_step": 4,
    "pool_size": 8000,
    "ema_decay": 0.999,
}
"""Name -> fields of the recipe that differ from its defaults, which are those of the first bundled checkpoint."""


def split_ids(hidden: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, N) bool masks with the same count in every row -> (B, visible), (B, hidden) token ids, ascending."""
    order = torch.from_numpy(hidden).int().argsort(dim=1, stable=True)
    visible = int((~hidden[0]).sum())
    return order[:, :visible], order[:, visible:]


def predict(
    model: VideoMAEForPreTraining, patches: torch.Tensor, visible_ids: torch.Tensor, wanted_ids: torch.Tensor
) -> torch.Tensor:
    """The pixels of the wanted tokens, from the visible ones: what the model's own `forward` does, for any subset.

    Args:
        model: encoder and decoder.
        patches: (B, N, 2, p, p, 3) uint8, all tokens.
        visible_ids: (B, V) tokens that the encoder sees.
        wanted_ids: (B, W) hidden tokens to predict.

    Returns:
        (B, W, 2·p·p·3) float32, pixel values, 1 is white.
    """
    clip = torch.arange(len(patches), device=patches.device)[:, None]
    with torch.autocast(patches.device.type, torch.bfloat16):
        tubelets = normalised(patches[clip, visible_ids]).bfloat16()
        seen = model.encoder_to_decoder(encode(model.videomae, tubelets, visible_ids))
        positions = model.position_embeddings[0].to(seen)
        sequence = torch.cat([seen + positions[visible_ids], model.mask_token + positions[wanted_ids]], dim=1)
        for layer in model.decoder.decoder_layers:
            sequence = layer(sequence)
        asked = sequence[:, visible_ids.shape[1] :]
    return model.decoder.head(model.decoder.norm(asked.float()))


class PretrainRun:
    """A pre-training run: encoder and decoder, optimisers, the moving average and the clips."""

    def __init__(self, recipe: PretrainRecipe, device: torch.device, workers: int, *, fresh: bool = True) -> None:
        """A run whose state is loaded anyway needs no start from data: `fresh` says whether it does."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.model = VideoMAEForPreTraining(recipe.config())
        use_training_attention(self.model, device)
        stream = recipe.stream()
        self.pool = ClipPool(stream, recipe.pool_size, workers, device)
        if fresh:
            start_from_data(self.model, ClipBatch.of([stream.clip(i) for i in range(64)]).rgb)
        self.model.to(device)
        self.optimisers = Optimisers(
            [self.model], muon_lr=recipe.muon_lr, adamw_lr=recipe.adamw_lr, weight_decay=recipe.weight_decay
        )
        self.ema = Ema(self.model, recipe.ema_decay)
        side = recipe.image_size // recipe.patch_size
        self.grid = (NUM_FRAMES // TUBELET_SIZE, side, side)
        self._validation: list[tuple[torch.Tensor, dict[str, tuple[np.ndarray, float]]]] = []

    def step(self, step: int) -> dict[str, float | torch.Tensor]:
        """One update; returns what to log."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, step])
        self.pool.grow_to(recipe.first_clips + step * recipe.new_clips_per_step)
        slices = self.grid[0]
        if step < (1 - recipe.all_slices) * recipe.steps:
            slices = int(rng.choice(recipe.slices))
        rgb = self.pool.draw(recipe.clips_per_step * self.grid[0] // slices, rng).rgb
        rgb = flipped(rgb, rng)
        shown = np.sort(rng.permutation(self.grid[0])[:slices])
        places = self.grid[1] * self.grid[2]
        # Whole tubes, so that both kinds of mask hide equally many tokens and fit into one batch.
        ratio = round(rng.uniform(recipe.lowest_ratio, recipe.highest_ratio) * places) / places
        kinds = np.where(rng.random(len(rgb)) < recipe.tube_share, "tube", "random")
        hidden = np.stack([MASKS[kind].draw((slices, *self.grid[1:]), ratio, rng) for kind in kinds])
        ids = torch.from_numpy((shown[:, None] * places + np.arange(places)).ravel())
        visible_ids, hidden_ids = (ids[chosen] for chosen in split_ids(hidden))
        if step < (1 - ALL_DECODED) * recipe.steps:
            count = round(DECODED_SHARE * hidden_ids.shape[1])
            chosen = torch.from_numpy(np.argsort(rng.random(hidden_ids.shape), axis=1)[:, :count])
            hidden_ids = hidden_ids.gather(1, chosen)
        patches = all_patches(rgb, recipe.patch_size)
        visible_ids, hidden_ids = visible_ids.to(self.device), hidden_ids.to(self.device)
        predicted = predict(self.model, patches, visible_ids, hidden_ids)
        clip = torch.arange(len(patches), device=self.device)[:, None]
        truth = patches[clip, hidden_ids].flatten(2).float() / 255
        mse = (predicted - truth).square().mean(dim=(1, 2))
        # In the logarithm a plain clip's last bit of error counts as much as a busy clip's first: that is PSNR.
        loss = (mse + MSE_FLOOR).log().mean()
        loss.backward()
        self.optimisers.step(learning_rate_factor(step, recipe.steps, plateau=recipe.plateau))
        self.ema.update(step)
        return {"loss": loss.detach(), "psnr_db": -10 * mse.detach().clamp(min=1e-9).log10().mean()}

    @torch.no_grad()
    def validate(self, count: int = 24) -> dict[str, object]:
        """PSNR of the averaged weights over fresh clips, and the gain over the better simple fill clip by clip."""
        if not self._validation:
            self._validation = [self._validation_clip(i) for i in range(count)]
        average = self._averaged()
        use_fused_attention(average)
        result: dict[str, object] = {}
        for mask in MASKS:
            scores, gains = [], []
            for patches, cases in self._validation:
                hidden, baseline = cases[mask]
                visible_ids, hidden_ids = (ids.to(self.device) for ids in split_ids(hidden[None]))
                predicted = predict(average, patches[None].to(self.device), visible_ids, hidden_ids)[0].clamp(0, 1)
                truth = patches[hidden].flatten(1).double() / 255
                score = -10 * np.log10((predicted.cpu() - truth).square().mean().item())
                scores.append(score)
                gains.append(score - baseline)
            result[f"{mask}_psnr_db"] = round(float(np.mean(scores)), 2)
            result[f"{mask}_gain_db"] = round(float(np.mean(gains)), 2)
        return result

    def _validation_clip(self, index: int) -> tuple[torch.Tensor, dict[str, tuple[np.ndarray, float]]]:
        """A clip's patches and, per kind of mask, a mask at 75 % and the PSNR of the better fill."""
        stream = replace(self.recipe.stream(), seed=VALIDATION_SEED, calm_until=0, calm_floor=0.0, gentlest=0.0)
        clip = stream.clip(index)
        patches = all_patches(torch.from_numpy(clip.rgb)[None], self.recipe.patch_size)[0]
        truth = patches.numpy() / 255
        cases = {}
        for mask, kind in MASKS.items():
            hidden = kind.draw(self.grid, 0.75, np.random.default_rng(index))
            fills = fill_mean(truth, hidden), fill_nearest(truth, hidden, self.grid)
            cases[mask] = hidden, max(psnr_db(fill, truth, hidden) for fill in fills)
        return patches, cases

    def _averaged(self) -> VideoMAEForPreTraining:
        model = VideoMAEForPreTraining(self.recipe.config()).to(self.device).eval()
        use_training_attention(model, self.device)
        return self.ema.copy_to(model)

    def state_dict(self) -> dict[str, object]:
        """All that a resumed run needs; clips and random choices follow from the recipe and the step."""
        return {
            "model": self.model.state_dict(),
            "optimisers": self.optimisers.state_dict(),
            "average": self.ema.average,
        }

    def load_state_dict(self, state: dict) -> None:
        """Back to where `state_dict` was called."""
        self.model.load_state_dict(state["model"])
        self.optimisers.load_state_dict(state["optimisers"])
        self.ema.average = state["average"]

    def export(self, folder: Path) -> None:
        """Write the averaged weights as transformers does."""
        export(self._averaged(), folder, image_size=self.recipe.image_size)


def flipped(rgb: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """(B, T, H, W, 3) clips, half of them mirrored and half of them backwards."""
    mirrored, backwards = torch.from_numpy(rng.random((2, len(rgb), 1, 1, 1, 1)) < 0.5).to(rgb.device)
    rgb = torch.where(mirrored, rgb.flip(3), rgb)
    return torch.where(backwards, rgb.flip(1), rgb)


def start_from_data(model: VideoMAEForPreTraining, rgb: torch.Tensor) -> None:
    """Start as a simple fill: see `gaussian_start`.

    Args:
        model: freshly made; changed in place.
        rgb: (B, T, H, W, 3) uint8 example clips.
    """
    config = model.config
    patches = all_patches(rgb, config.patch_size)  # (B, N, 2, p, p, 3)
    tubelets = normalised(patches)
    side = config.image_size // config.patch_size
    grid = (NUM_FRAMES // TUBELET_SIZE, side, side)
    encoder, decoder = model.videomae.encoder.layer, model.decoder.decoder_layers
    seen_positions, positions = model.videomae.embeddings.position_embeddings[0], model.position_embeddings[0]
    _, seen, seen_where = _rooms(seen_positions)
    mask, shown, where = _rooms(positions)
    with torch.no_grad():
        for layer in [*encoder, *decoder]:
            silence(layer)
        _embed_into(model.videomae.embeddings.patch_embeddings.projection, seen, tubelets.flatten(0, 1))
        both = min(seen.shape[1], shown.shape[1])
        model.encoder_to_decoder.weight.copy_(shown[:, :both] @ seen[:, :both].mT)
        # The mask token lies where neither content nor position is large: the layers can tell it from both.
        model.mask_token.copy_(mask * MASK_SIZE)
    fit_places(encoder[0], seen_positions, seen, seen_where, grid)
    fit_places(decoder[0], positions, shown, where, grid, mask_token=mask * MASK_SIZE)
    for layer in encoder[1:]:
        attend_near(layer, seen_where, grid)
    for layer in decoder[1:]:
        attend_near(layer, where, grid, mask=mask * MASK_SIZE)
    attend_near(decoder[1], where, grid, radii=COPYING_RADII, mask=mask * MASK_SIZE)
    copy_values(decoder[1], shown)
    fit_head(model.decoder.head, *_arriving(model, patches))


def _rooms(positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Directions of the hidden states that positions leave free: one for the mask token, C for content, for places.

    Args:
        positions: (N, D); half of a sinusoid table's directions hardly vary.

    Returns:
        (D,), (D, D / 2 - PLACE - 1) and (D, PLACE), all orthonormal.
    """
    free = free_directions(positions, positions.shape[1] // 2)
    return free[:, -1], free[:, : -PLACE - 1], free[:, -PLACE - 1 : -1]


@torch.no_grad()
def _embed_into(projection: nn.Conv3d, directions: torch.Tensor, tubelets: torch.Tensor) -> None:
    """A patch embedding whose answers, whitened components of a tubelet, lie in the given directions (D, C)."""
    weights, bias = whitened_components(tubelets, directions.shape[1])
    projection.weight.copy_((directions @ weights).view_as(projection.weight))
    assert projection.bias is not None  # VideoMAE's patch embedding has one
    projection.bias.copy_(directions @ bias)


@torch.no_grad()
def _arriving(model: VideoMAEForPreTraining, patches: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What arrives at the head for hidden tokens under all kinds of mask, (n, D), and their pixels, (n, F)."""
    config = model.config
    side = config.image_size // config.patch_size
    grid = (NUM_FRAMES // TUBELET_SIZE, side, side)
    rng = np.random.default_rng(0)
    caught: list[torch.Tensor] = []
    handle = model.decoder.norm.register_forward_hook(lambda module, inputs, output: caught.append(output))
    truth = []
    try:
        for number, clip in enumerate(patches):
            mask = list(MASKS)[number % len(MASKS)]
            hidden = MASKS[mask].draw(grid, float(rng.uniform(0.5, 0.9)), rng)
            visible_ids, hidden_ids = split_ids(hidden[None])
            predict(model, clip[None], visible_ids, hidden_ids)
            truth.append(clip[hidden_ids[0]].flatten(1).float() / 255)
    finally:
        handle.remove()
    return torch.cat([output[0].float() for output in caught]), torch.cat(truth)
