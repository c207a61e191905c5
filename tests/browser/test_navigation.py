"""Ways through the log of a site: to its first line, to a time, to a line, and back."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service, wait_until
from tests.support.walls import HOUR, post_earlier

DAY = 24 * HOUR


def times(service: Service, *hours: float) -> None:
    """Have one long message received so many hours ago each; the first ones the longest ago."""
    post_earlier(service, [("tst", f"{age:g} hours ago\n" * 6, "info", age * HOUR) for age in hours])


def slider(page: Page) -> Locator:
    found = page.get_by_role("slider", name=re.compile("^Messages of .*: jump to a time$"))
    expect(found.locator("rect").first).to_be_visible()
    return found


def go_to(page: Page, typed: str) -> None:
    page.keyboard.press("g")
    expect(page.get_by_role("textbox", name="Go to a time")).to_be_focused()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def test_home_is_the_very_first_line_with_one_request(page: Page, service: Service) -> None:
    post_many(service, "home", 12_500)
    watch(page, service, "home")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "recent-logs" in request.url else None)
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    assert len(asked) == 1
    service.post(site="home", log_message="meanwhile")
    expect(page.locator(".new")).to_have_text("1 new ↓")
    page.locator(".new").click()
    expect(page.get_by_text("meanwhile", exact=True)).to_be_in_viewport()
    service.post(site="home", log_message="live again")
    expect(page.get_by_text("live again", exact=True)).to_be_in_viewport()


def test_from_the_first_line_on_the_log_is_read_to_its_end_without_a_hole(
    page: Page, service: Service
) -> None:
    post_many(service, "forward", 7000)
    watch(page, service, "forward")
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    service.post(site="forward", log_message="meanwhile")
    lines = page.locator(".line").first
    for count in (6000, 7001):
        page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight; }")
        expect(lines).to_have_attribute("aria-setsize", str(count))
    page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight; }")
    service.post(site="forward", log_message="live again")
    expect(texts(page).last).to_have_text("live again")
    expect(lines).to_have_attribute("aria-setsize", "7002")


def test_a_time_in_the_url_leads_to_what_was_received_then(page: Page, night: Service) -> None:
    times(night, 50, 30, 20, 1)
    at = datetime.fromtimestamp(time.time() - 31 * HOUR, UTC)
    watch(page, night, "tst", f"?at={at:%Y-%m-%dT%H:%MZ}")
    expect(page.get_by_text("30 hours ago").first).to_be_in_viewport()
    page.goto("about:blank")
    watch(page, night, "tst", "?at=2020-01-01T00:00Z")
    expect(page.get_by_text("50 hours ago").first).to_be_in_viewport()
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"^The log begins at \d\d:\d\d:\d\d, \d{4}-")
    )


def test_a_time_can_be_typed_and_the_browser_leads_back(page: Page, night: Service) -> None:
    times(night, 50, 30, 20, 1)
    post_many(night, "tst", 100)
    watch(page, night, "tst")
    expect(page.get_by_text("line 99", exact=True)).to_be_in_viewport()
    go_to(page, "31h ago")
    expect(page.get_by_text("30 hours ago").first).to_be_in_viewport()
    assert "at=" in page.url
    go_to(page, "51 h")
    expect(page.get_by_text("50 hours ago").first).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_text("30 hours ago").first).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_text("line 99", exact=True)).to_be_in_viewport()
    assert "at=" not in page.url


def test_what_is_no_time_is_told_at_the_field(page: Page, service: Service) -> None:
    watch(page, service, "tst")
    go_to(page, "teatime")
    box = page.get_by_role("textbox", name="Go to a time")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".time-field .wrong")).to_contain_text("02:13, 2026-11-23 02:13")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(box).to_have_attribute("aria-invalid", "false")


def test_a_link_to_a_line_is_its_own_url_and_back_leads_back(page: Page, service: Service) -> None:
    post_many(service, "link", 200)
    watch(page, service, "link")
    page.keyboard.press("Home")
    line = page.locator(".line").filter(has=page.get_by_text("line 3", exact=True))
    line.hover()
    before = line.bounding_box()
    line.get_by_role("link", name="Link to line").click()
    expect(page).to_have_url(re.compile(r"/watch/link\?id=\d+$"))
    expect(line).to_have_class(re.compile("named"))
    after = line.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2
    url = page.url
    page.go_back()
    expect(page).to_have_url(re.compile("/watch/link$"))
    expect(page.locator(".named")).to_have_count(0)
    expect(page.get_by_text("line 3", exact=True)).to_be_in_viewport()
    page.goto(url)
    expect(page.locator(".named .text")).to_have_text("line 3")


def test_a_link_beyond_the_newest_message_leads_to_the_newest(page: Page, service: Service) -> None:
    post_many(service, "beyond", 1500)
    watch(page, service, "beyond", "?id=987654321")
    expect(page.get_by_role("alert")).to_contain_text("was never in this log")
    expect(page.get_by_text("line 1499", exact=True)).to_be_in_viewport()


def test_from_the_first_line_the_last_24_hours_are_one_press_away(page: Page, service: Service) -> None:
    post_many(service, "press", 2500)
    watch(page, service, "press")
    slider(page)
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    page.get_by_role("group", name="Days").get_by_role("button").last.click()
    expect(page.get_by_text("line 2499", exact=True)).to_be_in_viewport()


def test_from_the_first_line_on_a_level_is_found_however_far_apart_its_lines_are(
    page: Page, service: Service
) -> None:
    for number in range(2):
        service.post(site="rare", log_message=f"Dome stuck {number}", log_level="error")
        post_many(service, "rare", 3000)
    for number in range(100):
        service.post(site="rare", log_message=f"late {number}", log_level="error")
    watch(page, service, "rare", "?levels=error")
    expect(page.get_by_text("late 99", exact=True)).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.get_by_text("Dome stuck 0", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("Dome stuck 1", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("late 0", exact=True)).to_be_in_viewport()


def test_only_what_would_be_shown_is_counted_as_new(page: Page, service: Service) -> None:
    post_many(service, "count", 2500)
    watch(page, service, "count", "?levels=info,error")
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    for level in ("debug", "error", "debug"):
        service.post(site="count", log_message="meanwhile", log_level=level)
    service.post(site="count", log_message="at last", log_level="info")
    expect(page.locator(".new")).to_have_text("2 new ↓")


def test_a_linked_line_that_the_filter_hides_is_shown_and_a_notice_says_so(
    page: Page, service: Service
) -> None:
    service.post(site="shown", log_message="Dome open")
    post_many(service, "shown", 50)
    (dome,) = [each for each in service.recent(site="shown") if each["message"] == "Dome open"]
    watch(page, service, "shown", f"?search=line&id={dome['id']}")
    expect(page.locator(".named .text")).to_have_text("Dome open")
    expect(page.get_by_role("alert")).to_contain_text("does not match the search and levels")
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_a_link_to_a_deleted_message_says_so(page: Page, service: Service) -> None:
    service.post(site="gone", log_message="still here")
    watch(page, service, "gone", "?id=1")
    expect(page.get_by_role("alert")).to_contain_text("has expired, or was never in this log")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_histogram_leads_to_a_time_by_pointer_and_by_keys(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", f"line {number}", "info", (400 - number) * 200) for number in range(400)])
    watch(page, night, "tst")
    histogram = slider(page)
    box = histogram.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10, steps=5)
    page.mouse.up()
    start = (int(time.time()) // 900 + 1) * 900 - 86_400
    wanted = datetime.fromtimestamp(start + 43_200, UTC)
    expect(histogram).to_have_attribute("aria-valuetext", re.compile(rf"^{wanted:%H}:\d\d:\d\d.*: \d+ info$"))
    expect(page.locator(".seen")).to_be_visible()
    at = int(str(histogram.get_attribute("aria-valuenow")))
    for _ in range(8):
        histogram.press("ArrowLeft")
    expect(histogram).to_have_attribute("aria-valuenow", re.compile(f"^({at - 7}|{at - 8}|{at - 9})$"))
    page.keyboard.press("End")
    expect(page.get_by_text("line 399", exact=True)).to_be_in_viewport()


def test_steps_on_the_histogram_lead_across_quiet_hours_and_into_the_days_before(
    page: Page, night: Service
) -> None:
    times(night, 30, 20, 12)
    post_many(night, "tst", 100)
    watch(page, night, "tst")
    histogram = slider(page)
    for presses, hours in ((60, 12), (40, 20)):
        for _ in range(presses):
            histogram.press("ArrowLeft")
        expect(page.get_by_text(f"{hours} hours ago").first).to_be_in_viewport()
    histogram.press("Home")
    expect(page.get_by_text("20 hours ago").first).to_be_in_viewport()
    for _ in range(30):
        histogram.press("ArrowLeft")
    expect(page.get_by_text("30 hours ago").first).to_be_in_viewport()
    expect(histogram).to_have_attribute("aria-label", re.compile("^Messages of the day from "))


def test_the_histogram_covers_all_days_and_follows_the_log(page: Page, night: Service) -> None:
    times(night, 100, 52, 30)
    post_many(night, "tst", 100)
    watch(page, night, "tst")
    slider(page)
    days = page.get_by_role("group", name="Days").get_by_role("button")
    expect(days).to_have_count(8)
    expect(days.last).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Home")
    expect(page.get_by_text("100 hours ago").first).to_be_in_viewport()
    expect(days.nth(3)).to_have_attribute("aria-pressed", "true")
    days.nth(5).click()
    expect(page.get_by_text("52 hours ago").first).to_be_in_viewport()
    days.last.click()
    expect(page.get_by_text("line 99", exact=True)).to_be_in_viewport()


def test_the_day_that_is_shown_can_be_seen_on_a_phone_as_well(page: Page, night: Service) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    times(night, 150)
    post_many(night, "tst", 100)
    watch(page, night, "tst")
    slider(page)
    shown = page.locator(".days [aria-pressed=true]")
    expect(shown).to_have_text("last 24 h")
    expect(shown).to_be_in_viewport(ratio=0.95)
    page.keyboard.press("Home")
    expect(shown).to_have_attribute("title", re.compile("^24 hours from"))
    expect(shown).to_be_in_viewport(ratio=0.95)
    page.keyboard.press("End")
    expect(shown).to_have_text("last 24 h")
    expect(shown).to_be_in_viewport(ratio=0.95)


def test_the_bars_follow_the_filter_and_a_storm_does_not_flatten_them(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", "Dome stuck", "error", 5 * HOUR), ("tst", "Slewing", "info", 4 * HOUR)])
    post_many(night, "tst", 3000)
    watch(page, night, "tst")
    slider(page)
    bars = page.locator(".bars rect")
    expect(bars).to_have_count(3)
    assert min(bars.evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")) >= 1
    page.locator(".levels label.info").click()
    expect(bars).to_have_count(1)
    page.locator(".levels label.info").click()
    page.get_by_role("searchbox").fill("slewing")
    expect(page.locator(".found")).to_have_text("1 matches")
    expect(bars).to_have_count(1)


def test_a_tip_says_what_a_bar_counts(page: Page, night: Service) -> None:
    for level in ("error", "info", "info"):
        night.post(site="tst", log_message="x", log_level=level)
    night.post(site="tst", log_message="y", log_level="error")
    watch(page, night, "tst")
    box = slider(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 10)
    expect(page.locator(".tip")).to_have_text(re.compile(r"^\d\d:\d\d–\d\d:\d\d UTC: 2 errors, 2 info$"))
    page.mouse.move(box["x"] + 100, box["y"] + 300)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_finger_moves_along_the_histogram_and_not_the_page(browser: Browser, night: Service) -> None:
    post_earlier(night, [("tst", f"line {number}", "info", (400 - number) * 200) for number in range(400)])
    with browser.new_context(has_touch=True, viewport={"width": 360, "height": 640}) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, night, "tst")
        box = slider(page).bounding_box()
        assert box is not None
        session = context.new_cdp_session(page)
        for kind, share in (("touchStart", 0.9), ("touchMove", 0.7), ("touchMove", 0.3)):
            point = {"x": box["x"] + box["width"] * share, "y": box["y"] + 10}
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(slider(page)).to_have_attribute("aria-valuenow", re.compile("^(29|30|31)$"))
        assert page.evaluate("scrollY") == 0


def test_a_time_far_back_in_the_url_is_the_day_that_the_histogram_shows(page: Page, night: Service) -> None:
    times(night, 52, 30, 1)
    at = datetime.fromtimestamp(time.time() - 53 * HOUR, UTC)
    held: list[Route] = []
    page.route("**/activity?*", lambda route: held.append(route))
    watch(page, night, "tst", f"?at={at:%Y-%m-%dT%H:%MZ}")
    expect(page.get_by_text("52 hours ago").first).to_be_in_viewport()
    wait_until(lambda: page.evaluate("1") == 1 and bool(held), "the request for the counts")
    held[0].continue_()
    expect(page.locator(".days [aria-pressed=true]")).to_have_attribute("title", re.compile("^24 hours from"))
    expect(page.locator(".seen")).to_be_visible()


def test_a_site_whose_clock_is_weeks_off_can_be_gone_through_as_well(page: Page, night: Service) -> None:
    for number in range(100):
        night.post(site="tst", log_message=f"line {number}", timestamp=time.time() - 21 * DAY)
    watch(page, night, "tst")
    box = slider(page).bounding_box()
    assert box is not None
    expect(page.get_by_text("line 99", exact=True)).to_be_in_viewport()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + 10)
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
