"""Live: the browser's (made) camera is answered and drawn, one question at a time, and stops when the tab is left."""

from __future__ import annotations

import re

from on_page import settled
from playwright.sync_api import expect

CAMERA = "document.querySelector('.live video')"


def test_the_camera_is_answered_until_its_tab_is_left(visit, real):
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Live", exact=True).click()
    expect(page.locator(".live-answer")).to_have_text("The camera is off")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".live-facts")).to_contain_text("answers a second")
    expect(page.locator(".live-answer")).to_contain_text(re.compile("forwards|backwards"))
    seen = page.evaluate(
        """() => {
          const canvas = document.querySelector("#live canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value) => value > 0);
        }"""
    )
    assert seen

    page.get_by_role("tab", name="Compare", exact=True).click()
    expect(page.locator(".live-answer")).to_have_text("The camera is off")
    expect(page.locator(".live-caveat")).to_have_text("It stopped when you left this tab.")
    assert page.evaluate(f"() => {CAMERA}.srcObject.getTracks().every((track) => track.readyState === 'ended')")

    page.get_by_role("tab", name="Live", exact=True).click()
    page.get_by_role("button", name="Start the camera").click()  # a second time
    expect(page.locator(".live-facts")).to_contain_text("answers a second")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".live-caveat")).to_have_text("You stopped it.")
