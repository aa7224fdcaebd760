import torch
from tolerances import float32_sum
from torch import nn

from videomae_demo.training.pca import NOISE_VARIANCE, start_patch_embedding, whitened_components


def _correlated(n: int, d: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n, d, generator=generator) @ torch.randn(d, d, generator=generator) + 5


def test_components_have_zero_mean_and_unit_variance_and_do_not_correlate():
    samples = _correlated(4000, 6)
    weights, bias = whitened_components(samples, 6)
    answers = samples @ weights.T + bias
    # What cancels in the mean is the samples' own, through the weights; in the variance, the noise that was added.
    size = (samples.abs().mean(0) * weights.abs()).sum(1).max().item()
    torch.testing.assert_close(answers.mean(0), torch.zeros(6), atol=float32_sum(4000) * size, rtol=0)
    noise = NOISE_VARIANCE * weights.square().sum(1).max().item()
    torch.testing.assert_close(
        answers.T @ answers / len(answers), torch.eye(6), atol=noise + float32_sum(4000) * size, rtol=0
    )


def test_more_channels_than_dimensions_repeat_with_the_sign_changed():
    weights, _ = whitened_components(_correlated(500, 3), 6)
    torch.testing.assert_close(weights[3:], -weights[:3])


def test_noise_is_not_blown_up():
    samples = 1e-4 * torch.randn(500, 4)
    weights, bias = whitened_components(samples, 4)
    assert (samples @ weights.T + bias).abs().max() < 0.02


def test_half_of_the_channels_answer_to_change_alone():
    projection = nn.Conv3d(3, 8, kernel_size=(2, 4, 4), stride=(2, 4, 4))
    frame = _correlated(2000, 48).view(-1, 3, 1, 4, 4)
    change = 0.1 * torch.randn(2000, 3, 1, 4, 4)
    start_patch_embedding(projection, torch.cat([frame, frame + change], dim=2).flatten(1))
    still = torch.cat([frame, frame], dim=2)
    answers = projection(still).flatten(1)  # (n, 8)
    spread = answers.std(dim=0)
    assert (spread[:4] > 0.5).all()
    assert (spread[4:] < 1e-3).all()  # the two frames' weights cancel to float32's last digits; channels are around 1
    moved = projection(torch.cat([frame, frame + change], dim=2)).flatten(1)
    assert (moved[:, 4:].std(dim=0) > 0.5).all()
