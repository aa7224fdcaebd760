"""What a step of an event leaves out changes nothing of what it sends."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest
from fake_backend import FakeBackend
from gradio.state_holder import SessionState

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.drawn import placeholder
from videomae_demo.ui.steps import as_it_is


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build_demo(FakeBackend(tmp_path_factory.mktemp("clips")).backend(), Settings(), tabs={})


def test_the_same_states_are_followed_as_by_gradio_itself(demo):
    state = SessionState(demo)
    followed = 0
    for event in demo.fns.values():
        ours, theirs = demo.get_state_ids_to_track(event, state), gr.Blocks.get_state_ids_to_track(demo, event, state)
        assert ours == theirs
        followed += len(ours[0])
    assert followed
    assert demo.get_state_ids_to_track(next(iter(demo.fns.values())), None) == ([], [])


@pytest.mark.parametrize("value", ["<p>words</p>", "", placeholder("nothing yet")])
def test_words_and_figures_are_sent_as_by_gradio_itself(demo, value):
    kind = gr.HTML if isinstance(value, str) else gr.Plot
    paint = next(one for one in demo.fns.values() if one.api_name == "paint")
    output = next(one for one in paint.outputs if isinstance(one, kind))

    async def both():
        ours = await demo.postprocess_data(paint, {output: value}, SessionState(demo))
        theirs = await gr.Blocks.postprocess_data(demo, paint, {output: value}, SessionState(demo))
        return ours, theirs

    with ThreadPoolExecutor(1) as beside:
        ours, theirs = beside.submit(asyncio.run, both()).result()
    at = [one._id for one in paint.outputs].index(output._id)
    assert ours[at] == theirs[at] == as_it_is(output, value)


def test_what_needs_work_is_left_to_gradio():
    with gr.Blocks():
        for component, value in (
            (gr.HTML(), None),
            (gr.HTML(), gr.update(visible=False)),
            (gr.Plot(), None),
            (gr.Number(), 3),
            (gr.State(), "words"),
        ):
            assert as_it_is(component, value) is NotImplemented
