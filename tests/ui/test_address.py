"""An address is read as far as it is right, says what is wrong with the rest, and is written as it is read."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videomae_demo.ui import html
from videomae_demo.ui.address import KEYS, LONGEST, NO_EDITS, PARTS, Place, Tables, parts_css, read, write

TABLES = Tables(
    clips=["boat", "door"],
    tabs=["sampling", "worth"],
    methods=["rollout", "relevance"],
    lessons=["time"],
    steps=2,
    models=["auto", "bundled", "MCG-NJU/videomae-base"],
    samplings=["auto", "dense"],
    edits=["reverse", "freeze", "mirror"],
)
WHOLE = (
    "clip=door&tab=worth&method=relevance&class=7&frame=5&lesson=time&step=2&start=0.5&end=2"
    "&model=MCG-NJU/videomae-base&sampling=dense&edit=reverse,mirror&hide=samples,worth"
)


def test_the_whole_contract():
    place, refused = read("?" + WHOLE, TABLES)
    assert refused == ()
    assert place == Place(
        clip="door",
        tab="worth",
        method="relevance",
        label_id=7,
        frame=5,
        lesson="time",
        step=2,
        start=0.5,
        end=2.0,
        model="MCG-NJU/videomae-base",
        sampling="dense",
        edits=("reverse", "mirror"),
        hide=("samples", "worth"),
    )
    assert write(place) == WHOLE
    assert {name for name, _ in KEYS.values()} == {field.name for field in fields(Place)}


def test_edits_stand_in_the_tables_order_and_may_be_none():
    assert read("edit=mirror,reverse,mirror", TABLES)[0] == Place(edits=("reverse", "mirror"))
    assert read("edit=none", TABLES)[0] == Place(edits=NO_EDITS)
    assert write(Place(edits=NO_EDITS)) == "edit=none"


def test_nothing_is_the_page_as_it_opens():
    assert read("", TABLES) == (Place(), ())
    assert read("?clip=&frame=&__theme=dark", TABLES) == (Place(), ())
    assert write(Place()) == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("clip=dor", "clip=dor: there is none of this name; “door” perhaps?"),
        ("clip=../../etc/passwd", "There are boat, door."),
        ("clip=http://elsewhere/a.mp4", "There are boat, door."),
        ("tab=worht", "“worth” perhaps?"),
        ("method=gradcam", "There are rollout, relevance."),
        ("model=someone/else", "model=someone/else: there is none of this name"),
        ("model=/srv/weights", "model=/srv/weights: there is none of this name"),
        ("sampling=all", "There are auto, dense."),
        ("lesson=0", "There are time."),
        ("lesson=time&step=3", "step=3: a lesson has 2 steps."),
        ("step=2", "step: it needs a lesson."),
        ("class=-1", "class=-1: a whole number is expected."),
        ("class=²", "a whole number is expected."),
        ("frame=0", "frame=0: it is counted from 1."),
        ("frame=1e9", "frame=1e9: a whole number is expected."),
        ("start=nan", "seconds from the start of the clip are expected"),
        ("start=-1", "seconds from the start of the clip are expected"),
        ("end=inf", "seconds from the start of the clip are expected"),
        ("start=2&end=1", "the window ends before it starts."),
        ("end=0", "the window ends before it starts."),
        ("edit=revers", "edit=revers: there is none of this name; “reverse” perhaps?"),
        ("edit=none,reverse", "There are reverse, freeze, mirror."),
        ("hide=everything", "“everything” is no part of the page"),
        ("metod=rollout", "metod: an address has no such part; “method” perhaps?"),
        ("x" * (LONGEST + 1), "longer than"),
    ],
)
def test_what_is_wrong_is_left_out_and_said(query, words):
    place, refused = read(query + ("&method=relevance" if len(query) < LONGEST else ""), TABLES)
    assert len(refused) == 1 and words in refused[0]
    kept = Place(method="relevance") if len(query) < LONGEST else Place()
    assert replace(place, lesson=None, method=kept.method) == kept


@given(st.text(max_size=300))
def test_whatever_a_stranger_writes_is_read_without_fail(text):
    place, refused = read(text, TABLES)
    assert read(write(place), TABLES) == (place, ())
    assert "<" not in html.notice(refused).replace("<div", "").replace("<p>", "").replace("</", "").replace(
        "<ul>", ""
    ).replace("<li>", "")


@given(
    st.builds(
        Place,
        clip=st.sampled_from([None, *TABLES.clips]),
        tab=st.sampled_from([None, *TABLES.tabs]),
        label_id=st.none() | st.integers(0, 999),
        frame=st.none() | st.integers(1, 64),
        start=st.none() | st.floats(0.001, 50),
        end=st.none() | st.floats(51, 1000),
        model=st.sampled_from([None, *TABLES.models]),
        hide=st.lists(st.sampled_from([*PARTS, *TABLES.tabs]), unique=True).map(tuple),
    )
)
def test_what_is_written_is_read_as_it_was(place):
    assert read(write(place), TABLES) == (place, ())


def test_a_name_that_is_hidden_is_a_rule_of_the_style_sheet():
    style = parts_css(["worth"])
    for name in (*PARTS, "worth"):
        assert f'[data-hide~="{name}"] ' in style
    assert '[data-hide~="controls"] #window-fold' in style
