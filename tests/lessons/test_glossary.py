"""Terms behind the words."""

import re

import pytest

from videomae_demo.lessons.glossary import Term, as_html, mentioned, read_glossary, with_terms
from videomae_demo.lessons.reading import LessonFileError
from videomae_demo.words import use

TERMS = (
    Term("copy", ("copy",), "Another <one>."),
    Term("token", ("token", "tokens"), "A vector."),
    Term("turned copy", ("turned copy",), "Turned."),
)


def test_the_first_mention_of_each_term_has_its_meaning():
    html = with_terms("<p>Tokens and a token. A turned copy.</p>", TERMS)
    assert re.findall(r'class="term" aria-describedby="[^"]+">([^<]+)<', html) == ["Tokens", "turned copy"]
    for name in re.findall(r'aria-describedby="([^"]+)"', html):
        assert html.count(f'id="{name}"') == 1


def test_no_term_inside_a_word_a_tag_or_a_link():
    html = '<a href="https://token">token</a> <b title="token">tokenise</b> x-token'
    assert with_terms(html, TERMS) == html


def test_names_of_notes_are_never_used_twice():
    both = with_terms("token", TERMS) + with_terms("token", TERMS)
    names = re.findall(r'id="([^"]+)"', both)
    assert len(set(names)) == len(names) == 2


def test_markup_in_a_text_or_a_meaning_is_text():
    assert "<script" not in as_html("<script>alert(1)</script>")
    assert "javascript:" not in re.findall(r'href="([^"]*)"', as_html("[x](javascript:alert(1))"))
    assert "Another &lt;one&gt;." in with_terms("copy", TERMS)


def test_a_folder_adds_terms_and_may_say_one_otherwise(tmp_path):
    (tmp_path / "glossary.md").write_text(
        "# Ours\n\n## token\nalso: Tokens\nOurs.\n\n## frame rate\nFrames a second.\n"
    )
    terms = {term.name: term for term in read_glossary(tmp_path)}
    assert (terms["token"].meaning, terms["token"].forms) == ("Ours.", ("token", "tokens"))
    assert "frame rate" in terms and "slice" in terms
    assert [term.name for term in mentioned(["The frame rate"], [*terms.values()])] == ["frame rate"]
    (tmp_path / "glossary.md").write_text("## token\n\n## other\nIt.\n")
    with pytest.raises(LessonFileError, match="“token” has no meaning"):
        read_glossary(tmp_path)


def test_a_script_without_spaces_has_its_terms_found_inside_sentences():
    terms = (Term("注意力", ("注意力",), "权重。"), Term("注意力展开", ("注意力展开",), "热图。"), *TERMS)
    html = with_terms("每个token的注意力与注意力展开", terms)
    assert re.findall(r'class="term" aria-describedby="[^"]+">([^<]+)<', html) == ["token", "注意力", "注意力展开"]
    assert [term.name for term in mentioned(["注意力展开的token"], terms)] == ["注意力", "注意力展开", "token"]


def test_terms_stand_in_the_order_of_the_alphabet_whatever_their_case():
    with use("de"):
        names = [term.name.casefold() for term in read_glossary()]
    assert names == sorted(names)
