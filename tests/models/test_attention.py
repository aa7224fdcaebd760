import threading
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from tiny import eager_attentions, random_clip, record, tiny_model
from tolerances import FLOAT16, TINY

from videomae_demo.models.attention import attending, record_attention, recording_attention


def test_attention_follows_from_what_is_recorded():
    model = tiny_model()
    clip = random_clip(model)
    trace = record(model, clip)
    for query, key, logsumexp, attention in zip(
        trace.queries, trace.keys, trace.logsumexp, eager_attentions(model, clip), strict=True
    ):
        scores = trace.scale * query @ key.transpose(-1, -2)
        torch.testing.assert_close(logsumexp, scores.logsumexp(-1), rtol=TINY, atol=TINY)
        torch.testing.assert_close((scores - logsumexp[..., None]).exp(), attention, rtol=0, atol=TINY)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_recording_changes_no_answer(dtype):
    model = tiny_model().to(dtype)
    clips = torch.from_numpy(random_clip(model))[None].to(dtype)
    with torch.no_grad():
        plain = model(clips).logits
        with record_attention():
            recorded = model(clips).logits
    torch.testing.assert_close(recorded, plain, rtol=0, atol=0)


def test_a_clip_of_a_batch_is_recorded_as_if_alone():
    model = tiny_model()
    clips = [random_clip(model, seed) for seed in range(3)]
    with torch.no_grad(), record_attention() as recorder:
        model(torch.from_numpy(np.stack(clips)))
    batched, alone = recorder.trace(expected_layers=3, readout="mean", item=1), record(model, clips[1])
    for ours, expected in zip(batched.keys, alone.keys, strict=True):
        torch.testing.assert_close(ours, expected, rtol=TINY, atol=TINY)
        assert ours.untyped_storage().nbytes() == ours.nbytes, "the other clips' memory is kept alive"


def test_layers_are_counted():
    model = tiny_model()
    with pytest.raises(RuntimeError, match="3 attention layers recorded, 4 expected"):
        with torch.no_grad(), record_attention() as recorder:
            model(torch.from_numpy(random_clip(model))[None])
        recorder.trace(expected_layers=4, readout="mean")


def test_a_model_with_another_implementation_is_refused():
    model = tiny_model(attn_implementation="sdpa")
    with pytest.raises(RuntimeError, match="0 attention layers recorded"):
        record(model, random_clip(model))


def test_dropout_is_refused_while_recording():
    model = tiny_model()
    model.config.attention_probs_dropout_prob = 0.1
    for layer in model.videomae.encoder.layer:
        layer.attention.attention.dropout_prob = 0.1
    model.train()
    with pytest.raises(ValueError, match="dropout"):
        record(model, random_clip(model))


@pytest.mark.parametrize("recording", [True, False])
@pytest.mark.parametrize(
    "keyword",
    [
        {"softcap": 30.0},
        {"position_bias": torch.zeros(1, 1, 4, 4)},
        {"is_causal": True},
        {"sliding_window": 2},
        {"s_aux": torch.zeros(2)},
        {"output_attentions": True},
    ],
    ids=lambda keyword: next(iter(keyword)),
)
def test_a_model_that_wants_more_is_refused_by_name(recording, keyword):
    """Attention without the model's own cap, bias or causal order is wrong, and nothing would tell."""
    layer = tiny_model().videomae.encoder.layer[0].attention.attention
    query = key = value = torch.zeros(1, 2, 4, 8)
    with (
        record_attention() if recording else nullcontext(),
        pytest.raises(ValueError, match=f"VideoMAESelfAttention asks its attention for {next(iter(keyword))},"),
    ):
        recording_attention(layer, query, key, value, None, **keyword)


def test_a_causal_layer_is_refused_even_if_it_does_not_say_so():
    layer = tiny_model().videomae.encoder.layer[0].attention.attention
    layer.is_causal = True
    query = key = value = torch.zeros(1, 2, 4, 8)
    with pytest.raises(ValueError, match="is_causal"):
        recording_attention(layer, query, key, value, None)


def test_keywords_that_ask_for_nothing_are_let_through():
    layer = tiny_model().videomae.encoder.layer[0].attention.attention
    query, key, value = torch.randn(3, 1, 2, 4, 8, generator=torch.Generator().manual_seed(0)).unbind()
    plain, _ = recording_attention(layer, query, key, value, None, scaling=0.5)
    nothing = {"softcap": None, "output_attentions": False, "sliding_window": None, "is_causal": False, "bias": 0.0}
    ours, weights = recording_attention(
        layer, query, key, value, None, scaling=0.5, num_items_in_batch=torch.tensor(8), **nothing
    )
    torch.testing.assert_close(ours, plain, rtol=0, atol=0)
    assert weights is None


def test_threads_do_not_mix():
    model = tiny_model()
    clips = [random_clip(model, seed) for seed in range(4)]
    expected = [record(model, clip).keys[-1] for clip in clips]
    recorders, barrier, found = [], threading.Barrier(4), [None] * 4

    def work(i: int) -> None:
        with torch.no_grad(), record_attention() as recorder:
            recorders.append(recorder)
            barrier.wait()
            model(torch.from_numpy(clips[i])[None])
        found[i] = recorder.trace(expected_layers=3, readout="mean").keys[-1]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ours, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, reference, rtol=TINY, atol=TINY)


def test_nothing_is_recorded_outside_the_block():
    model = tiny_model()
    with torch.no_grad():
        with record_attention() as recorder:
            pass
        model(torch.from_numpy(random_clip(model))[None])
    assert recorder.layers == []


def test_another_attention_function_can_answer_in_this_thread_alone():
    model = tiny_model()
    clips = torch.from_numpy(random_clip(model))[None]
    seen = []

    def values_alone(query, key, value, scale):
        seen.append((query.shape, scale))
        return value

    with torch.no_grad():
        plain = model(clips).logits
        with attending(values_alone):
            other = model(clips).logits
        again = model(clips).logits
    assert len(seen) == 3 and seen[0][1] == seen[0][0][-1] ** -0.5
    assert not torch.equal(other, plain)
    torch.testing.assert_close(again, plain, rtol=0, atol=0)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_gpu_kernels_log_sum_exp(dtype):
    model = tiny_model(hidden_size=64).to("cuda", dtype)
    clips = torch.from_numpy(random_clip(model))[None].to("cuda", dtype)
    with torch.no_grad(), record_attention() as recorder:
        model(clips)
    trace = recorder.trace(expected_layers=3, readout="mean")
    scores = trace.scale * trace.queries[0].float() @ trace.keys[0].float().transpose(-1, -2)
    torch.testing.assert_close(
        trace.logsumexp[0], scores.logsumexp(-1), rtol=2 * FLOAT16, atol=2 * FLOAT16
    )  # tensor cores: 11 bits
