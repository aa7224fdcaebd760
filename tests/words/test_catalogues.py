"""Every message of the code is in every catalogue, said, with the same places in it; no word is left out of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from catalogues import catalogue_of, messages
from fake_backend import FakeBackend
from pseudo_language import spoken, unmarked, unmarked_in

from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.words import LANGUAGES, SOURCE, use

TRANSLATED = [key for key in LANGUAGES if key != SOURCE]
PLACE = re.compile(r"\{(\w+)(?:[:!][^}]*)?\}")
TAGS = re.compile(r"</?\w+>")


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_catalogue_says_what_the_code_says(key):
    """``python tests/catalogues.py`` brings it up to date."""
    found = {(message.id, message.context) for message in messages() if message.id}
    known = {(message.id, message.context) for message in catalogue_of(key) if message.id}
    assert known == found


@pytest.mark.parametrize("key", TRANSLATED)
def test_a_catalogue_says_whose_it_is(key):
    path = LANGUAGES[key].catalogue
    head = path.read_text(encoding="utf-8").partition("\n#: ")[0]
    assert "videomae_demo" in head and "Apache-2.0" in head
    assert re.findall(r"PROJECT|ORGANIZATION|VERSION|EMAIL@|FULL NAME|FIRST AUTHOR|YEAR-MO|LANGUAGE|LL@li", head) == []


@pytest.mark.parametrize("key", TRANSLATED)
def test_every_message_is_translated_with_its_places(key):
    wrong = []
    for message in catalogue_of(key):
        if not message.id:
            continue
        said, meant = forms(message.string), forms(message.id)
        if not all(said) or message.fuzzy:
            wrong.append(f"not translated: {meant[0]}")
            continue
        places = set(PLACE.findall(meant[-1]))
        for one in said:
            if set(PLACE.findall(one)) - {"n"} != places - {"n"} or (one.count("{") != len(PLACE.findall(one))):
                wrong.append(f"other places: {meant[0]} / {one}")
            if sorted(TAGS.findall(one)) != sorted(TAGS.findall(meant[-1])):
                wrong.append(f"other tags: {meant[0]} / {one}")
            if (one[:1].isspace(), one[-1:].isspace()) != (meant[0][:1].isspace(), meant[0][-1:].isspace()):
                wrong.append(f"other spaces at its ends: {meant[0]!r} / {one!r}")
    assert wrong == []


def hidden_ids(config):
    """Of the components that no visitor sees, with all that lies in them."""
    hidden = {one["id"] for one in config["components"] if one["props"].get("visible") is False}

    def inside(node, unseen):
        unseen = unseen or node["id"] in hidden
        return ({node["id"]} if unseen else set()).union(*(inside(one, unseen) for one in node.get("children", ())))

    return inside(config["layout"], False)


def test_no_word_of_the_page_as_it_opens_is_left_out(tmp_path):
    backend = replace(FakeBackend(tmp_path).backend(), samples=SAMPLES)
    demo = build_demo(backend, Settings(public="on"))
    with spoken(tmp_path) as key, use(key):
        config = demo.config
    unseen = hidden_ids(config)  # among them what programs call, which is in English
    left_out = []
    for one in config["components"]:
        props = one["props"]
        if one["id"] in unseen:
            continue
        texts = [props.get("label"), props.get("placeholder"), props.get("info")]
        if one["type"] in ("button", "uploadbutton"):
            texts.append(props.get("value"))
        texts += [name for name, _value in props.get("choices") or ()]
        left_out += [f"{one['type']}: {text}" for text in texts if isinstance(text, str) and unmarked(text)]
        if one["type"] == "html" and isinstance(props.get("value"), str):
            left_out += [f"html: {text}" for text in unmarked_in(props["value"])]
        if one["type"] == "plot" and props.get("value"):
            figure = json.loads(props["value"]["plot"])
            notes = [note["text"] for note in figure["layout"].get("annotations", ())]
            left_out += [f"plot: {note}" for note in notes if unmarked(note)]
    assert left_out == []
