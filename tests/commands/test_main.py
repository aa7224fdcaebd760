"""The command line as a program sees it: lines of JSON, exit statuses, files, and nothing else on stdout."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from clips import counting_frames, number_of, write_clip
from contract import CONTRACT, assert_obeys
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.commands.main import COMMANDS, main
from videomae_demo.commands.rows_file import RowsFile
from videomae_demo.models import load_classifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, two good clips and two bad ones."""
    folder = tmp_path_factory.mktemp("cli")
    save_hub_layout(tiny_model(num_frames=8), folder / "model")
    write_clip(folder / "up.mp4", counting_frames(20))
    write_clip(folder / "down.mkv", counting_frames(28)[::-1])
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no video at all")
    return folder


@pytest.fixture
def shell(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run a command in the folder; gives (status, stdout, stderr)."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("VIDEOMAE_MODEL", "model")

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as error:
            status = error.code
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_classify_prints_one_object_a_clip_and_line(shell):
    status, out, _ = shell("classify", "up.mp4", "empty.mp4", "gone.mp4", "down.mkv", "text.mp4", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [record["clip"] for record in records] == ["up.mp4", "empty.mp4", "gone.mp4", "down.mkv", "text.mp4"]
    for record in records:
        if record["ok"]:
            assert_obeys(record, CONTRACT)
        else:
            assert set(record["error"]) == {"code", "message"}
    assert [record.get("error", {}).get("code") for record in records] == [
        None,
        "empty",
        "not_found",
        None,
        "unreadable",
    ]
    assert records[0]["model"]["source"] == "folder"
    assert records[3]["clip_info"]["num_frames"] == 28


def test_all_good_is_status_0_and_options_count(shell):
    status, out, _ = shell(
        "classify", "up.mp4", "--json", "--sampling", "dense", "--views", "2x3", "--top-k", "2", "--start", "0.5"
    )
    record = json.loads(out)
    assert status == 0
    assert record["sampling"]["name"] == "dense"
    assert len(record["sampling"]["views"]) == 6
    assert record["sampling"]["views"][0]["indices"][0] == 5
    assert len(record["predictions"]) == 2
    assert record["window"] == {"start_seconds": 0.5, "end_seconds": None}


def test_the_probabilities_are_the_pipelines(shell, folder):
    _, out, _ = shell("classify", "up.mp4", "--json")
    expected = pipeline.analyse(folder / "up.mp4", model="model", methods=()).prediction.top(5)
    rows = json.loads(out)["predictions"]
    assert [(row["label_id"], row["label"]) for row in rows] == [row[:2] for row in expected]
    # The command line answers clips in batches, which round otherwise.
    assert [row["probability"] for row in rows] == pytest.approx([row[2] for row in expected], abs=1e-5)


def test_text_names_the_answer_the_frames_and_the_model(shell):
    status, out, _ = shell("classify", "up.mp4", "empty.mp4")
    assert status == 1
    assert "LABEL_" in out and "8 frames from" in out and "its folder was asked for" in out
    assert "failed (empty)" in out


def test_whatever_others_print_does_not_reach_stdout(shell, monkeypatch):
    prepare = pipeline.prepare

    def chatty(*args, **kwargs):
        print("a library says hello")
        return prepare(*args, **kwargs)

    monkeypatch.setattr(pipeline, "prepare", chatty)
    _, out, err = shell("classify", "up.mp4", "--json")
    assert json.loads(out)["ok"]
    assert "hello" in err


def test_an_unexpected_error_is_an_object_too(shell, monkeypatch):
    monkeypatch.setattr(pipeline, "prepare", lambda *_, **__: 1 / 0)
    status, out, _ = shell("classify", "up.mp4", "--json")
    assert status == 1
    assert json.loads(out)["error"]["code"] == "internal"
    assert "division" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("classify",),
        ("classify", "a.mp4", "--sampling", "fancy"),
        ("classify", "a.mp4", "--views", "5x2"),
        ("classify", "a.mp4", "--top-k", "0"),
        ("classify", "a.mp4", "--top-k", "many"),
        ("classify", "a.mp4", "--start", "-1"),
        ("classify", "a.mp4", "--end", "nan"),
        ("classify", "a.mp4", "--start", "2", "--end", "1"),
        ("classify", "a.mp4", "--device", "tpu"),
        ("explain", "a.mp4"),
        ("explain", "a.mp4", "--out", "x", "--method", "rollout,nonsense"),
        ("explain", "a.mp4", "--out", "x", "--method", ","),
        ("evaluate",),
        ("timeline", "a.mp4"),
        ("features", "a.mp4"),
        ("features", "a.mp4", "--out", "x.csv"),
        ("timeline", "a.mp4", "--out", "x", "--step", "0"),
    ],
)
def test_wrong_usage_is_status_2(shell, arguments):
    status, out, err = shell(*arguments)
    assert status == 2
    assert out == ""
    assert "usage:" in err


def test_a_bad_setting_is_one_clear_line(shell, monkeypatch):
    monkeypatch.setenv("VIDEOMAE_MAX_SECONDS", "soon")
    status, _, err = shell("classify", "up.mp4")
    assert status == 2
    assert err.strip() == "VIDEOMAE_MAX_SECONDS='soon': expected a number"


def test_without_a_command_the_help_is_printed(shell):
    status, out, _ = shell()
    assert status == 0
    assert all(name in out for name in COMMANDS)


def test_explain_writes_what_it_says(shell, folder, tmp_path):
    status, out, _ = shell("explain", "up.mp4", "--method", "rollout,ledger", "--out", str(tmp_path / "out"), "--json")
    assert status == 0
    record = json.loads((tmp_path / "out" / "analysis.json").read_text())
    printed = json.loads(out)
    assert_obeys(record, CONTRACT)
    assert record == printed
    assert set(record["explanations"]) == {"rollout", "ledger"}
    with np.load(tmp_path / "out" / "frames.npz") as frames:
        assert [number_of(frame) for frame in frames["frames"]] == record["sampling"]["views"][0]["indices"]
    with np.load(tmp_path / "out" / "maps.npz") as maps:
        assert {maps[name].shape for name in maps} == {(4, 4, 4)}
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "analysis.json",
        "maps.npz",
        "frames.npz",
        "report.html",
        "overlay.mp4",
        "overlay.gif",
    }


def test_several_clips_get_a_folder_each_and_a_bad_one_none(shell, tmp_path):
    status, out, _ = shell("explain", "up.mp4", "empty.mp4", "down.mkv", "--out", str(tmp_path), "--json")
    assert status == 1
    assert [json.loads(line)["ok"] for line in out.splitlines()] == [True, False, True]
    assert {path.name for path in tmp_path.iterdir()} == {"up", "down"}


def test_a_target_is_a_label_whatever_the_case_or_a_number(shell, tmp_path):
    for wanted in ("label_3", "3"):
        shell("explain", "up.mp4", "--method", "ledger", "--target", wanted, "--out", str(tmp_path))
        record = json.loads((tmp_path / "analysis.json").read_text())
        assert record["explanations"]["ledger"]["target"] == {"label_id": 3, "label": "LABEL_3"}
    status, out, _ = shell("explain", "up.mp4", "--target", "nonsense", "--out", str(tmp_path), "--json")
    assert status == 1
    assert json.loads(out)["error"]["code"] == "bad_request"


def test_a_folder_that_cannot_be_written_is_said(shell, tmp_path):
    (tmp_path / "taken").write_text("a file")
    status, out, _ = shell("explain", "up.mp4", "--out", str(tmp_path / "taken"), "--json")
    assert status == 1
    assert "--out" in json.loads(out)["error"]["message"]


def test_a_progress_file_that_cannot_be_written_is_said(shell, folder, tmp_path):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(f"path,label\n{folder / 'up.mp4'},0\n")
    status, _, err = shell("evaluate", str(manifest), "--state", str(tmp_path / "gone" / "state"))
    assert status == 1
    assert "--state" in err and "Traceback" not in err


def test_faithfulness_is_measured_on_demand(shell, tmp_path):
    shell("explain", "up.mp4", "--faithfulness", "--out", str(tmp_path))
    measured = json.loads((tmp_path / "analysis.json").read_text())["explanations"]["rollout"]["faithfulness"]
    assert 0 <= measured["deletion_auc"] <= 1
    assert len(measured["random_auc"]) >= 5
    assert measured["verdict"] in (tmp_path / "report.html").read_text()


def test_evaluate_counts_and_goes_on_where_it_stopped(shell, folder, tmp_path, monkeypatch):
    right = pipeline.analyse(folder / "up.mp4", model=str(folder / "model"), methods=()).prediction.top(5)
    manifest = tmp_path / "clips.csv"
    rows = [("up.mp4", right[0][1]), ("up.mp4", str(right[1][0])), ("empty.mp4", "LABEL_1"), ("up.mp4", "nonsense")]
    manifest.write_text("path,label\n" + "".join(f"{folder / name},{label}\n" for name, label in rows))
    status, out, _ = shell("evaluate", str(manifest), "--json")
    record = json.loads(out)
    assert status == 1
    assert (record["num_clips"], record["num_answered"]) == (4, 2)
    assert record["top1"]["accuracy"] == 0.5
    assert record["top5"]["accuracy"] == 1.0
    # From tables of four digits.
    assert record["top1"]["interval_95"] == pytest.approx([0.0945, 0.9055], abs=1e-4)
    assert [row["error"]["code"] for row in record["failed"]] == ["empty", "bad_request"]

    report = (tmp_path / next(tmp_path.glob("clips.*.report.html")).name).read_text(encoding="utf-8")
    assert "LABEL_" in report and "data:image/webp" in report and "empty.mp4 is empty" in report
    body = report.split("</head>")[1]  # plotly.js stands before it
    assert "://" not in body.replace("http://www.w3.org", "")

    monkeypatch.setattr(pipeline, "prepare", lambda *_, **__: pytest.fail("a finished clip was done again"))
    assert json.loads(shell("evaluate", str(manifest), "--json")[1]) == record
    text = shell("evaluate", str(manifest))[1]
    assert "top-1 50.0 %" in text and "failed: " in text


def test_evaluate_finds_clips_beside_the_manifest(shell, folder):
    manifest = folder / "beside.csv"
    manifest.write_text("path,label\nup.mp4,LABEL_0\n")
    status, out, _ = shell("evaluate", str(manifest), "--json", "--views", "2x1")
    assert status == 0
    assert json.loads(out)["views"] == "2x1"
    progress = [path for path in folder.iterdir() if path.name.startswith("beside.") and path.suffix == ".jsonl"]
    assert len(progress) == 1


def test_evaluate_takes_folders_named_by_their_label(shell, folder, tmp_path):
    for label in ("LABEL_0", "LABEL_1"):
        (tmp_path / "val" / label).mkdir(parents=True)
        (tmp_path / "val" / label / "up.mp4").write_bytes((folder / "up.mp4").read_bytes())
    status, out, err = shell("evaluate", str(tmp_path / "val"), "--json", "--batch-size", "2")
    assert status == 0
    assert json.loads(out)["num_clips"] == 2
    assert "2 of 2 clips" in err and "a second" in err
    (state,) = tmp_path.glob("val.*.progress.jsonl")
    assert [json.loads(line)["label"] for line in state.read_text().splitlines()] == ["LABEL_0", "LABEL_1"]


def test_classify_goes_on_to_the_same_file(shell, folder, tmp_path):
    clips = ("up.mp4", "empty.mp4", "down.mkv", "gone.mp4", "up.mp4")
    file = tmp_path / "rows.jsonl"
    options = ("--out", str(file), "--batch-size", "2")
    status, out, _ = shell("classify", *clips, *options)
    assert (status, out) == (1, "")
    whole = file.read_bytes()
    rows = [json.loads(line) for line in whole.splitlines()]
    assert [(row["clip"], row["ok"]) for row in rows] == list(zip(clips, (1, 0, 1, 0, 1), strict=True))
    assert "seconds" not in rows[0]  # what a clock says is never the same twice
    for end in (0, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:end])
        assert shell("classify", *clips, *options)[0] == 1
        assert file.read_bytes() == whole
    status, _, err = shell("classify", *clips, *options)
    assert "5 of 5 clips are done already" in err
    assert shell("classify", *clips, *options, "--views", "2x1")[0] == 1
    assert file.read_bytes() == whole


def test_classify_writes_a_table(shell, folder, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert shell("classify", "up.mp4", "empty.mp4", "--out", str(tmp_path / "rows.parquet"))[0] == 1
    good, bad = parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    assert (good["clip"], good["ok"], good["num_frames"]) == ("up.mp4", True, 20)
    assert good["label"] == good["predictions"][0]["label"]
    assert (bad["ok"], bad["error_code"], bad["label"]) == (False, "empty", None)
    assert (good["known"], good["familiarity"], bad["known"]) == (None, None, None)  # this checkpoint cannot tell


def test_features_are_what_the_head_reads(shell, folder, tmp_path):
    status, _, err = shell("features", "up.mp4", "empty.mp4", "down.mkv", "--tokens", "--out", str(tmp_path / "x.npz"))
    assert status == 1 and "empty.mp4 is empty" in err and "3 x 16 features" in err
    with np.load(tmp_path / "x.npz") as file:
        found = dict(file)
    assert found["clips"].tolist() == ["up.mp4", "empty.mp4", "down.mkv"]
    assert [bool(error) for error in found["error"]] == [False, True, False]
    assert found["pooled"].shape == (3, 16) and found["tokens"].shape == (3, 1, 64, 16)
    assert np.isnan(found["pooled"][1]).all() and np.isfinite(found["pooled"][[0, 2]]).all()
    # The mean of all tokens is what this model's head reads.
    np.testing.assert_allclose(found["pooled"][0], found["tokens"][0, 0].mean(axis=0), atol=1e-5)
    analysis = pipeline.analyse(folder / "up.mp4", model="model", methods=())
    classifier = load_classifier("model")
    tokens = classifier.forward(analysis.model_input.pixel_values).tokens.numpy()
    np.testing.assert_allclose(found["tokens"][0, 0], tokens, atol=1e-4)


def test_features_of_several_views_are_their_mean_and_go_into_a_table(shell, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    options = ("--views", "2x3", "--start", "0.3")
    assert shell("features", "up.mp4", "gone.mp4", "--out", str(tmp_path / "x.parquet"), *options)[0] == 1
    assert shell("features", "up.mp4", "--tokens", "--out", str(tmp_path / "x.npz"), *options)[0] == 0
    good, bad = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    with np.load(tmp_path / "x.npz") as file:
        np.testing.assert_allclose(good["pooled"], file["pooled"][0], atol=1e-5)
        np.testing.assert_allclose(file["tokens"][0].mean(axis=(0, 1)), file["pooled"][0], atol=1e-5)
    assert bad["pooled"] is None and bad["error"].startswith("not_found")


def test_timeline_writes_what_it_says(shell, folder, tmp_path):
    options = ("--window", "0.5", "--step", "0.25", "--start", "0.5", "--top-k", "2")
    status, out, err = shell("timeline", "up.mp4", "--out", str(tmp_path / "out"), "--json", *options)
    record = json.loads(out)
    assert status == 0
    assert record["windows"][0]["start_seconds"] == 0.5
    assert [one["start_seconds"] for one in record["windows"]] == [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]
    assert {len(one["predictions"]) for one in record["windows"]} == {2}
    del record["seconds"]
    assert json.loads((tmp_path / "out" / "timeline.json").read_text()) == record
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"timeline.json", "timeline.csv", "report.html"}
    assert "6 windows in" in err
    assert "LABEL_" in shell("timeline", "up.mp4", "--out", str(tmp_path / "out"))[1]


@pytest.mark.parametrize(
    "command",
    [
        ("timeline", "up.mp4", "--window", "0.5", "--step", "0.25", "--batch-size", "2", "--json", "--out", "."),
        ("features", "up.mp4", "gone.mp4", "down.mkv", "--tokens", "--batch-size", "1", "--out", "x.npz"),
    ],
)
def test_a_run_that_was_killed_goes_on_to_the_same_files(shell, tmp_path, monkeypatch, command):
    *command, last = command
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    status = shell(*command, str(whole / last))[0]
    written = RowsFile.add
    for batches in (1, 2):  # each is killed after one batch more

        def add(file, rows, limit=batches):
            if len(file.rows) >= limit * (2 if "timeline" in command else 1):
                raise Killed
            written(file, rows)

        monkeypatch.setattr(RowsFile, "add", add)
        with pytest.raises(Killed):
            shell(*command, str(parts / last))
    monkeypatch.setattr(RowsFile, "add", written)
    again, _, err = shell(*command, str(parts / last))
    assert again == status and "are done already" in err
    files = sorted(path.name for path in whole.iterdir())
    assert sorted(path.name for path in parts.iterdir()) == files
    assert all((parts / name).read_bytes() == (whole / name).read_bytes() for name in files)


class Killed(BaseException):
    """As a process that ends between two batches."""


def test_ctrl_c_ends_a_timeline_and_its_processes(folder, tmp_path):
    # Windows without a new frame are left out: only a clip of many frames keeps it busy until the signal comes.
    write_clip(tmp_path / "long.mp4", np.concatenate([counting_frames(28)] * 400))
    command = [sys.executable, "-m", "videomae_demo", "timeline", str(tmp_path / "long.mp4"), "--model", "model"]
    options = ["--window", "0.1", "--step", "0.05", "--batch-size", "1", "--out", str(tmp_path / "out")]
    with subprocess.Popen([*command, *options], cwd=folder, stderr=subprocess.PIPE, text=True) as running:
        assert any("windows" in line for line in running.stderr)
        workers = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGINT)
        assert "Traceback" not in running.stderr.read()
    assert running.returncode == 130
    assert {path.name.split(".")[1] for path in (tmp_path / "out").iterdir()} == {"progress"}
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE] == []


def test_timeline_says_what_is_wrong(shell, tmp_path):
    status, out, _ = shell("timeline", "empty.mp4", "--out", str(tmp_path), "--json")
    assert (status, json.loads(out)["error"]["code"]) == (1, "empty")
    status, _, err = shell("timeline", "up.mp4", "--out", str(tmp_path), "--start", "60")
    assert status == 1 and "Traceback" not in err and "lasts 2.00 s" in err


def test_the_command_line_reads_any_length(shell, monkeypatch):
    monkeypatch.setenv("VIDEOMAE_MAX_SECONDS", "0.5")
    monkeypatch.setenv("VIDEOMAE_MAX_UPLOAD_MB", "0.0001")
    assert shell("classify", "up.mp4")[0] == 0


def test_a_manifest_that_cannot_be_read_is_one_line(shell):
    status, out, err = shell("evaluate", "gone.csv")
    assert status == 1
    assert out == ""
    assert "cannot be read" in err and "Traceback" not in err


def test_a_missing_package_is_one_line(shell, monkeypatch):
    def not_installed(name: str, package: str):
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr("videomae_demo.commands.main.import_module", not_installed)
    status, _, err = shell("render")
    assert status == 2
    assert "render needs the package cv2" in err and ".[train]" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(shell, name):
    status, out, _ = shell(name, "--help")
    assert status == 0
    assert "--" in out


def test_help_and_usage_errors_need_neither_torch_nor_transformers():
    program = (
        "import sys; from videomae_demo.commands.main import main\n"
        "for arguments in ([], ['classify', '--help'], ['explain', '--help'], ['evaluate', '--help']):\n"
        "    try: main(arguments)\n"
        "    except SystemExit: pass\n"
        "assert not {'torch', 'transformers', 'plotly', 'gradio'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_the_module_runs_and_a_closed_pipe_is_no_traceback(folder):
    command = f"{sys.executable} -m videomae_demo classify up.mp4 up.mp4 up.mp4 --model model --json | head -c 20"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.stdout == '{"clip": "up.mp4", "'
    assert "Traceback" not in done.stderr
