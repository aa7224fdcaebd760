"""Masked autoencoding: hide most of a clip's tokens, and see what a pre-trained VideoMAE makes of the rest.

Two pictures, always told apart. A model trained with ``norm_pix_loss`` predicts each patch *without* its brightness and
contrast; the usual demos put the true ones back, taken from the very patch that was hidden, so that the picture looks
better than what the model knew. ``borrowed`` does that; ``own`` uses only what was visible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Geometry
from .masking import MASKS, fill_mean, fill_nearest, from_patches, nearest_visible, to_patches

EPSILON = 1e-6  # as in VideoMAE's own normalisation of target patches


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """One clip, one mask: what was hidden, what came back, how good that is. Pictures are (T, S, S, 3) uint8."""

    geometry: Geometry
    hidden: np.ndarray
    """(T', H', W') bool."""
    original_rgb: np.ndarray
    visible_rgb: np.ndarray
    """Hidden tokens in mid-grey."""
    own_rgb: np.ndarray
    """Hidden tokens as the model predicts them, from what was visible alone."""
    borrowed_rgb: np.ndarray
    """The same with every hidden patch's true mean and deviation put back: what most demos show."""
    nearest_fill_rgb: np.ndarray
    """Hidden tokens in the colour of the nearest visible one: the second baseline as a picture."""
    error: np.ndarray
    """(T', H', W') float32: root mean square error of ``own`` per token, pixel values in [0, 1]; NaN where visible."""
    own_psnr_db: float
    """Peak signal-to-noise ratio over the hidden pixels, in decibels; higher is better."""
    borrowed_psnr_db: float
    mean_fill_psnr_db: float
    """Baseline: every hidden pixel in the mean visible colour."""
    nearest_fill_psnr_db: float
    """Baseline: every hidden token in the colour of the nearest visible token."""
    normalised_targets: bool
    """Whether the model was trained with ``norm_pix_loss``, so that ``own`` had to guess brightness and contrast."""


def draw_mask(mask: str, geometry: Geometry, *, ratio: float, seed: int) -> np.ndarray:
    """(N,) bool, True where hidden.

    Args:
        mask: A key of ``MASKS``.
        ratio: Share of tokens to hide, in (0, 1).
        seed: Of the draw; the same seed hides the same tokens.

    Raises:
        ValueError: for a mask that is not in the table or a ratio out of range.
    """
    if mask not in MASKS:
        raise ValueError(f"{mask = }; expected one of {', '.join(MASKS)}")
    return MASKS[mask].draw(geometry.grid, ratio, np.random.default_rng(seed))


def compare(
    view_rgb: np.ndarray, hidden: np.ndarray, predicted: np.ndarray, geometry: Geometry, *, normalised_targets: bool
) -> Reconstruction:
    """Put the predicted patches into the picture, both ways, and measure them against the simple fills.

    Args:
        view_rgb: (T, S, S, 3) uint8, the model's own view.
        hidden: (N,) bool.
        predicted: (number hidden, tubelet_size·patch_size²·3) float32: pixel values in [0, 1], or normalised ones.
        normalised_targets: which of the two.
    """
    truth = to_patches(view_rgb.astype(np.float64) / 255, geometry)
    guess = predicted.astype(np.float64).reshape(-1, *truth.shape[1:])

    # Statistics are per patch and colour, over the tubelet's pixels: axes (tubelet, height, width).
    true_mean, true_std = _statistics(truth)
    if normalised_targets:
        around = np.concatenate([true_mean, true_std], axis=1)
        mean, std = np.split(nearest_visible(around, hidden, geometry.grid), 2, axis=1)
        own_patches, shape = _rescale(guess, mean, std), guess
    else:
        guess_mean, guess_std = _statistics(guess)
        own_patches, shape = guess, _rescale(guess, -guess_mean / (guess_std + EPSILON), 1 / (guess_std + EPSILON))

    own, borrowed, visible = truth.copy(), truth.copy(), truth.copy()
    own[hidden] = own_patches.clip(0, 1)
    borrowed[hidden] = _rescale(shape, true_mean[hidden], true_std[hidden]).clip(0, 1)
    visible[hidden] = 0.5

    mean_fill, nearest_fill = fill_mean(truth, hidden), fill_nearest(truth, hidden, geometry.grid)
    error = np.full(geometry.num_tokens, np.nan, dtype=np.float32)
    error[hidden] = np.sqrt(((own - truth)[hidden] ** 2).mean(axis=(1, 2, 3, 4)))
    return Reconstruction(
        geometry=geometry,
        hidden=hidden.reshape(geometry.grid),
        original_rgb=view_rgb,
        visible_rgb=_picture(visible, geometry),
        own_rgb=_picture(own, geometry),
        borrowed_rgb=_picture(borrowed, geometry),
        nearest_fill_rgb=_picture(nearest_fill, geometry),
        error=error.reshape(geometry.grid),
        own_psnr_db=psnr_db(own, truth, hidden),
        borrowed_psnr_db=psnr_db(borrowed, truth, hidden),
        mean_fill_psnr_db=psnr_db(mean_fill, truth, hidden),
        nearest_fill_psnr_db=psnr_db(nearest_fill, truth, hidden),
        normalised_targets=normalised_targets,
    )


def psnr_db(patches: np.ndarray, truth: np.ndarray, hidden: np.ndarray) -> float:
    """10·log10(1 / mean squared error) over the hidden tokens; pixel values in [0, 1]; 99 for a perfect match."""
    mse = float(((patches - truth)[hidden] ** 2).mean())
    return min(-10 * np.log10(mse), 99.0) if mse > 0 else 99.0


def _statistics(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((N, 3) mean, (N, 3) unbiased standard deviation) of each patch and colour."""
    return patches.mean(axis=(1, 2, 3)), patches.std(axis=(1, 2, 3), ddof=1)


def _rescale(patches: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """patches·std + mean, with (N, 3) statistics."""
    return patches * std[:, None, None, None, :] + mean[:, None, None, None, :]


def _picture(patches: np.ndarray, geometry: Geometry) -> np.ndarray:
    return from_patches((patches * 255).round().astype(np.uint8), geometry)
