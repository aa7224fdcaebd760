"""A class's guesses, counted."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from videomae_demo.lessons.room import EMPTY_AFTER, MOST_QUESTIONS, Room


def test_guesses_of_many_at_once_are_all_counted():
    room = Room()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda guess: room.add("time", guess % 3, guesses=3), range(300)))
    assert room.counts("time", guesses=3) == (100, 100, 100)
    assert room.counts("other", guesses=2) == (0, 0)


def test_counts_begin_anew_when_the_room_was_empty():
    now = [0.0]
    room = Room(clock=lambda: now[0])
    room.add("time", 0, guesses=2)
    now[0] = EMPTY_AFTER
    assert room.counts("time", guesses=2) == (1, 0)
    now[0] += 1
    assert room.counts("time", guesses=2) == (0, 0)
    room.add("time", 1, guesses=2)
    assert room.counts("time", guesses=2) == (0, 1)


def test_it_stays_small_and_takes_no_guess_that_is_not_offered():
    room = Room()
    for number in range(MOST_QUESTIONS + 5):
        room.add(str(number), 0, guesses=2)
        room.add("kept", 1, guesses=2)
    assert len(room._counts) == MOST_QUESTIONS
    assert room.counts("kept", guesses=2) == (0, MOST_QUESTIONS + 5)
    with pytest.raises(ValueError, match="guess = 2"):
        room.add("time", 2, guesses=2)
