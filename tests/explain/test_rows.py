import threading

import pytest
import torch
from tolerances import FLOAT32, float32_sum

from videomae_demo.explain import rows


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def random_factors(heads=5, tokens=70, width=8):
    generator = torch.Generator().manual_seed(0)
    query, key = (torch.randn(heads, tokens, width, generator=generator) for _ in range(2))
    scores = query @ key.transpose(-1, -2)
    return rows.factors(query, key, scores.logsumexp(-1), 1.0), scores.softmax(-1)


@pytest.mark.parametrize("cached_bytes", [1, 5000, 10**7])  # blocks of 16 rows, of 16, and one block
def test_blocks_and_threads_change_nothing(cached_bytes, monkeypatch, two_threads):
    (left, right), attention = random_factors()
    weights = torch.rand(70, generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(rows, "CACHED_BYTES", cached_bytes)
    expected = weights @ attention.mean(0)
    torch.testing.assert_close(rows.weighted_rows(left, right, weights), expected, rtol=float32_sum(70, 2), atol=0)
    torch.set_num_threads(1)
    torch.testing.assert_close(rows.weighted_rows(left, right, weights), expected, rtol=float32_sum(70, 2), atol=0)


def test_heads_run_in_threads_of_one_core_each_and_others_keep_theirs(two_threads):
    (left, _), _ = random_factors()
    seen = []

    def work(heads):
        seen.append((threading.current_thread().name, torch.get_num_threads(), torch.is_grad_enabled()))
        return torch.ones(1)

    assert rows.sum_over_heads(work, left) == 5
    assert all(name.startswith("videomae-heads") for name, _, _ in seen)
    assert {(count, grad) for _, count, grad in seen} == {(1, False)}
    assert torch.get_num_threads() == 2
    fresh = []
    thread = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert fresh == [2]


def test_half_precision_factors_carry_the_whole_log_sum_exp():
    query = key = torch.zeros(1, 3, 4, dtype=torch.bfloat16)
    logsumexp = torch.tensor([[7.3219, 0.001, -12.5]])
    left, right = rows.factors(query, key, logsumexp, 0.5)
    assert left.dtype == torch.bfloat16
    torch.testing.assert_close(
        (left.float() @ right.float())[0, :, 0], -logsumexp[0], rtol=4 * FLOAT32, atol=0
    )  # three pieces


def test_patches_that_get_nothing_share_nothing():
    assert rows.over_patches(torch.tensor([0.5, 0.0, 0.0]), 1).tolist() == [0, 0]
    assert rows.over_patches(torch.tensor([0.5, 0.1, 0.3]), 1).tolist() == pytest.approx([0.5, 1.5])
