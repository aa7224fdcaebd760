"""What a visitor meets: an answer at once, frames, answer and map in order, one axis of time, and clear words."""

from __future__ import annotations

import re

import pytest
from on_page import ANSWER, settled, upload
from playwright.sync_api import Page, expect


def frame_in_sight(page: Page) -> int:
    """The frame that each figure shows, 1 to T; fails where they disagree."""
    shown = page.evaluate(
        """() => {
            const stage = document.querySelector('#stage .js-plotly-plot');
            const time = document.querySelector('#timeline .js-plotly-plot');
            const mark = (name) => time.layout.shapes.find((shape) => shape.name === name);
            const moments = time.layout.meta.moments;
            return {
                stage: stage.layout.xaxis.range[0] + 1,
                strip: Math.floor(mark('mark-frame').x0) + 1,
                slice: mark('mark-slice').x0 / time.layout.meta.tubelet_size,
                moment: moments.indexOf(mark('mark-moment').xanchor) + 1,
                slider: Number(document.querySelector('#frame input[type=range]').value),
                caption: Number(document.querySelector('#frame-caption').textContent.match(/Frame (\\d+)/)[1]),
            };
        }"""
    )
    assert len({shown[name] for name in ("stage", "strip", "moment", "slider", "caption")}) == 1, shown
    assert shown["slice"] == (shown["stage"] - 1) // 2, shown
    return shown["stage"]


def wait_for_frame(page: Page, number: int) -> None:
    page.wait_for_function(
        """(number) => document.querySelector('#stage .js-plotly-plot').layout.xaxis.range[0] === number - 1
            && document.querySelector('#frame-caption').textContent.startsWith(`Frame ${number} of`)
            && Number(document.querySelector('#frame input[type=range]').value) === number""",
        arg=number,
    )
    assert frame_in_sight(page) == number


def test_the_first_sample_is_answered_on_load(visit, served):
    """Seen, read aloud, and from the first moment; the controls are those of the method."""
    page = visit(served)
    page.wait_for_selector("#stage")
    expect(page.locator("#answer h2")).not_to_be_empty()
    settled(page, "move left, 93 %")
    expect(page.locator("button[data-sample='0']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#facts")).to_contain_text("16 frames · 2.4 s · one view · 41 ms on cpu")
    assert frame_in_sight(page) == 8
    # The classes are a choice only for methods that know classes.
    expect(page.get_by_label("Class to explain")).to_be_disabled()

    # Screen readers get the numbers, and a name for every control.
    table = page.locator("table", has=page.locator("caption", has_text="The likeliest classes"))
    assert table.locator("tbody tr").first.locator("td").all_inner_texts() == ["move left", "93 %"]
    slices = page.locator("table", has=page.locator("caption", has_text="The map, slice by slice"))
    expect(slices.locator("tbody tr")).to_have_count(8)
    assert slices.locator("tbody tr").nth(2).locator("td").all_inner_texts()[3] == "1.78"
    assert "Frame 8 of 16" in page.locator("#frame input[type=range]").get_attribute("aria-valuetext")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, video')]
            .filter((one) => one.offsetParent !== null && one.closest('[aria-hidden=true]') === null)
            .filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.title
                || one.labels?.length || one.getAttribute('aria-labelledby')))
            .map((one) => one.outerHTML.slice(0, 160))"""
    )
    assert nameless == []


def test_frames_come_before_the_answer_and_the_answer_before_the_map(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.evaluate(
        """() => {
            window.seen = [];
            const note = (what) => { if (!window.seen.includes(what)) window.seen.push(what); };
            new MutationObserver(() => {
                const answer = document.querySelector('#answer h2').textContent;
                const stage = document.querySelector('#stage .js-plotly-plot');
                if (!stage?.data) return;
                if (answer.startsWith('bounce …') && !stage.data.some((trace) => trace.name === 'map')) note('frames');
                if (answer === 'bounce, 93 %') note('answer');
                if (window.seen.includes('answer') && stage.data.some((trace) => trace.name === 'map')) note('map');
            }).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    page.wait_for_function("() => window.seen.length === 3")
    assert page.evaluate("window.seen") == ["frames", "answer", "map"]


def test_keys_and_pointing_at_the_strip_or_at_the_clip_move_all_figures(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.locator("#frame input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    wait_for_frame(page, 9)
    page.keyboard.press("Home")
    wait_for_frame(page, 1)
    page.keyboard.press("End")
    wait_for_frame(page, 16)
    assert "number 62 in the clip · slice 8 of 8" in page.locator("#frame-caption").inner_text()

    place = page.evaluate(
        """() => {
            const figure = document.querySelector('#timeline .js-plotly-plot');
            figure.scrollIntoView({ block: 'center' });
            const box = figure.getBoundingClientRect();
            const { xaxis, yaxis, yaxis3 } = figure._fullLayout;
            return {
                x: (frame) => 0,
                left: box.left + xaxis._offset, width: xaxis._length,
                strip: box.top + yaxis._offset + yaxis._length / 2,
                clip: box.top + yaxis3._offset + 0.95 * yaxis3._length,
            };
        }"""
    )
    page.mouse.move(place["left"] + place["width"] * 2.5 / 16, place["strip"])
    wait_for_frame(page, 3)
    page.mouse.move(place["left"] + place["width"] * 12.4 / 16, place["clip"])
    wait_for_frame(page, 13)


def test_play_runs_through_the_frames_and_stops(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.locator("#play").click()
    expect(page.locator("#play")).to_contain_text("Pause")
    start = page.evaluate("window.videomae.state.frame")
    page.wait_for_function("(start) => window.videomae.state.frame !== start", arg=start)
    page.locator("#play").click()
    expect(page.locator("#play")).to_contain_text("Play")
    page.locator("#forth").click()
    page.wait_for_function("() => true")
    frame_in_sight(page)


def test_opacity_changes_the_map_and_nothing_else(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.locator("#opacity input[type=number]").fill("0.3")
    page.locator("#opacity input[type=number]").press("Enter")
    opacities = """() => ['#stage', '#timeline'].map((id) =>
        document.querySelector(`${id} .js-plotly-plot`).data.find((trace) => trace.name === 'map').opacity)"""
    page.wait_for_function(f"() => ({opacities})().every((opacity) => opacity === 0.3)")
    page.get_by_role("button", name="bounce").click()  # and it stays for the next clip
    settled(page, "bounce, 93 %")
    assert page.evaluate(opacities) == [0.3, 0.3]


def test_what_the_model_really_gets_is_one_switch_away(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    veils = "() => document.querySelector('#stage .js-plotly-plot').layout.shapes?.length ?? 0"
    assert page.evaluate(veils) == 2
    page.get_by_label("What the model really gets (64 px)").check()
    page.wait_for_function(f"() => ({veils})() === 0")
    assert frame_in_sight(page) == 8


def test_a_file_of_the_visitors_own(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "zoom-in.mp4").write_bytes(served.fake.samples[0].path.read_bytes())
    upload(page, tmp_path / "zoom-in.mp4")
    settled(page, "zoom in, 93 %")
    expect(page.locator("button[aria-pressed='true']")).to_have_count(0)


def test_a_file_that_is_no_video_gets_one_sentence(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    upload(page, tmp_path / "broken.mp4")
    alert = page.locator("#answer [role=alert]")
    expect(alert).to_contain_text("This file cannot be read as a video: try another one, mp4 for instance.")
    expect(page.locator("#bars .bars path")).to_have_count(0)  # no answer of the clip before
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")


def test_a_bug_shows_a_neutral_sentence_and_no_insides(visit, served, tmp_path, caplog):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "bug.mp4").write_bytes(b"?")
    upload(page, tmp_path / "bug.mp4")
    expect(page.locator("#answer [role=alert]")).to_contain_text("Something went wrong on our side")
    assert "decoder.cc" not in page.content()
    assert "decoder.cc:42" in caplog.text


def test_a_close_call_is_not_called_an_answer(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "unsure.mp4").write_bytes(served.fake.samples[0].path.read_bytes())
    upload(page, tmp_path / "unsure.mp4")
    expect(page.locator(ANSWER)).to_contain_text(
        "No clear answer: move left 36 %, move right 32 %; they differ by 4 points"
    )


def test_a_slow_step_says_what_it_does_and_can_be_cancelled(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "slow.mp4").write_bytes(served.fake.samples[0].path.read_bytes())
    upload(page, tmp_path / "slow.mp4")
    expect(page.locator("#status")).to_contain_text("Downloading weights: 12 of 350 MB")
    expect(page.locator("#cancel")).to_be_visible()
    page.locator("#cancel").click()
    expect(page.locator(ANSWER)).to_have_text("Cancelled")
    expect(page.locator("#cancel")).not_to_be_visible()
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    assert not any(call == "classify slow.mp4" for call in served.fake.calls)


def test_another_clip_replaces_one_that_is_still_being_computed(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "slow.mp4").write_bytes(served.fake.samples[0].path.read_bytes())
    upload(page, tmp_path / "slow.mp4")
    expect(page.locator("#status")).to_contain_text("Downloading")
    page.get_by_role("button", name="shake").click()
    settled(page, "shake, 93 %")


def wait_for_wish(page: Page, after: float) -> float:
    """Wait until the page has taken up a later wish than this one; its number."""
    page.wait_for_function("(after) => document.querySelector('#answer [data-wish]').dataset.wish > after", arg=after)
    return wish_on_page(page)


def wish_on_page(page: Page) -> float:
    return float(page.locator("#answer [data-wish]").get_attribute("data-wish"))


def test_on_a_fresh_page_another_rule_and_another_look_are_answered(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.get_by_role("button", name="Which frames").click()
    expect(page.get_by_label("To second")).to_have_value("")
    wish = wish_on_page(page)
    page.get_by_role("button", name="Look again").click()
    wish = wait_for_wish(page, wish)
    settled(page, "move left, 93 %")
    page.locator("#sampler input").click()
    page.get_by_role("option", name="Dense").click()
    wish = wait_for_wish(page, wish)
    settled(page, "move left, 93 %")
    page.get_by_label("To second").fill("0")  # what an empty field becomes where the browser fills it
    page.get_by_role("button", name="Look again").click()
    wait_for_wish(page, wish)
    settled(page, "move left, 93 %")
    assert {call for call in served.fake.calls if call.startswith("prepare")} == {"prepare move left"}


def test_the_window_is_passed_on_and_an_impossible_one_explained(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.get_by_role("button", name="Which frames").click()
    page.get_by_label("From second").fill("1")
    page.get_by_label("To second").fill("0.5")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#answer [role=alert]")).to_contain_text("The window ends before it starts")
    page.get_by_label("To second").fill("2")
    page.get_by_role("button", name="Look again").click()
    settled(page, "move left, 93 %")
    line = "() => document.querySelector('#timeline .js-plotly-plot').data.find((t) => t.name === 'window').x"
    assert [round(x, 2) for x in page.evaluate(line)] == [6.25, 12.5]  # of 2.56 s on an axis of 16


def test_the_model_says_why_it_answers_and_the_hub_can_be_asked_again(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.locator("#model-fold > button").click()
    expect(page.locator("#model-card")).to_contain_text("The hub is out of reach")
    expect(page.locator("#model-card")).to_contain_text("Licence: Apache-2.0")
    page.get_by_role("button", name="Try the hub again").click()
    for _ in range(100):  # the press is heard a moment later
        if "retry_hub" in served.fake.calls:
            break
        page.wait_for_timeout(100)
    assert "retry_hub" in served.fake.calls
    expect(page.locator("#status .busy")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_at_any_width_in_light_and_dark(visit, served, width, dark):
    page = visit(served, width=width, height=844, dark=dark)
    settled(page, "move left, 93 %")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """() => [...document.querySelectorAll('#bars text, #stage text, #answer *, #facts *, #map-words *')]
            .filter((one) => { const box = one.getBoundingClientRect();
                return box.width && (box.left < -1 || box.right > innerWidth + 1); })
            .map((one) => one.textContent)"""
    )
    assert cut == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") != dark
    ink = page.evaluate("getComputedStyle(document.querySelector('#answer h2')).color")
    light_ink = min(int(part) for part in re.findall(r"\d+", ink)[:3]) > 150
    assert light_ink == dark


def test_the_layout_does_not_jump_when_results_arrive(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    places = """() => ['#bars', '#stage', '#timeline', '#controls', '#window-fold']
        .map((id) => document.querySelector(id).getBoundingClientRect().top)"""
    before = page.evaluate(places)
    page.evaluate(
        f"() => {{ window.tops = new Set(); setInterval(() => window.tops.add(JSON.stringify(({places})())), 10); }}"
    )
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    assert page.evaluate("[...window.tops]") == [page.evaluate(f"JSON.stringify(({places})())")]
    assert page.evaluate(places) == before


def test_a_clip_that_no_browser_plays_is_shown_as_the_apps_own_film(visit, served, tmp_path):
    clip = tmp_path / "unplayable.avi"
    clip.write_bytes(b"stands for an AVI file")
    page = visit(served)
    settled(page, "move left, 93 %")
    upload(page, clip)
    page.wait_for_function(
        "() => document.querySelector('#clip video')?.src.endsWith('move-right.mp4')"
        " && document.querySelector('#clip video').readyState > 0"
    )
    assert "preview unplayable.avi" in served.fake.calls
