"""A message is said in the current language, its numbers as that language writes them, now or later."""

from __future__ import annotations

import pickle
import threading
from contextvars import copy_context
from dataclasses import replace

import numpy as np
import pytest
from babel.numbers import format_decimal, format_percent

from videomae_demo import words
from videomae_demo.errors import ClipError
from videomae_demo.words import (
    LANGUAGES,
    Later,
    _,
    class_name,
    language,
    later,
    listed,
    ngettext,
    numeral,
    separators,
    use,
)

SHOUTED = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

#: somewhere.py
msgid "{share:.1%} of {n:,} tokens"
msgstr "VON {n:,} TOKENS {share:.1%}"

#: page.js
msgid "Play"
msgstr "SPIEL"

msgid "{n} frame"
msgid_plural "{n} frames"
msgstr[0] "{n} BILD"
msgstr[1] "{n} BILDER"

msgctxt "class"
msgid "Play"
msgstr "DAS SPIELEN"

msgid "Sorry: {why}."
msgstr "LEIDER: {why}!"

msgid "too long"
msgstr "ZU LANG"
"""


@pytest.fixture
def shouted(tmp_path, monkeypatch):
    """A language of a few words, with German's numbers."""
    path = tmp_path / "shouted.po"
    path.write_text(SHOUTED, encoding="utf-8")
    monkeypatch.setitem(LANGUAGES, "xx", replace(LANGUAGES["de"], catalogue=path))
    yield "xx"
    words._translations.cache_clear()
    words._script_words.cache_clear()


def test_english_is_what_stands_in_the_code():
    assert language() == "en"
    assert _("{share:.1%} of {n:,} tokens", share=0.25, n=1568) == "25.0% of 1,568 tokens"
    assert ngettext("{n} frame", "{n} frames", 16) == "16 frames"
    assert _("") == "" and class_name("") == ""


def test_a_message_and_its_numbers_are_in_the_current_language(shouted):
    with use(shouted):
        assert _("{share:.1%} of {n:,} tokens", share=np.float32(0.25), n=1568) == "VON 1.568 TOKENS 25,0\u00a0%"
        assert [ngettext("{n} frame", "{n} frames", n) for n in (1, 2)] == ["1 BILD", "2 BILDER"]
        assert (_("Play"), class_name("Play"), class_name("archery")) == ("SPIEL", "DAS SPIELEN", "archery")
        assert _("nobody translated {this}", this=1.5) == "nobody translated 1,5"
        assert _("") == ""
        assert '"words": {"Play": "SPIEL"}' in words.words_script()
        assert words.template("<b>{{Play}}</b> $this") == "<b>SPIEL</b> $this"
    assert _("Play") == "Play"
    assert '"words": {}' in words.words_script()


def test_what_was_made_before_is_said_in_the_readers_language(shouted):
    with use(shouted):
        error = ClipError("too_long", later("Sorry: {why}.", why=later("too long")))
    crossed = pickle.loads(pickle.dumps(error))  # as from the decode worker
    assert str(crossed) == str(error) == "Sorry: too long."
    assert isinstance(crossed.sentence, Later) and crossed.code == "too_long"
    with use(shouted):
        assert _(crossed.sentence) == "LEIDER: ZU LANG!"
    assert _(crossed.sentence) == "Sorry: too long."


def test_each_thread_speaks_its_visitors_language(shouted):
    said = []
    with use(shouted):
        copied = copy_context()
        threads = [threading.Thread(target=copied.run, args=(lambda: said.append(_("Play")),))]
        threads.append(threading.Thread(target=lambda: said.append(_("Play"))))
        for thread in threads:
            thread.start()
            thread.join()
    assert said == ["SPIEL", "Play"]


@pytest.mark.parametrize("key", LANGUAGES)
@pytest.mark.parametrize("value", [0.0, 0.9973, 12.5, 1234.5, 1234567.0])
def test_numbers_are_written_as_unicode_says(key, value):
    locale = LANGUAGES[key].locale.replace("-", "_")
    with use(key):
        # Spanish leaves four digits together; a page that counts tokens beside each other does not
        grouped = format_decimal(value, "#,##0.00", locale=locale) if key != "es" or value >= 10_000 else None
        assert grouped in (numeral(value, ",.2f"), None)
        assert numeral(value, ".1%") == format_percent(value, "0.0%", locale=locale).replace(
            "%", words._symbols(key)[2]
        )
        assert format_percent(0.5, locale=locale) == numeral(0.5, ".0%")
        assert separators() == numeral(1234.5, ",.1f")[5] + numeral(1234.5, ",.1f")[1]


@pytest.mark.parametrize("key", LANGUAGES)
def test_a_number_below_zero_has_a_minus_sign_and_a_word_keeps_its_hyphen(key):
    with use(key):
        mark = separators()[0]
        assert _("{word}: {gain:+.1f} dB", word="log-odds", gain=np.float32(-2.5)) == f"log-odds: −2{mark}5 dB"
        assert numeral(-0.25, ".2f") == f"−0{mark}25"


def test_a_list_has_its_languages_marks():
    assert listed(["left", "up"]) == "left, up"
    with use("zh"):
        assert listed(name for name in ("左", "上")) == "左、上"


def test_decimal_commas_and_those_of_a_list_are_told_apart():
    numbers = (0.25, 1568.0)
    assert listed(numeral(number, ",.2f") for number in numbers) == "0.25, 1,568.00"
    with use("de"):
        assert listed(numeral(number, ",.2f") for number in numbers) == "0,25; 1.568,00"
        assert listed(["16", "links"]) == "16, links"
