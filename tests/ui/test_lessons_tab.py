"""The lessons' tab: what a lecturer's files may set on the page, and what the room said."""

import re

import gradio as gr
import pytest
from fake_backend import FakeBackend

from videomae_demo.lessons import LESSONS, Found
from videomae_demo.lessons.reading import TOUR
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs.lessons.exercise import checked_html, exercise_html
from videomae_demo.ui.tabs.lessons.room import room_html
from videomae_demo.ui.visit import Visit

TIME = (TOUR / "5_time.md").read_text(encoding="utf-8").replace("key: time", "key: ours")


def built(tmp_path, text: str = TIME, **settings: str) -> str:
    """All that stands in the page's HTML components, with one lesson more."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "ours.md").write_text(text, encoding="utf-8")
    demo = build_demo(FakeBackend(tmp_path).backend(), Settings(lessons=str(folder), **settings))
    return " ".join(str(block.value) for block in demo.blocks.values() if isinstance(block, gr.HTML))


def test_a_lecturers_lesson_follows_the_tour(tmp_path):
    assert f'data-step="{len(LESSONS)}"' in built(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("set edits: reverse", "set edit: reverse", "set edit: there is no such control on the page."),
        ("reverse, shuffle, freeze", "revers", "set edits: “revers” is none of reverse, shuffle"),
        ("set edits: reverse, shuffle, freeze", "set mask-share: much", "set mask-share: “much” is no number."),
        ("tab: time", "tab: tme", "there is no “tme”; “time” perhaps?"),
    ],
)
def test_what_it_sets_has_to_be_there(tmp_path, old, new, sentence):
    with pytest.raises(ValueError, match="^VIDEOMAE_LESSONS: .*" + re.escape(sentence)):
        built(tmp_path, TIME.replace(old, new, 1))


def test_what_nobody_pressed_says_nothing_where_there_is_no_answer_yet(tmp_path):
    """The browser may tell of a state's change while the page opens."""
    demo = build_demo(FakeBackend(tmp_path).backend(), Settings())
    told = [
        one
        for one in demo.fns.values()
        if one.name in ("reveal", "checked")
        and any(event == "change" and isinstance(demo.blocks[block], gr.State) for block, event in one.targets)
    ]
    assert told
    for one in told:
        list(one.fn(Visit(), None, *[entry.value for entry in one.inputs[2:]]))


def test_nobody_is_counted_unless_asked_for_and_never_on_a_public_server(tmp_path):
    def places(room: str) -> set[str]:
        demo = build_demo(FakeBackend(tmp_path).backend(), Settings(room=room))
        return {block.elem_id for block in demo.blocks.values() if getattr(block, "elem_id", None)}

    assert "lesson-room" not in places("off")
    assert "lesson-room" in places("on")
    with pytest.raises(ValueError, match="a public server counts no guesses"):
        Settings.from_environment({"VIDEOMAE_ROOM": "on", "VIDEOMAE_PUBLIC": "on"})
    assert Settings.from_environment({"VIDEOMAE_ROOM": "on"}).room == "on"


def test_an_exercise_sends_nobody_away_from_its_own_buttons():
    for lesson in LESSONS:
        assert "top of the page" not in exercise_html(lesson, ())
        assert "Upload or record it here" in exercise_html(lesson, ())


def test_bars_are_as_long_as_their_share_of_all_guesses():
    html = room_html(LESSONS[0], (2, 8, 0))
    assert re.findall(r"--share:([\d.]+)", html) == ["0.200", "0.800", "0.000"]
    assert "10 guesses" in html and re.findall(r"<td>(\d+) <small>(.*?)</small>", html) == [
        ("2", "20 %"),
        ("8", "80 %"),
        ("0", "0 %"),
    ]
    assert "1 guess<" in room_html(LESSONS[0], (0, 1, 0))
    assert "0 guesses" in room_html(LESSONS[0], (0, 0, 0))


@pytest.mark.parametrize(
    ("outcome", "own", "head"),
    [
        ("same", True, "Done, on your clip: The same class"),
        ("another", True, "Not yet. On your clip: Another class, and sure of it"),
        ("same", False, "The same class, on one of the page’s clips. Now one of yours"),
    ],
)
def test_an_exercise_counts_on_a_clip_of_ones_own(outcome, own, head):
    lesson = next(one for one in LESSONS if one.key == "time")
    html = checked_html(lesson, Found(outcome, "<Numbers>."), own=own)
    assert head in html and "&lt;Numbers&gt;." in html
    assert ('class="found right"' in html) == (own and outcome == "same")


def test_an_outcome_without_a_guess_of_the_lesson_is_said_in_a_sentence():
    lesson = next(one for one in LESSONS if one.key == "tokens")
    assert "Done, on your clip: Few tokens hold movement" in checked_html(lesson, Found("few", "."), own=True)
