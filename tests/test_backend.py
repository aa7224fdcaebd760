"""The memory of the line: the last few values, and nothing computed twice that is remembered."""

import gc
import threading
import time

import pytest

from videomae_demo.memory import Memory, MemoryPer


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


def together(memory, makes):
    """What each of several threads gets that ask for the same key; the second asks once the first one is at work."""
    outcomes = [None] * len(makes)

    def ask(number):
        try:
            outcomes[number] = memory.get("key", makes[number])
        except BaseException as error:
            outcomes[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(makes))]
    threads[0].start()
    AT_WORK.wait(60)
    for thread in threads[1:]:
        thread.start()
    while memory._being_made and not waited_for(memory, threads[1:]):
        time.sleep(0.001)
    GO_ON.set()
    for thread in threads:
        thread.join(60)
    return outcomes


AT_WORK, GO_ON = threading.Event(), threading.Event()


def waited_for(memory, threads):
    """Whether all of these threads wait for the one at work; ``Future`` tells nobody how many wait for it."""
    (told,) = memory._being_made.values()
    return len(told._condition._waiters) >= len(threads)


def slowly(value):
    """Makes the value, or raises it, once it is told to."""

    def make():
        AT_WORK.set()
        assert GO_ON.wait(60)
        if isinstance(value, BaseException):
            raise value
        return value

    return make


@pytest.fixture
def _nobody_at_work():
    AT_WORK.clear()
    GO_ON.clear()


@pytest.mark.usefixtures("_nobody_at_work")
def test_who_asks_meanwhile_gets_the_same_value():
    first = object()
    assert together(Memory(), [slowly(first), object, object]) == [first] * 3


@pytest.mark.usefixtures("_nobody_at_work")
def test_who_asks_meanwhile_hears_of_the_failure():
    error = OSError("damaged")
    assert together(Memory(), [slowly(error), object, object]) == [error] * 3


@pytest.mark.usefixtures("_nobody_at_work")
def test_who_gives_up_is_relieved_by_one_of_those_who_wait():
    made = []
    gave_up, *others = together(Memory(), [slowly(KeyboardInterrupt()), *[lambda: made.append(1) or "there"] * 3])
    assert isinstance(gave_up, KeyboardInterrupt)
    assert (others, made) == (["there"] * 3, [1])


def test_what_belongs_to_a_record_goes_with_it():
    class Record:
        pass

    first, second = Record(), Record()
    memories = MemoryPer()
    assert [memories.of(record).get("key", lambda: len(memories._memories)) for record in (first, second)] == [1, 2]
    del first
    gc.collect()
    assert [*memories._memories] == [second]
