"""What works here, told without anything private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from videomae_demo.commands import doctor
from videomae_demo.commands.main import main

TOKEN = "hf_" + "aBcDeFgH" * 4


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home" / "jane"
    home.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("VIDEOMAE_MODEL", str(home / "models" / "mine"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return home


def test_everything_that_this_installation_has_works_and_nothing_private_is_told(home, capsys):
    assert main(["doctor", "--json"]) == 0
    printed = capsys.readouterr().out
    record = json.loads(printed)
    assert record["checks"]["decoder PyAV"]["works"] is True
    assert record["checks"]["bundled model"]["works"] is True
    assert record["checks"]["hub"]["works"] is None
    assert record["packages"]["torch"]
    assert record["settings"]["VIDEOMAE_MODEL"] == "…/mine"
    assert str(home) not in printed and TOKEN not in printed and "jane" not in printed


def test_what_fails_is_said_without_what_is_private(home, capsys, monkeypatch):
    def broken():
        raise OSError(f"cannot read {home}/.cache/token {TOKEN}")

    monkeypatch.setattr(doctor, "CHECKS", {"broken": broken, "fine": lambda: doctor.Finding(True, "as it should")})
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "NO   broken  OSError: cannot read ~/.cache/token (left out)" in said
    assert "yes  fine    as it should" in said


def test_a_wrong_setting_is_one_of_the_findings(home, monkeypatch):
    monkeypatch.setenv("VIDEOMAE_MAX_SECONDS", "soon")
    assert doctor._look(doctor.CHECKS["settings"]).works is False
