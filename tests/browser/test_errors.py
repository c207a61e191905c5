"""The ways from error to error."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_finding import found
from tests.support.browser import watch
from tests.support.service import Service


def test_buttons_lead_from_error_to_error_where_there_are_no_keys(page: Page, service: Service) -> None:
    for place in range(120):
        level = "error" if place in (10, 60) else "info"
        service.post(site="touch", log_message=f"line {place}", log_level=level)
    watch(page, service, "touch")
    for name, text in (("Previous", "line 60"), ("Previous", "line 10"), ("Next", "line 60")):
        page.get_by_role("button", name=f"{name} error", exact=True).click()
        expect(page.locator(".line.current .text")).to_have_text(text)


def test_keys_lead_from_error_to_error_among_what_is_shown(page: Page, service: Service) -> None:
    levels = {20: "error", 60: "critical", 61: "warning", 140: "error"}
    for number in range(200):
        service.post(site="errors", log_message=f"line {number}", log_level=levels.get(number, "info"))
    watch(page, service, "errors")
    current = page.locator(".current .text")
    for key, text, said in (
        ("Shift+E", "line 140", "error"),
        ("Shift+E", "line 60", "error"),
        ("Shift+E", "line 20", "error"),
        ("Shift+E", "line 140", "error, from the last line again"),
        ("e", "line 20", "error, from the first line again"),
        ("e", "line 60", "error"),
    ):
        page.keyboard.press(key)
        expect(current).to_have_text(text)
        expect(current).to_be_in_viewport()
        expect(found(page)).to_have_text(said)
    page.locator(".levels label.error").click()
    page.locator(".levels label.critical").click()
    page.keyboard.press("e")
    expect(found(page)).to_have_text("no errors are shown")
