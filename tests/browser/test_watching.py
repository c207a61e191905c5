"""What people can do on the page of a site, in a real browser against the real service."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service


def test_identical_lines_in_a_row_become_one_with_a_count(page: Page, service: Service) -> None:
    watch(page, service, "fold")
    for text in ("same", "same", "other", "same"):
        service.post(site="fold", log_message=text)
    expect(texts(page)).to_have_text(["same", "other", "same"])
    expect(page.locator(".count")).to_have_text([re.compile(r"^×2 since \d\d:\d\d:\d\d$")])


def test_a_message_of_several_lines_is_kept_as_it_was_written(page: Page, service: Service) -> None:
    service.post(site="lines", log_message="\nFocus done\n  fwhm 2.1")
    watch(page, service, "lines")
    assert texts(page).inner_text() == "\nFocus done\n  fwhm 2.1"


def test_a_reader_who_scrolled_up_stays_there_and_is_told_what_is_new(page: Page, service: Service) -> None:
    post_many(service, "up", 1500)
    watch(page, service, "up")
    expect(page.get_by_text("line 1499", exact=True)).to_be_in_viewport()
    assert page.locator(".line").count() < 100
    page.locator(".scroller").hover()
    page.mouse.wheel(0, -4000)
    expect(page.locator(".new")).to_have_text("newest ↓")
    seen = texts(page).all_inner_texts()
    for number in range(3):
        service.post(site="up", log_message=f"new {number}")
    expect(page.locator(".new")).to_have_text("3 new ↓")
    assert texts(page).all_inner_texts() == seen
    page.keyboard.press("End")
    expect(page.get_by_text("new 2", exact=True)).to_be_in_viewport()
    expect(page.locator(".new")).to_be_hidden()


def test_older_messages_are_loaded_when_the_viewer_scrolls_up(page: Page, service: Service) -> None:
    post_many(service, "older", 1500)
    watch(page, service, "older")
    page.locator(".scroller").press("Home")
    expect(page.locator(".line").first).to_have_attribute("aria-setsize", "1500")
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()


def test_times_are_in_utc_or_in_the_zone_of_the_viewer_and_say_which(
    browser: Browser, service: Service
) -> None:
    for timestamp in (1604514063, 1604553660):  # 18:21:03 and, on the next day, 05:21:00
        service.post(site="zone", log_message=f"at {timestamp}", timestamp=timestamp)
    with browser.new_context(timezone_id="America/Los_Angeles") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "zone")
        expect(page.locator(".time")).to_have_text(["18:21:03", "05:21:00"])
        expect(page.locator(".day")).to_have_text(["2020-11-04 UTC", "2020-11-05 UTC"])
        page.keyboard.press("t")
        expect(page.locator(".time")).to_have_text(["10:21:03", "21:21:00"])
        expect(page.locator(".day")).to_have_text([re.compile("^2020-11-04 (GMT-8|PST)$")])
        expect(
            page.get_by_role("button", name=re.compile("(GMT-[78]|P[SD]T): switch to UTC"))
        ).to_be_visible()
        page.reload()
        expect(page.locator(".time")).to_have_text(["10:21:03", "21:21:00"])


def test_new_lines_flash_and_old_ones_are_greyed(page: Page, service: Service) -> None:
    service.post(site="age", log_message="long ago", timestamp=time.time() - 3 * 3600)
    page.clock.install()
    watch(page, service, "age")
    expect(page.locator(".line")).to_have_class("line info old")
    service.post(site="age", log_message="now")
    expect(page.locator(".line").last).to_have_class("line info fresh")
    page.clock.fast_forward("31:00")
    expect(page.locator(".line").last).to_have_class(re.compile("old"))


def test_the_histogram_leads_to_a_time_by_pointer_and_by_keys(page: Page, service: Service) -> None:
    post_many(service, "brush", 1440, apart=60)  # one per minute for a day
    watch(page, service, "brush")
    histogram = page.get_by_role("slider", name="Messages of the last 24 hours")
    expect(histogram.locator("rect").first).to_be_visible()
    box = histogram.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10, steps=5)
    page.mouse.up()
    start = (int(time.time()) // 900 + 1) * 900 - 86_400
    wanted = datetime.fromtimestamp(start + 43_200, UTC)
    expect(histogram).to_have_attribute("aria-valuetext", re.compile(f"^{wanted:%H:%M}:"))
    expect(page.locator(".seen")).to_be_visible()
    expect(page.get_by_text(f"{wanted:%H:%M}:").first).to_be_in_viewport()
    at = int(str(histogram.get_attribute("aria-valuenow")))
    for _ in range(8):
        histogram.press("ArrowLeft")
    expect(histogram).to_have_attribute("aria-valuenow", re.compile(f"^({at - 8}|{at - 9})$"))
    page.keyboard.press("End")
    expect(page.get_by_text("line 1439", exact=True)).to_be_in_viewport()


def test_steps_on_the_histogram_lead_across_hours_without_a_message(page: Page, service: Service) -> None:
    for hours in (30, 20, 12, 0):
        service.post(
            site="sparse", log_message=f"{hours} hours ago\n" * 60, timestamp=time.time() - hours * 3600
        )
    watch(page, service, "sparse")
    histogram = page.get_by_role("slider", name="Messages of the last 24 hours")
    expect(histogram.locator("rect").first).to_be_visible()
    for _ in range(60):
        histogram.press("ArrowLeft")
    expect(page.get_by_text("12 hours ago").first).to_be_in_viewport()
    for _ in range(40):
        histogram.press("ArrowLeft")
    expect(page.get_by_text("20 hours ago").first).to_be_in_viewport()
    page.keyboard.press("End")
    histogram.press("Home")
    expect(page.get_by_text("20 hours ago").first).to_be_in_viewport()
    page.locator(".scroller").press("Home")
    expect(page.get_by_text("30 hours ago").first).to_be_in_viewport()


def test_a_line_and_a_link_to_it_can_be_copied(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    service.post(site="copy", log_message="Dome open", timestamp=1604514063)
    post_many(service, "copy", 1500)
    watch(page, service, "copy", "?search=Dome")
    page.locator(".line").hover()
    page.get_by_role("button", name="copy").click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "2020-11-04T18:21:03Z copy INFO Dome open"
    page.get_by_role("button", name="link").click()
    expect(page.get_by_role("button", name="copied")).to_have_count(2)
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(page.locator(".named .text")).to_have_text("Dome open")
    expect(page.locator(".named")).to_be_in_viewport()


def test_a_line_can_be_copied_without_the_permissions_of_https(page: Page, service: Service) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    service.post(site="plain", log_message="Dome open", timestamp=1604514063)
    watch(page, service, "plain")
    page.locator(".line").hover()
    page.get_by_role("button", name="copy").click()
    page.keyboard.press("/")
    page.keyboard.press("Control+V")
    expect(page.get_by_role("searchbox")).to_have_value("2020-11-04T18:21:03Z plain INFO Dome open")


def test_a_link_to_a_deleted_message_says_so(page: Page, service: Service) -> None:
    service.post(site="gone", log_message="still here")
    watch(page, service, "gone", "?id=1")
    expect(page.get_by_role("alert")).to_contain_text("has expired, or was never in this log")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_keys_do_what_the_page_says(page: Page, service: Service) -> None:
    post_many(service, "keys", 200)
    watch(page, service, "keys")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("ft/")
    expect(page.get_by_role("searchbox")).to_have_value("ft/")
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Messages")).to_be_focused()
    page.locator(".levels label.debug").click()  # after that, keys have the same effect
    page.keyboard.press("f")
    expect(page.locator(".new")).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".new")).to_be_hidden()


def test_a_screen_reader_is_told_what_arrives(page: Page, service: Service) -> None:
    watch(page, service, "hear")
    service.post(site="hear", log_message="Dome stuck", log_level="error")
    expect(page.locator('[aria-live="polite"]')).to_have_text("hear, error: Dome stuck")
    expect(page.get_by_role("listitem")).to_contain_text("Dome stuck")
    expect(page.get_by_role("heading", level=1)).to_have_text("hear")
