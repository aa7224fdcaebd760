import torch
import torch.nn.functional as F
from transformers import VideoMAEConfig, VideoMAEForPreTraining

from videomae_demo.training.attention import PLAIN, plain_attention, use_fused_attention, use_training_attention


def test_plain_attention_is_attention():
    query, key, value = torch.randn(3, 2, 4, 10, 8, generator=torch.Generator().manual_seed(0))
    ours, weights = plain_attention(torch.nn.Identity(), query, key, value, None, scaling=8**-0.5)
    assert weights is None
    torch.testing.assert_close(ours, F.scaled_dot_product_attention(query, key, value).transpose(1, 2))


def test_the_decoder_is_switched_too():
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    decoder = {f"decoder_{name}": value for name, value in small.items()}
    model = VideoMAEForPreTraining(VideoMAEConfig(image_size=32, patch_size=16, num_frames=4, **small, **decoder))
    use_training_attention(model, torch.device("cpu"))
    assert _used(model) == {PLAIN}
    use_fused_attention(model)
    assert _used(model) == {"sdpa"}


def _used(model: VideoMAEForPreTraining) -> set[str]:
    used = {layer.attention.attention.config._attn_implementation for layer in model.decoder.decoder_layers}
    return used | {layer.attention.attention.config._attn_implementation for layer in model.videomae.encoder.layer}
