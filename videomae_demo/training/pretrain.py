"""Masked-autoencoder pre-training: the recipe, and one step of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import VideoMAEConfig, VideoMAEForPreTraining

from videomae_demo.models.masking import MASKS, fill_mean, fill_nearest
from videomae_demo.models.reconstruction import psnr_db
from videomae_demo.training.attention import use_training_attention
from videomae_demo.training.checkpoint import export
from videomae_demo.training.classifier import NUM_FRAMES, VALIDATION_SEED, encode
from videomae_demo.training.gaussian_start import (
    COPYING_RADII,
    Sample,
    copy_values,
    fit_attention,
    fit_head,
    free_directions,
    silence,
)
from videomae_demo.training.optimiser import Ema, Optimisers
from videomae_demo.training.pca import whitened_components
from videomae_demo.training.pool import ClipPool, ClipStream
from videomae_demo.training.render import render_clip
from videomae_demo.training.schedule import learning_rate_factor
from videomae_demo.training.tokens import TUBELET_SIZE, all_patches, normalised

MSE_FLOOR = 5e-4
"""Added to a clip's error before the logarithm: 33 dB, beyond which a clip is good enough."""
DECODED_SHARE = 0.25
"""Share of the hidden tokens that are decoded in each step; a sample of them gives the same gradient on average."""
ALL_DECODED = 0.1
"""Final share of the run in which all of them are, as in use."""
CONTENT = 0.5
"""Share of the width that starts as what a patch looks like; the rest is left to where it is."""
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
        self.model = VideoMAEForPreTraining(recipe.config()).to(device)
        use_training_attention(self.model, device)
        total_clips = recipe.first_clips + recipe.steps * recipe.new_clips_per_step
        stream = ClipStream(
            seed=recipe.seed,
            size=recipe.image_size,
            calm_until=int(recipe.calm_until * total_clips),
            calm_floor=recipe.calm_floor,
        )
        self.pool = ClipPool(stream, recipe.pool_size, workers)
        if fresh:
            start_from_data(self.model, np.stack([stream.clip(i).rgb for i in range(64)]))
        self.optimisers = Optimisers(
            [self.model], muon_lr=recipe.muon_lr, adamw_lr=recipe.adamw_lr, weight_decay=recipe.weight_decay
        )
        self.ema = Ema(self.model, recipe.ema_decay)
        side = recipe.image_size // recipe.patch_size
        self.grid = (NUM_FRAMES // TUBELET_SIZE, side, side)
        self._validation: list[tuple[torch.Tensor, dict[str, tuple[np.ndarray, float]]]] = []

    def step(self, step: int) -> dict[str, float]:
        """One update; returns what to log."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, step])
        self.pool.grow_to(recipe.first_clips + step * recipe.new_clips_per_step)
        rgb = self.pool.draw(recipe.clips_per_step, rng).rgb
        rgb = flipped(rgb, rng)
        ratio = rng.uniform(recipe.lowest_ratio, recipe.highest_ratio)
        # Whole tubes, so that both kinds of mask hide equally many tokens and fit into one batch.
        ratio = round(ratio * self.grid[1] * self.grid[2]) / (self.grid[1] * self.grid[2])
        kinds = rng.integers(2, size=len(rgb))
        hidden = np.stack([MASKS[("tube", "random")[kind]].draw(self.grid, ratio, rng) for kind in kinds])
        visible_ids, hidden_ids = split_ids(hidden)
        if step < (1 - ALL_DECODED) * recipe.steps:
            count = round(DECODED_SHARE * hidden_ids.shape[1])
            chosen = torch.from_numpy(np.argsort(rng.random(hidden_ids.shape), axis=1)[:, :count])
            hidden_ids = hidden_ids.gather(1, chosen)
        patches = all_patches(torch.from_numpy(rgb), recipe.patch_size).to(self.device)
        visible_ids, hidden_ids = visible_ids.to(self.device), hidden_ids.to(self.device)
        predicted = predict(self.model, patches, visible_ids, hidden_ids)
        clip = torch.arange(len(patches), device=self.device)[:, None]
        truth = patches[clip, hidden_ids].flatten(2).float() / 255
        mse = (predicted - truth).square().mean(dim=(1, 2))
        # In the logarithm a plain clip's last bit of error counts as much as a busy clip's first: that is PSNR.
        loss = (mse + MSE_FLOOR).log().mean()
        loss.backward()
        self.optimisers.step(learning_rate_factor(step, recipe.steps))
        self.ema.update(step)
        return {"loss": loss.item(), "psnr_db": -10 * mse.detach().clamp(min=1e-9).log10().mean().item()}

    @torch.no_grad()
    def validate(self, count: int = 64) -> dict[str, object]:
        """PSNR of the averaged weights over fresh clips, and the gain over the better simple fill clip by clip."""
        if not self._validation:
            self._validation = [self._validation_clip(i) for i in range(count)]
        average = self._averaged()
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
        clip = render_clip(VALIDATION_SEED, index, size=self.recipe.image_size)
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


def flipped(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(B, T, H, W, 3) clips, half of them mirrored and half of them backwards."""
    mirrored, backwards = rng.random((2, len(rgb))) < 0.5
    rgb[mirrored] = rgb[mirrored][:, :, :, ::-1]
    rgb[backwards] = rgb[backwards][:, ::-1]
    return rgb


def start_from_data(model: VideoMAEForPreTraining, rgb: np.ndarray) -> None:
    """Start as a simple fill: see `gaussian_start`.

    Args:
        model: freshly made; changed in place.
        rgb: (B, T, H, W, 3) uint8 example clips.
    """
    config = model.config
    patches = all_patches(torch.from_numpy(rgb), config.patch_size)  # (B, N, 2, p, p, 3)
    tubelets = normalised(patches)
    side = config.image_size // config.patch_size
    layers = [*model.videomae.encoder.layer, *model.decoder.decoder_layers]
    first, second = model.decoder.decoder_layers[:2]
    seen = free_directions(model.videomae.embeddings.position_embeddings[0], round(CONTENT * config.hidden_size))
    shown = free_directions(model.position_embeddings[0], round(CONTENT * config.decoder_hidden_size))
    with torch.no_grad():
        for layer in layers:
            silence(layer)
        _embed_into(model.videomae.embeddings.patch_embeddings.projection, seen, tubelets.flatten(0, 1))
        both = min(seen.shape[1], shown.shape[1])
        model.encoder_to_decoder.weight.copy_(shown[:, :both] @ seen[:, :both].mT)
        copy_values(first, shown)
        # The mask token lies where neither content nor position is large: the layers can tell it from both.
        model.mask_token.copy_(free_directions(model.position_embeddings[0], shown.shape[1] + 1)[:, -1] * MASK_SIZE)
    fit_attention(model.videomae.encoder.layer[0], _encoder_inputs(model, tubelets), side)
    fit_attention(first, _decoder_inputs(model), side, radii=COPYING_RADII)
    fit_attention(second, _decoder_inputs(model), side)
    fit_head(model.decoder.head, *_arriving(model, patches))


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


def _encoder_inputs(model: VideoMAEForPreTraining, tubelets: torch.Tensor) -> Sample:
    """Inputs of the encoder's first layer: a third of the tokens of real clips, all visible."""

    def sample(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        clips = torch.randint(len(tubelets), (2,), generator=generator)
        num_tokens = tubelets.shape[1]
        ids = torch.stack([torch.randperm(num_tokens, generator=generator)[: num_tokens // 3] for _ in clips])
        embeddings = model.videomae.embeddings
        projection = embeddings.patch_embeddings.projection
        with torch.no_grad():
            hidden = nn.functional.linear(tubelets[clips[:, None], ids], projection.weight.flatten(1), projection.bias)
        return hidden + embeddings.position_embeddings[0][ids], ids, torch.ones_like(ids, dtype=torch.bool)

    return sample


def _decoder_inputs(model: VideoMAEForPreTraining) -> Sample:
    """Inputs of the decoder's first layers: noise for what the patches look like, mask tokens for the hidden ones."""

    def sample(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        positions = model.position_embeddings[0]
        num_tokens, width = positions.shape
        ids = torch.stack([torch.randperm(num_tokens, generator=generator)[: num_tokens // 2] for _ in range(2)])
        visible = torch.arange(ids.shape[1]).expand_as(ids) < ids.shape[1] // 2
        directions = model.encoder_to_decoder.weight.detach()
        content = torch.randn(*ids.shape, directions.shape[1], generator=generator) @ directions.mT
        content = torch.where(visible[..., None], content, model.mask_token.detach().expand(1, 1, width))
        return content + positions[ids], ids, visible

    return sample
