"""The first view: all of it on a small screen, one button that plays it, the projector, and nothing empty in it."""

from __future__ import annotations

from on_page import settled, upload
from playwright.sync_api import expect

from videomae_demo.lessons import LESSONS

PARTS = ("#answer", "#bars", "#stage", "#clip", "#play-row", "#timeline")


def test_answer_picture_and_time_stand_in_one_view_of_1280_by_800(visit, served):
    page = visit(served, height=800)
    settled(page, "move left, 93 %")
    for part in PARTS:
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, part
    assert page.evaluate("scrollY") == 0


def test_one_button_plays_clip_frames_and_map_together(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.wait_for_function("document.querySelector('#clip video')?.readyState > 1")
    page.locator("#forth").click()  # the clip goes along
    page.wait_for_function(
        """() => {
            const moments = document.querySelector('#stage .js-plotly-plot').layout.meta.pts_seconds;
            return Math.abs(document.querySelector('#clip video').currentTime - moments[8]) < 0.02;
        }"""
    )
    # A clip that is too short for the rule repeats its last frame; and two searches may have ended before one is heard.
    frame = page.evaluate(
        """async () => {
            const { meta } = document.querySelector('#stage .js-plotly-plot').layout;
            const moments = meta.pts_seconds;
            meta.pts_seconds = moments.map((moment) => Math.min(moment, moments[8]));
            document.querySelector('#clip video').dispatchEvent(new Event('seeked'));
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            meta.pts_seconds = moments;
            return videomae.state.frame;
        }"""
    )
    assert frame == 8
    page.locator("#play").click()
    page.wait_for_function("!document.querySelector('#clip video').paused && videomae.state.frame !== 8")
    page.locator("#play").click()
    page.wait_for_function(
        """() => {
            const moments = document.querySelector('#stage .js-plotly-plot').layout.meta.pts_seconds;
            const film = document.querySelector('#clip video');
            const moment = Math.min(moments[videomae.state.frame], film.duration);
            return film.paused && !videomae.state.playing && Math.abs(film.currentTime - moment) < 0.02;
        }"""
    )
    page.locator("#clip video").evaluate("(film) => film.play()")  # by its own controls
    expect(page.locator("#play")).to_contain_text("Pause")


def test_the_camera_is_seen_while_it_records_and_the_recording_plays(visit, served):
    page = visit(served)
    settled(page, "move left, 93 %")
    page.get_by_role("button", name="Record one").click()
    page.wait_for_function("document.querySelector('#clip video')?.currentTime > 0.5")
    page.evaluate(
        """() => {
            const { start } = MediaRecorder.prototype;
            MediaRecorder.prototype.start = function (...given) {
                window.recorded = [];
                this.addEventListener('dataavailable', ({ data }) => data.size && recorded.push(data.size));
                return start.apply(this, given);
            };
        }"""
    )
    button = page.locator("#clip .button-wrap button")
    button.click()
    page.wait_for_function("window.recorded?.length > 2")  # a busy machine takes seconds to begin
    button.click()
    # Its file does not say how long it is.
    page.wait_for_function(
        """() => {
            const film = document.querySelector("#clip video");
            return film && !film.srcObject && Number.isFinite(film.duration);
        }"""
    )
    settled(page, "move left, 93 %")
    assert "prepare Camera recording 1" in served.fake.calls
    page.locator("#play").click()
    page.wait_for_function("!document.querySelector('#clip video').paused && videomae.state.playing")


def test_a_clip_that_fails_leaves_no_empty_boxes(visit, served, tmp_path):
    page = visit(served)
    settled(page, "move left, 93 %")
    (tmp_path / "broken.mp4").write_bytes(b"?")
    upload(page, tmp_path / "broken.mp4")
    expect(page.locator("#answer [role=alert]")).to_be_visible()
    for part in ("#bars", "#stage", "#timeline", "#play-row", "#controls"):
        expect(page.locator(part)).not_to_be_visible()
    expect(page.get_by_role("button", name="Which frames")).to_be_visible()  # the window may be why
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    expect(page.locator("#timeline")).to_be_visible()


def test_the_projector_shows_the_view_alone_and_keys_lead_on(visit, served):
    page = visit(served, width=1920, height=1080)
    settled(page, "move left, 93 %")
    size = page.locator("#answer h2").bounding_box()["height"]
    page.get_by_role("button", name="Present").press("Enter")
    expect(page.locator("#samples")).not_to_be_visible()
    expect(page.locator("#controls")).not_to_be_visible()
    expect(page.locator("#present-keys")).to_be_visible()
    assert page.locator("#answer h2").bounding_box()["height"] > 1.3 * size
    for part in ("#answer", "#stage", "#timeline"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 1080, part
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#frame-caption').textContent.startsWith('Frame 9 of')")
    page.keyboard.press(" ")
    page.wait_for_function("window.videomae.state.playing")
    page.keyboard.press(" ")
    page.keyboard.press("f")
    expect(page.locator("#samples")).to_be_visible()


def test_lessons_are_a_press_away_and_open_on_a_choice_and_the_map_test_on_no_empty_box(visit, real):
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("button", name="Lessons", exact=True).press("Enter")
    expect(page.get_by_role("tab", name="Lessons", exact=True)).to_have_attribute("aria-selected", "true")
    cards = page.get_by_role("list", name="Lessons to choose from").get_by_role("button")
    expect(cards).to_have_count(len(LESSONS))
    expect(page.locator("#lesson-steps")).not_to_be_visible()  # they are named once
    chosen = next(number for number, lesson in enumerate(LESSONS) if lesson.key == "time")
    cards.nth(chosen).press("Enter")
    expect(page.locator("#lesson-words h3")).to_have_text(LESSONS[chosen].title)
    expect(page.locator("#lesson-steps")).to_be_visible()
    page.get_by_role("tab", name="Is the map any good?").click()
    expect(page.locator("#worth-test")).to_be_visible()
    expect(page.locator("#worth-curves")).not_to_be_visible()
    page.locator("#worth-test").click()
    expect(page.locator("#worth-curves")).to_be_visible()

    page.get_by_role("button", name="Present").press("Enter")  # and the keys of the projector lead through the tabs
    page.keyboard.press("ArrowUp")
    layer, sentence = page.locator("#look-layer input[type=range]"), page.locator("#look-sentence p")
    expect(sentence).to_be_in_viewport()
    first = sentence.inner_text()
    for key, number in (("ArrowUp", "2"), ("ArrowDown", "1")):
        page.keyboard.press(key)
        expect(layer).to_have_value(number)
        expect(page.locator("#look")).to_be_in_viewport()
    expect(sentence).to_have_text(first)
    page.keyboard.press("PageDown")
    expect(page.locator("#lesson-words h3")).to_have_text(LESSONS[chosen].title)
    page.keyboard.press("2")
    expect(page.locator("#lesson-reveal")).to_be_enabled()
    page.keyboard.press("r")
    expect(page.locator("#lesson-found h4")).to_have_text("Your guess held")
    expect(page.locator("#lesson-found h4")).to_be_in_viewport()
    expect(page.locator("#lesson-exercise .how")).to_be_hidden()  # its buttons are hidden, too
    page.keyboard.press("s")
    expect(page.locator("#edited-films")).to_be_visible()
    page.keyboard.press("PageDown")  # back to the lesson, then on
    expect(page.locator("#lesson-words h3")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator("#lesson-words h3")).to_have_text(LESSONS[chosen + 1].title)
    page.keyboard.press("Escape")
    expect(page.locator("#samples")).to_be_visible()
