"""Ray on this machine: with a token of its own, and refused before it would wait for processors for ever."""

from __future__ import annotations

import os

import pytest

from videomae_demo.commands.main import main
from videomae_demo.errors import BadRequestError
from videomae_demo.scale.own_cluster import check_cpus, own_cluster


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to a Ray that is not there, in order."""
    # Not before a test needs it: imported without a mode, Ray starts without a token (``test_on_ray.py`` would fail).
    ray = pytest.importorskip("ray", reason="the extra scale is not installed")
    done: list[str] = []
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, "")  # so that it is as before when the test is over
        monkeypatch.delenv(name)
    monkeypatch.setattr(ray, "init", lambda **options: done.append(f"init {options['address']}"))
    monkeypatch.setattr(ray, "shutdown", lambda: done.append("shutdown"))
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2.0})
    return done


def test_strangers_have_no_token_and_its_processes_end_with_an_error_too(two_processors):
    with pytest.raises(KeyError), own_cluster():
        assert os.environ["RAY_AUTH_MODE"] == "token" and len(os.environ["RAY_AUTH_TOKEN"]) == 64
        raise KeyError
    assert two_processors == ["init local", "shutdown"]


def test_whoever_sets_the_mode_has_it(two_processors, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with own_cluster():
        assert "RAY_AUTH_TOKEN" not in os.environ


def test_more_processors_than_there_are_is_a_sentence(two_processors):
    check_cpus(2.0, "These")
    with pytest.raises(BadRequestError, match=r"^These ask for 2\.5 processors together, and Ray has 2 here\."):
        check_cpus(2.5, "These")


@pytest.mark.parametrize("job", [["serve", "--fewest", "2"], ["classify", "clip.mp4", "--out", "out", "--models", "2"]])
def test_the_commands_refuse_what_would_wait_for_ever(two_processors, capsys, job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["scale", *job]) == 1
    assert "ask for 3 processors together" in capsys.readouterr().err
    assert two_processors == ["init local", "shutdown"] and not list(tmp_path.iterdir())
