"""Every file of the corpus: the right frames, or an error code that fits."""

import socket
from urllib.parse import urlsplit

import numpy as np
import pytest

from videomae_demo.commands.intake_report import NEIGHBOUR, try_case
from videomae_demo.settings import Settings
from videomae_demo.video.corpus import DAMAGED_CASES, GOOD_CASES, Truth, burn, hostile_cases, read_number, write_clip

SETTINGS = Settings()


@pytest.mark.parametrize("case", GOOD_CASES, ids=lambda case: case.name)
def test_a_valid_clip_gives_its_right_frames(case, tmp_path):
    path = tmp_path / case.name
    outcome = try_case(case, path, case.make(path), SETTINGS)
    assert outcome.result == "right frames", outcome.detail


@pytest.mark.parametrize("case", DAMAGED_CASES, ids=lambda case: case.name)
def test_a_damaged_clip_gives_what_is_there_or_one_sentence(case, tmp_path):
    path = tmp_path / case.name
    outcome = try_case(case, path, case.make(path), SETTINGS)
    assert outcome.as_it_should, (outcome.result, outcome.detail)
    assert_for_visitors(outcome)


@pytest.mark.parametrize("number", range(len(hostile_cases())), ids=[case.name for case in hostile_cases()])
def test_a_hostile_file_reads_nothing_and_reaches_nobody(number, tmp_path, listening):
    address, visitors = listening
    write_clip(tmp_path / "neighbour.mp4", numbers=NEIGHBOUR)
    case = hostile_cases(address)[number]
    path = tmp_path / case.name
    outcome = try_case(case, path, case.make(path), SETTINGS)
    assert outcome.as_it_should, (outcome.result, outcome.detail)
    assert not visitors
    assert_for_visitors(outcome)


def test_the_listener_would_notice(listening):
    address, visitors = listening
    with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port)) as connection:
        connection.recv(1)  # returns when the listener has taken note and hung up
    assert len(visitors) == 1


def test_a_wrong_truth_would_be_noticed(clip):
    shifted = Truth(range(1, 41), [index / 25 for index in range(40)])
    case = next(case for case in GOOD_CASES if case.name == "h264.mp4")
    outcome = try_case(case, clip, shifted, SETTINGS)
    assert outcome.result == "wrong frames" and not outcome.as_it_should


@pytest.mark.parametrize("size", [(80, 64), (40, 32), (1280, 64)])
def test_burnt_numbers_are_read_back_and_only_upright_in_their_colours(size):
    for number in (0, 1, 299, 4000):
        picture = burn(number, size)
        assert read_number(picture) == number
        assert read_number(picture[::-1]) is None
        assert read_number(picture[:, ::-1]) is None
        assert read_number(picture[..., ::-1]) is None
    assert read_number(np.full((64, 80, 3), 128, np.uint8)) is None


def assert_for_visitors(outcome):
    """A sentence without the decoder's own words."""
    for word in ("Traceback", "0x", "av.error", "errno", ".cc", "dmlc", "avcodec", "/proc"):
        assert word not in outcome.detail
    assert not outcome.detail or outcome.detail.endswith(".")
