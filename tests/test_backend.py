"""The memory of the line: the last few values, and nothing computed twice that is remembered."""

import pytest

from videomae_demo.backend import Memory


def test_a_value_is_made_once_and_the_least_recently_used_is_forgotten():
    made = []
    memory = Memory(capacity=2)

    def get(key):
        return memory.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abab"] == ["A", "B", "A", "B"]
    get("a")
    get("c")  # b was used longest ago
    get("a")
    assert made == ["a", "b", "c"]
    get("b")
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_not_remembered():
    memory = Memory()
    attempts = []

    def make():
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError
        return "there"

    with pytest.raises(OSError):
        memory.get("key", make)
    assert memory.get("key", make) == "there"


def test_clearing_forgets_all():
    memory = Memory()
    memory.get("key", lambda: 1)
    memory.clear()
    assert memory.get("key", lambda: 2) == 2
