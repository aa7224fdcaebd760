"""``where``: results go beside the checkpoint and into a README."""

import pytest
from made_probes import made_probes, made_study
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands import where
from videomae_demo.commands.main import main
from videomae_demo.training import measure_patching, probing


@pytest.fixture
def folder(tmp_path):
    return save_hub_layout(tiny_model(num_frames=16), tmp_path / "model")


@pytest.fixture
def asked(monkeypatch):
    """What the two measurements were asked for."""
    calls = []

    def measure(made):
        def measured(folder, classifier, *, clips, command, on_progress):
            calls.append((folder, clips, command))
            return made()

        return measured

    monkeypatch.setattr(probing, "train_probes", measure(made_probes))
    monkeypatch.setattr(measure_patching, "measure_patching", measure(made_study))
    return calls


@pytest.mark.parametrize(("kind", "clips", "says"), [("probes", 1020, "| Place |"), ("patching", 100, "Mean of 100")])
def test_the_result_is_printed_and_put_into_the_readme(kind, clips, says, folder, asked, tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n<!-- {kind}: begin -->\nold\n<!-- {kind}: end -->\nafter\n", encoding="utf-8")
    assert main(["where", kind, "--model", str(folder), "--readme", str(readme)]) == 0
    assert asked == [(folder, clips, f"python -m videomae_demo where {kind} --model {folder} --clips {clips}")]
    assert says in capsys.readouterr().out
    text = readme.read_text(encoding="utf-8")
    assert says in text and "old" not in text and text.startswith("before\n") and text.endswith("after\n")


def test_patching_leaves_a_picture_and_the_readme_shows_it(folder, asked):
    readme = folder.parent / "README.md"
    readme.write_text("<!-- patching: begin -->\n<!-- patching: end -->", encoding="utf-8")
    main(["where", "patching", "--model", str(folder), "--clips", "7", "--readme", str(readme)])
    assert "](model/patching.svg)" in readme.read_text(encoding="utf-8")
    assert (folder / where.PICTURE).read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert asked[0][1] == 7


@pytest.mark.parametrize("kind", ["probes", "patching"])
def test_a_model_of_other_films_is_refused_in_a_sentence(kind, tmp_path, capsys):
    folder = save_hub_layout(tiny_model(num_frames=32), tmp_path / "model")
    assert main(["where", kind, "--model", str(folder), "--clips", "3"]) == 1
    told = capsys.readouterr().err
    assert "this model takes 32, 2 a slice" in told or "classes are not the renderer's" in told
    assert "Traceback" not in told and not list(folder.glob("*.part"))


def test_the_untrained_network_has_no_folder_for_results(capsys):
    assert main(["where", "probes", "--model", "untrained", "--clips", "3"]) == 1
    assert "no folder for results of its own" in capsys.readouterr().err


def test_a_kind_must_be_named(capsys):
    with pytest.raises(SystemExit):
        main(["where"])
    assert "{probes,patching}" in capsys.readouterr().err
