"""Captions of what is kept: every figure of the page has one."""

import json
import re
from dataclasses import replace
from html import unescape

import gradio as gr
from fake_backend import FakeBackend
from made_records import made_analysis, made_prediction

from videomae_demo.results import Familiarity
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, keeping
from videomae_demo.ui.keeping import SCRIPT
from videomae_demo.ui.tabs.compare.side_by_side import steps_html


def test_every_figure_of_the_page_can_be_kept_with_its_words(tmp_path):
    blocks = build_demo(FakeBackend(tmp_path).backend(), Settings()).blocks.values()
    plots = [block for block in blocks if isinstance(block, gr.Plot)]
    assert [block.label for block in plots if not block.elem_id] == []
    written = " ".join(str(block.value) for block in blocks if isinstance(block, gr.HTML))
    about = set(" ".join(re.findall(r'data-about="([^"]*)"', written)).split())
    places = {block.elem_id for block in blocks if isinstance(block, gr.HTML)}
    beside = {figure for figure, place in keeping.BESIDE.items() if place in places}
    assert {*(block.elem_id for block in plots), *keeping.HTML_FIGURES} - about - beside == set()
    assert set(keeping.HTML_FIGURES) <= places


def test_a_caption_names_clip_frames_model_and_answer():
    said = " ".join(keeping.caption_lines(made_analysis(clip_name="disc.mp4")))
    for part in ("disc.mp4, 2.6 s", "16 frames from 0.1 to 2.5 s", "“uniform”", "Model: motion", "move left, 93 %"):
        assert part in said


def test_a_caption_gives_no_answer_where_there_is_none():
    strange = replace(made_prediction(), familiar=Familiarity(-2.0))
    assert "no answer" in " ".join(keeping.caption_lines(made_analysis(prediction=strange)))


def test_facts_survive_a_clips_name_that_is_markup():
    written = keeping.facts_html(made_analysis(clip_name="<b>\"'&.mp4"), 3)
    assert "<b>" not in written
    facts = json.loads(unescape(re.search(r'data-facts="([^"]*)"', written)[1]))
    assert facts["clip"] == "<b>\"'&.mp4" and facts["wish"] == "3"


def test_what_is_pressed_is_not_in_the_picture():
    """Marked where it is made, hidden by the style sheet while the script draws."""
    assert "data-unkept" in steps_html().partition(">")[0]
    style, script = (SCRIPT.with_suffix(end).read_text(encoding="utf-8") for end in (".css", ".js"))
    assert re.search(r"\[data-drawing\] \[data-unkept\] \{ display: none !important", style)
    drawing, copied, done = map(script.index, ("dataset.drawing =", "withStyles(block)", "delete block.dataset"))
    assert drawing < copied < script.index("block.scrollHeight") < done
