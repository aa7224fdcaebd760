"""Lessons as files: what a lecturer writes, and one clear sentence where it is wrong."""

import pytest

from videomae_demo.lessons import LESSONS, read_lessons
from videomae_demo.lessons.reading import LessonFileError, read_lesson

GOOD = """\
---
key: mirrored
title: Left, right, and the mirror: a test
clip: boat
tab: time
ask: edit mirror
exercise: edit mirror = same, unsure
set edits: mirror
method: rollout
minutes: 10
---
Exchange left and right in every frame, and most things stay what they are: a dog in a mirror is a dog. A movement to
the left, though, becomes one to the right. Clips are often mirrored at random when a network is trained, and the label
is kept. For classes with a side that teaches a mistake.

## Question

Left and right are exchanged.
What will the model say?

- same: The same class
- another: Another class
- unsure: Nothing it is sure of

## Answer

Compare the bars.

## Exercise

Find a movement that the mirror does not change. Why is it one?

## Sources

- [Goyal et al. 2017, Something-Something](https://arxiv.org/abs/1706.04261)
"""


@pytest.fixture
def write(tmp_path):
    def written(text: str = GOOD, name: str = "mirrored.md"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_file_becomes_a_lesson(write):
    lesson = read_lesson(write(), tabs=["time"])
    assert (lesson.key, lesson.title, lesson.minutes) == ("mirrored", "Left, right, and the mirror: a test", 10)
    assert (lesson.sample, lesson.tab, lesson.method) == ("move left", "time", "rollout")
    assert lesson.question == "Left and right are exchanged. What will the model say?"
    assert dict(zip(lesson.outcomes, lesson.guesses, strict=True))["unsure"] == "Nothing it is sure of"
    assert (lesson.ask.kind, lesson.ask.about) == ("edit", ("mirror",))
    assert lesson.exercise.goals == ("same", "unsure")
    assert lesson.controls == {"edits": "mirror"}
    assert lesson.sources[0].url == "https://arxiv.org/abs/1706.04261"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("---\nkey", "key", "mirrored.md, line 1: it begins with a line “---”"),
        ("minutes: 10\n---\n", "minutes: 10\n", "the header has no end"),
        ("key: mirrored\n", "", "the header lacks “key: …”"),
        ("key: mirrored", "key: Mirrored!", "line 2: a key has small letters"),
        ("clip: boat", "clip: baot", "line 4: clip: there is no “baot”; “boat” perhaps?"),
        ("clip: boat", "clip: ../boat.mp4", "clip: there is no “../boat.mp4”"),
        ("tab: time", "tab: tmie", "line 5: tab: there is no “tmie”; “time” perhaps?"),
        ("ask: edit mirror", "ask: edti mirror", "line 6: ask: there is no “edti”; “edit” perhaps?"),
        (
            "ask: edit mirror",
            "ask: edit",
            "line 6: ask: “edit” asks what the model says to the edited clip, and takes 1",
        ),
        ("ask: edit mirror", "ask: edit miror", "ask: edit: there is no “miror”; “mirror” perhaps?"),
        ("ask: edit mirror", "ask: edit hide", "ask: edit: there is no “hide”"),
        ("= same, unsure", "", "line 7: exercise: expected “edit mirror = same”"),
        ("= same, unsure", "= sme", "line 7: exercise: there is no “sme”; “same” perhaps?"),
        ("set edits: mirror", "edits: mirror", "line 8: the header: there is no “edits”"),
        ("set edits: mirror", "set edits", "line 8: expected “name: value”, not “set edits”"),
        ("method: rollout", "method: rollut", "line 9: method: there is no “rollut”; “rollout” perhaps?"),
        ("minutes: 10", "minutes: ten", "line 10: minutes: expected a whole number, not “ten”"),
        ("minutes: 10", "minutes: 10\nminutes: 11", "line 11: “minutes” stands in the header twice"),
        ("Exchange left and right in every frame, and most", "Most", None),
        ("## Answer\n\nCompare the bars.", "", "there is nothing under a heading “## Answer”"),
        ("## Answer", "## Anwser", "a heading: there is no “Anwser”; “Answer” perhaps?"),
        ("What will the model say?", "Say what.", "stands a question, with a question mark"),
        ("- another: Another class\n", "", "these outcomes have no guess: another"),
        ("- another: Another", "- anothr: Another", "a guess: there is no “anothr”; “another” perhaps?"),
        ("- another: Another class", "- Another class", "a guess is “- outcome: words”, not “- Another class”"),
        ("## Exercise\n\nFind a movement that the mirror does not change. Why is it one?", "", "come together"),
        ("- [Goyal", "- Goyal", "a source is “- [title](https://…)”"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(write, old, new, sentence):
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    if sentence is None:  # fewer words will do, down to a point
        assert read_lesson(path)
        return
    with pytest.raises(LessonFileError) as caught:
        read_lesson(path, tabs=["time", "sampling"])
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("mirrored.md") and "\n" not in str(caught.value)


def test_a_text_that_is_too_short_or_no_text_at_all(write, tmp_path):
    begin, end = GOOD.index("Exchange"), GOOD.index("## Question")
    with pytest.raises(LessonFileError, match="fewer than 40 words"):
        read_lesson(write(GOOD[:begin] + "Short.\n\n" + GOOD[end:]))
    chinese = (GOOD[:begin] + "左右互换。" * 10 + "\n\n" + GOOD[end:]).replace("say?", "说？")
    assert read_lesson(write(chinese)).question.endswith("？")  # no spaces between its words
    (tmp_path / "latin.md").write_bytes("---\nkey: grün\n".encode("latin-1"))
    with pytest.raises(LessonFileError, match="not written in UTF-8"):
        read_lesson(tmp_path / "latin.md")


def test_own_lessons_follow_the_tour_and_may_take_the_place_of_one(write, tmp_path):
    write()
    write(GOOD.replace("key: mirrored", "key: time"), name="a.md")
    write("# About these lessons", name="README.md")
    found = read_lessons(tmp_path)
    assert [lesson.key for lesson in found] == [*(lesson.key for lesson in LESSONS), "mirrored"]
    assert next(lesson for lesson in found if lesson.key == "time").ask.about == ("mirror",)


def test_every_wrong_file_of_a_folder_is_named(write, tmp_path):
    write(GOOD.replace("tab: time", "tab: tmie"), name="one.md")
    write(GOOD, name="three.md")
    write(GOOD, name="two.md")
    with pytest.raises(LessonFileError) as caught:
        read_lessons(tmp_path, tabs={lesson.tab for lesson in LESSONS})
    first, second = str(caught.value).splitlines()
    assert first.startswith("one.md, line 5: tab")
    assert second == "two.md: three.md has the key “mirrored” already."


def test_a_folder_that_is_not_there_or_has_no_lesson(tmp_path):
    with pytest.raises(LessonFileError, match="no such folder"):
        read_lessons(tmp_path / "none")
    with pytest.raises(LessonFileError, match="no lesson in it"):
        read_lessons(tmp_path)


def test_a_lesson_may_bring_a_clip_of_its_own(write, tmp_path):
    (tmp_path / "ours.mp4").write_bytes(b"clip")
    lesson = read_lesson(write(GOOD.replace("clip: boat", "clip: ours.mp4")))
    assert (lesson.sample, lesson.clip) == (None, tmp_path / "ours.mp4")
