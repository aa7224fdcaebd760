"""How the page is built and served: private events, limits from the settings, no request to anywhere."""

from collections import Counter

import gradio as gr
import pytest
from fake_backend import FakeBackend
from gradio.processing_utils import move_files_to_cache

from videomae_demo.settings import Settings
from videomae_demo.ui import EVENTS_EACH, build_demo, launch_options
from videomae_demo.ui.clip_player import ClipPlayer
from videomae_demo.ui.tabs import TABS


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build_demo(FakeBackend(tmp_path_factory.mktemp("clips")).backend(), Settings(queue_size=7))


def test_only_the_documented_endpoints_are_public(demo):
    named = demo.get_api_info()["named_endpoints"]
    assert {"/predict", "/explain"} <= set(named) <= {"/predict", "/explain", "/classify_video"}
    assert not demo.get_api_info()["unnamed_endpoints"]


def test_the_queue_and_the_upload_limit_come_from_the_settings(demo):
    assert demo._queue.max_size == 7 * EVENTS_EACH
    assert launch_options(Settings(max_upload_mb=3.5))["max_file_size"] == 3_500_000


def test_the_pages_own_clips_are_shown_from_where_they_lie(demo):
    """Gradio makes a copy first; where the disk was full, no sample was shown, and no answer with it."""
    player = next(one for one in demo.blocks.values() if isinstance(one, ClipPlayer))
    clip = demo.backend.samples[0].path
    sent = move_files_to_cache(player.postprocess(clip).model_dump(), player, postprocess=True)
    assert sent["path"] == str(clip) and sent["url"].endswith(clip.name)


def test_nothing_is_asked_of_other_machines(demo):
    options = launch_options(Settings())
    assert demo.analytics_enabled is False
    assert options["ssr_mode"] is False and options["run_history"] is False
    for text in (options["css"], options["js"]):
        assert "http://" not in text and "https://" not in text.replace("http://www.w3.org", "")


def test_no_event_has_the_browser_keep_a_loading_state_of_its_outputs(demo):
    """It is what made the browser slow: see ``page.QUIET``."""
    events = [
        event for event in demo.config["dependencies"] if event["outputs"] and event["api_visibility"] == "private"
    ]
    assert events
    assert [event["targets"] for event in events if event["show_progress_on"] != []] == []


def test_no_control_has_two_listeners_that_wait_for_its_last_event(demo):
    """Called twice in quick succession, Gradio has them start one another over and over: see ``Page.chosen``."""
    listeners = Counter(
        target
        for event in demo.fns.values()
        for target in event.targets
        if event.trigger_mode == "always_last" and not isinstance(demo.blocks.get(target[0]), gr.State)
        if target[0] is not None  # what follows another event is called by itself, as is what follows a state
    )
    assert len(listeners) > 30
    named = [(getattr(demo.blocks[control], "label", None), what, n) for (control, what), n in listeners.items()]
    assert [one for one in named if one[-1] > 1] == []


def test_the_fonts_are_the_visitors_own():
    style = launch_options(Settings())["theme"]._get_theme_css()
    assert "@font-face" not in style
    assert all(address.lstrip("'\"").startswith("data:") for address in style.split("url(")[1:])


def test_every_tab_is_on_the_page(demo):
    titles = {block.label for block in demo.blocks.values() if type(block).__name__ == "Tab"}
    assert titles == {row.title for row in TABS.values()}
