"""The files to take away: read back, they say what the analysis says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from made_records import made_analysis, made_clip, made_map
from PIL import Image

from videomae_demo.figures.burnt_in import burnt_in
from videomae_demo.report.downloads import film_fps, write_folder
from videomae_demo.report.export import analysis_json
from videomae_demo.report.html import report_html
from videomae_demo.results import Analysis
from videomae_demo.words import later, use


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    clip = made_clip(num_frames=64, width=321, height=241)  # odd: H.264 wants even
    return made_analysis(clip=clip, explanations=(made_map(), made_map(method="ledger", signed=True)))


@pytest.fixture(scope="module")
def folder(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "new" / "folder"
    files = write_folder(analysis, folder, top_k=3)
    assert {file.name for file in files} == {file.name for file in folder.iterdir()}
    return folder


def test_the_json_is_the_contracts(analysis, folder):
    assert json.loads((folder / "analysis.json").read_text()) == analysis_json(analysis, 3)


def test_the_maps_are_one_array_a_method(analysis, folder):
    with np.load(folder / "maps.npz") as maps:
        assert set(maps) == {"rollout", "ledger"}
        for method, explanation in analysis.explanations.items():
            assert maps[method].dtype == np.float32
            np.testing.assert_array_equal(maps[method], explanation.values)


def test_the_frames_are_those_that_were_decoded(analysis, folder):
    with np.load(folder / "frames.npz") as frames:
        np.testing.assert_array_equal(frames["frames"], analysis.frames.rgb)
        assert frames["frames"].dtype == np.uint8
        np.testing.assert_array_equal(frames["pts_seconds"], analysis.frames.pts_seconds)
        np.testing.assert_array_equal(frames["indices"], analysis.frames.indices)


def test_the_film_shows_every_frame_under_the_map(analysis, folder):
    expected = burnt_in(analysis, analysis.explanations["rollout"])
    with av.open(str(folder / "overlay.mp4")) as container:
        stream = container.streams.video[0]
        decoded = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(stream)])
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        # Film rates are fractions with small denominators.
        assert float(stream.average_rate) == pytest.approx(film_fps(analysis.frames), rel=1e-3)
    assert decoded.shape == expected.shape
    assert np.abs(decoded.astype(float) - expected).mean() < 4
    gif = Image.open(folder / "overlay.gif")
    assert gif.n_frames == len(expected)
    assert gif.info["loop"] == 0


def test_the_map_is_burnt_in_where_the_tokens_are_and_leaves_the_rest_clear(analysis):
    flat = made_map()
    one = np.zeros(flat.values.shape, np.float32)
    one[2, 0, 7] = 1  # third slice, top right token
    pictures = burnt_in(analysis, replace(flat, values=one)).astype(int)
    plain = burnt_in(analysis, replace(flat, values=one), opacity=0).astype(int)
    changed = (pictures != plain).any(axis=-1)
    assert {int(frame) for frame in np.nonzero(changed.any(axis=(1, 2)))[0]} == {4, 5}
    rows, columns = np.nonzero(changed[4])
    crop, (height, width) = analysis.model_input.crop_box, changed.shape[1:]
    # A border between two pixels belongs to either.
    assert rows.min() == pytest.approx(crop.top * height, abs=1)
    assert columns.max() == pytest.approx(crop.right * width - 1, abs=1)
    assert columns.min() == pytest.approx((crop.right - (crop.right - crop.left) / 8) * width, abs=1)


@pytest.mark.parametrize(
    ("pts_seconds", "fps"), [((0, 0.1, 0.2), 10), ((0, 5, 10), 4), ((0, 0.001, 0.002), 30), ((1, 1, 1), 4)]
)
def test_films_play_at_the_clips_own_speed_within_reason(analysis, pts_seconds, fps):
    frames = replace(analysis.frames, rgb=analysis.frames.rgb[:3], indices=(0, 1, 2), pts_seconds=pts_seconds)
    assert film_fps(frames) == pytest.approx(fps)


def test_the_report_stands_alone_and_carries_the_numbers(analysis, folder):
    text = (folder / "report.html").read_text()
    for outside in ('src="http', "href=", "@import", "url("):
        assert outside not in text.split("</script>", 1)[1], outside  # the first script is plotly.js itself
    carried = text.split('id="analysis">')[1].split("</script>")[0]
    assert json.loads(carried) == analysis_json(analysis, 3)
    for needle in ("move left, 93 %", "Attention rollout", "Ledger", 'id="stage-figure"', 'id="figure-ledger"'):
        assert needle in text


def test_a_clip_that_the_page_named_is_named_in_the_reports_language(analysis):
    recorded = replace(analysis, clip_name=later("Camera recording {n}", n=2))
    with use("de"):
        text = report_html(recorded, analysis_json(recorded, 3))
    assert text.count("Kameraaufnahme 2") == 2  # the window's title, and above the answer


def test_a_label_cannot_break_out_of_the_report(analysis, tmp_path):
    hostile = "</script><img src=x onerror=alert(1)>"
    labels = (hostile, *analysis.prediction.labels[1:])
    changed = replace(analysis, prediction=replace(analysis.prediction, labels=labels), clip_name=hostile + ".mp4")
    write_folder(changed, tmp_path)
    text = (tmp_path / "report.html").read_text().split("</script>", 1)[1]
    assert "<img" not in text
    assert json.loads(text.split('id="analysis">')[1].split("</script>")[0])["predictions"][0]["label"] == hostile
