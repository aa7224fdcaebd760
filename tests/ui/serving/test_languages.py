"""A page is in the language that its address names, else the browser's; programs are answered in English."""

from __future__ import annotations

from pathlib import Path

import gradio
import pytest
from fake_backend import FakeBackend
from gradio.context import LocalContext
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.serving.languages import SPEAKING, Languages, chosen, of_event
from videomae_demo.words import LANGUAGES, language, use


@pytest.mark.parametrize(
    ("query", "accept", "key"),
    [
        ("lang=de", "en", "de"),
        ("clip=door&lang=en", "de", "en"),
        ("lang=klingon", "de-CH,en;q=0.5", "de"),
        ("", "fr-FR, de;q=0.2, en;q=0.7", "en"),
        ("", "de;q=0, fr", "en"),
        ("", "de;q=much", "en"),
        ("", "*", "en"),
        ("", "", "en"),
    ],
)
def test_the_address_then_the_browser_then_english(query, accept, key):
    assert chosen(query, accept) == key


def test_an_event_is_in_the_language_of_its_page():
    assert of_event({"referer": "http://here/?clip=door&lang=de", "accept-language": "en"}) == "de"
    assert of_event({"accept-language": "de"}) == "de"
    assert of_event({}) == "en"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build_demo(FakeBackend(tmp_path_factory.mktemp("clips")).backend(), Settings(), tabs={})


def test_gradio_says_in_english_what_the_page_says_again():
    scripts = Path(gradio.__file__).parent.glob("templates/frontend/assets/*.js")
    said = "".join(path.read_text(encoding="utf-8") for path in scripts if path.name.startswith(("index-", "Blocks-")))
    for words in (
        "Connection to the server was lost. Attempting reconnection...",
        "This application is currently busy. Please try again.",
    ):
        assert words in said and words in SPEAKING


def test_only_words_differ_between_the_languages(demo):
    english = demo.config
    for key in LANGUAGES:
        with use(key):
            other = demo.config
        assert [(one["id"], one["type"]) for one in other["components"]] == [
            (one["id"], one["type"]) for one in english["components"]
        ]
        assert other["dependencies"] == english["dependencies"]
    with use("de"):
        assert demo.config is demo.config  # laid out once


def test_an_event_may_be_the_first_that_needs_a_language(tmp_path):
    """As after a restart below a German page that stays open."""
    fresh = build_demo(FakeBackend(tmp_path).backend(), Settings(), tabs={})
    token = LocalContext.in_event_listener.set(True)
    try:
        with use("de"):
            other = fresh.config
    finally:
        LocalContext.in_event_listener.reset(token)
    assert [one["id"] for one in other["components"]] == [one["id"] for one in fresh.config["components"]]
    assert other["title"] != fresh.config["title"]


def test_figures_keep_their_colour_bars_when_the_address_changes():
    """Plotly names them by the address at which it drew wherever there is a base, such as Gradio's."""
    template = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
    page = template.read_text(encoding="utf-8").replace("{{ base_url | default('./') }}", "./")

    async def gradios(request):
        return HTMLResponse(page)

    app = Starlette(routes=[Route("/", gradios)], middleware=[Middleware(Languages)])
    assert "<base" in page and "<base" not in TestClient(app).get("/").text


def test_the_page_says_which_language_it_is_in():
    async def page(request):
        return HTMLResponse(f'<html\n\tlang="en"><head></head>{language()}</html>')

    async def other(request):
        return PlainTextResponse(f'lang="en"{language()}')

    app = Starlette(
        routes=[Route("/", page), Route("/other", other, methods=["GET", "POST"])], middleware=[Middleware(Languages)]
    )
    client = TestClient(app)
    german = client.get("/?lang=de", headers={"accept-language": "en"})
    assert german.text.startswith('<html\n\tlang="de"><head><script>window.videomaeWords = ')
    assert german.text.endswith("</script></head>de</html>")
    assert int(german.headers["content-length"]) == len(german.content)
    assert german.headers["content-language"] == "de" and german.headers["referrer-policy"] == "same-origin"
    english = client.get("/")
    assert english.text.startswith('<html\n\tlang="en"><head><script>') and english.headers["vary"] == "accept-language"
    event = client.post("/other", headers={"referer": "http://here/?lang=de"})
    assert event.text == 'lang="en"de' and "content-language" not in event.headers
