import threading

import numpy as np
import pytest
import torch
from tiny import eager_attentions, random_clip, record, tiny_model

from videomae_demo.models.attention import attending, record_attention


def test_attention_follows_from_what_is_recorded():
    model = tiny_model()
    clip = random_clip(model)
    trace = record(model, clip)
    for query, key, logsumexp, attention in zip(
        trace.queries, trace.keys, trace.logsumexp, eager_attentions(model, clip), strict=True
    ):
        scores = trace.scale * query @ key.transpose(-1, -2)
        torch.testing.assert_close(logsumexp, scores.logsumexp(-1), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close((scores - logsumexp[..., None]).exp(), attention, rtol=1e-4, atol=1e-6)


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
    batched, alone = recorder.trace(expected_layers=3, item=1), record(model, clips[1])
    for ours, expected in zip(batched.keys, alone.keys, strict=True):
        torch.testing.assert_close(ours, expected)
        assert ours.untyped_storage().nbytes() == ours.nbytes, "the other clips' memory is kept alive"


def test_layers_are_counted():
    model = tiny_model()
    with pytest.raises(RuntimeError, match="3 attention layers recorded, 4 expected"):
        with torch.no_grad(), record_attention() as recorder:
            model(torch.from_numpy(random_clip(model))[None])
        recorder.trace(expected_layers=4)


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
        found[i] = recorder.trace(expected_layers=3).keys[-1]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ours, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, reference)


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
    trace = recorder.trace(expected_layers=3)
    scores = trace.scale * trace.queries[0].float() @ trace.keys[0].float().transpose(-1, -2)
    torch.testing.assert_close(trace.logsumexp[0], scores.logsumexp(-1), rtol=1e-3, atol=1e-3)
