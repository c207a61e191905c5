"""The wall: what its tiles say, and in which order."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.support.service import Service
from tests.support.walls import HOUR, open_wall, post_by_wrong_clock, post_earlier, sites, tile

TRACEBACK = 'Camera failed\nTraceback (most recent call last):\n  File "a.py", line 1\nOSError: no camera\n'


def minute(timestamp: float) -> str:
    return time.strftime("%H:%M", time.gmtime(timestamp))


def since(timestamp: float) -> str:
    today = time.gmtime()[:3] == time.gmtime(timestamp)[:3]
    return minute(timestamp) if today else time.strftime("%Y-%m-%d %H:%M", time.gmtime(timestamp))


def test_what_needs_attention_comes_first(page: Page, night: Service) -> None:
    night.post(site="aro1", log_message="all well")
    open_wall(page, night)
    expect(sites(page)).to_have_text(["aro1"])
    night.post(site="mrc1", log_message="Dome stuck", log_level="error")
    expect(sites(page)).to_have_text(["mrc1", "aro1"])
    night.post(site="aro1", log_message="on fire", log_level="critical")
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    expect(page.locator(".state-of-site")).to_have_text(["‼ critical", "✖ error"])


def test_a_tile_says_the_worst_message_of_the_last_hour_and_then_the_last_one(
    page: Page, night: Service
) -> None:
    now = time.time()
    post_earlier(
        night,
        [
            ("eco1", "Power lost", "critical", 1.5 * HOUR),
            ("eco1", "Rain: closing", "critical", 600),
            ("eco1", "Dome closed", "error", 300),
            ("eco1", "Telescope parked", "info", 60),
        ],
    )
    open_wall(page, night)
    worst = page.locator(".worst")
    expect(worst).to_have_text(re.compile(rf"^‼ critical {minute(now - 600)[:4]}\d Rain: closing$"))
    expect(page.locator(".last")).to_have_text("Telescope parked")
    night.post(site="eco1", log_message="Mount on fire", log_level="critical")
    expect(worst).to_contain_text("Mount on fire")
    expect(page.locator(".last")).to_be_hidden()  # it is the same
    night.post(site="eco1", log_message="Fire is out")
    expect(page.locator(".last")).to_have_text("Fire is out")


def test_of_a_traceback_a_tile_shows_the_telling_line(page: Page, night: Service) -> None:
    night.post(site="tst", log_message=TRACEBACK, log_level="error")
    open_wall(page, night)
    expect(page.locator(".worst .text")).to_have_text("OSError: no camera")


def test_a_message_that_is_an_hour_old_is_no_longer_called_out(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", "Dome stuck", "error", HOUR - 60), ("tst", "Dome closed", "info", 1)])
    page.clock.install()
    open_wall(page, night)
    expect(page.locator("#summary")).to_have_text("1 error")
    page.clock.fast_forward(61_000)
    expect(page.locator("#summary")).to_have_text("1 fine")
    expect(page.locator(".worst")).to_be_hidden()
    expect(page.locator(".last")).to_have_text("Dome closed")


def test_silence_is_a_state_between_trouble_and_health(page: Page, night: Service) -> None:
    now = time.time()
    post_earlier(
        night,
        [
            ("gone", "Good night", "info", 2 * 24 * HOUR),
            ("saf", "Wind sensor: no answer", "warning", 3 * HOUR + 60),
            ("saf", "Good night", "info", 3 * HOUR),
            ("aro1", "all well", "info", 60),
            ("mrc1", "Clouds", "warning", 60),
        ],
    )
    open_wall(page, night)
    expect(sites(page)).to_have_text(["mrc1", "gone", "saf", "aro1"])
    expect(page.get_by_role("heading", name="1 warning · 2 silent · 1 fine")).to_be_visible()
    silent = tile(page, "saf")
    expect(silent.locator(".state-of-site")).to_have_text("○ silent")
    expect(silent.locator(".ago")).to_have_text(
        re.compile(rf"^silent since ({since(now - 3 * HOUR)}|{since(now - 3 * HOUR + 60)}) \(3 h\)$")
    )
    expect(silent.locator(".worst")).to_contain_text("Wind sensor: no answer")
    expect(silent.locator(".last")).to_have_text("Good night")
    date = time.strftime("%Y-%m-%d", time.gmtime(now - 2 * 24 * HOUR))
    expect(tile(page, "gone").locator(".ago")).to_have_text(
        re.compile(rf"^silent since {date} \d\d:\d\d \(2 days\)$")
    )
    night.post(site="gone", log_message="Good morning")
    expect(page.get_by_role("heading", name="1 warning · 1 silent · 2 fine")).to_be_visible()


def test_a_site_that_fell_silent_after_an_error_is_as_urgent_as_one(page: Page, night: Service) -> None:
    post_earlier(
        night,
        [
            ("aaa", "Dome stuck half open", "error", 9 * HOUR),
            ("bbb", "all well", "info", 9 * HOUR),
            ("ccc", "Clouds", "warning", 1),
        ],
    )
    open_wall(page, night)
    expect(sites(page)).to_have_text(["aaa", "ccc", "bbb"])
    expect(tile(page, "aaa").locator(".state-of-site")).to_have_text("✖ error, silent")
    expect(page.locator("#summary")).to_have_text("1 error · 1 warning · 2 silent")


def test_a_site_falls_silent_while_the_wall_is_looked_at(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", "Good night", "info", 1680)])
    page.clock.install()
    open_wall(page, night)
    expect(page.locator("#summary")).to_have_text("1 fine")
    page.clock.fast_forward(125_000)
    expect(page.locator("#summary")).to_have_text("1 silent")


def test_nobody_is_silent_because_the_connection_is_lost(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="all well")
    page.clock.install()
    open_wall(page, night)
    night.kill()
    expect(page.locator("#state")).to_have_attribute("data-state", "reconnecting")
    page.clock.fast_forward(40 * 60_000)
    expect(page.locator(".ago")).to_have_text("40 min ago")
    expect(page.locator("#summary")).to_have_text("1 fine")


def test_ages_go_by_the_time_of_receipt_and_a_wrong_clock_has_a_badge(page: Page, night: Service) -> None:
    post_by_wrong_clock(night, "behind", "old hat", 21 * 24 * HOUR + 60)
    for _ in range(3):
        night.post(site="right", log_message="now")
        night.post(site="late", log_message="spooled", timestamp=time.time() - 7200)
    night.post(site="ahead", log_message="from the future", timestamp=time.time() + 330)
    open_wall(page, night)
    for site in ("behind", "right", "late", "ahead"):
        expect(tile(page, site).locator(".ago")).to_have_text(re.compile(r"^\d+ s ago$"))
    expect(tile(page, "behind").locator(".clock")).to_have_text("clock 21 d behind")
    expect(tile(page, "ahead").locator(".clock")).to_have_text("clock 5 min ahead")
    expect(page.locator(".clock:visible")).to_have_count(2)
    night.post(site="ahead", log_message="set right")
    expect(tile(page, "ahead").locator(".clock")).to_be_hidden()


def test_a_summary_and_a_clock_in_utc_head_the_wall(page: Page, night: Service) -> None:
    for site, level in (("a", "critical"), ("b", "error"), ("c", "error"), ("d", "info"), ("e", "debug")):
        night.post(site=site, log_message="x", log_level=level)
    open_wall(page, night)
    expect(page.locator("#summary")).to_have_text("1 critical · 2 errors · 2 fine")
    expect(page.locator("#state")).to_have_text("live")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d UTC$"))
    shown = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(shown)


def test_tiles_keep_their_places_while_the_pointer_is_on_them(page: Page, night: Service) -> None:
    for site in ("aro1", "mrc1"):
        night.post(site=site, log_message="all well")
    open_wall(page, night)
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    tile(page, "aro1").hover()
    night.post(site="mrc1", log_message="Rain", log_level="critical")
    night.post(site="aaa", log_message="I am new")
    expect(tile(page, "mrc1").locator(".worst")).to_contain_text("Rain")
    expect(sites(page)).to_have_text(["aro1", "mrc1", "aaa"])
    page.locator("h1").hover()
    expect(sites(page)).to_have_text(["mrc1", "aaa", "aro1"])


def test_a_pointer_that_rests_for_ten_seconds_holds_nothing(page: Page, night: Service) -> None:
    for site in ("aro1", "mrc1"):
        night.post(site=site, log_message="all well")
    page.clock.install()
    open_wall(page, night)
    tile(page, "aro1").hover()
    night.post(site="mrc1", log_message="Rain", log_level="critical")
    expect(tile(page, "mrc1").locator(".worst")).to_contain_text("Rain")
    page.clock.run_for(2000)
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    page.clock.run_for(10_000)
    expect(sites(page)).to_have_text(["mrc1", "aro1"])


def test_a_tile_that_no_longer_matches_the_filter_stays_while_the_pointer_is_on_the_wall(
    page: Page, night: Service
) -> None:
    for site in ("aro1", "mrc1"):
        night.post(site=site, log_message="Slewing")
    open_wall(page, night)
    page.get_by_role("searchbox").fill("slewing")
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    tile(page, "mrc1").hover()
    night.post(site="aro1", log_message="Parked")
    expect(tile(page, "aro1")).to_contain_text("Parked")
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    page.mouse.move(0, 0)
    expect(sites(page)).to_have_text(["mrc1"])


def test_silent_sites_are_in_the_title_and_the_icon_if_nothing_is_worse(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", "Good night", "info", 3600)])
    open_wall(page, night)
    expect(page).to_have_title(re.compile("^○ All sites"))
    icon = page.locator('link[rel="icon"]')
    expect(icon).to_have_attribute("href", re.compile("icons/silent.svg$"))
    night.post(site="tst", log_message="Rain", log_level="critical")
    expect(page).to_have_title(re.compile("^‼ All sites"))
    night.post(site="aro1", log_message="fine")
    expect(icon).to_have_attribute("href", re.compile("icons/critical.svg$"))


def test_tiles_keep_their_places_while_the_focus_is_in_one(page: Page, night: Service) -> None:
    for site in ("aro1", "mrc1"):
        night.post(site=site, log_message="all well")
    open_wall(page, night)
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    page.get_by_role("button", name="Full screen").focus()
    page.keyboard.press("Tab")
    expect(sites(page).first).to_be_focused()
    night.post(site="mrc1", log_message="Rain", log_level="critical")
    expect(tile(page, "mrc1").locator(".worst")).to_contain_text("Rain")
    expect(sites(page)).to_have_text(["aro1", "mrc1"])
    expect(sites(page).first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(sites(page)).to_have_text(["mrc1", "aro1"])


def test_pinned_sites_come_first_and_keep_their_places(page: Page, night: Service) -> None:
    for site in ("aro1", "mrc1", "saf"):
        night.post(site=site, log_message="all well")
    open_wall(page, night)
    for site in ("saf", "mrc1"):
        button = page.get_by_role("button", name=f"Pin {site}", exact=True)
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    page.locator("h1").hover()
    expect(sites(page)).to_have_text(["saf", "mrc1", "aro1"])
    night.post(site="aro1", log_message="Rain", log_level="critical")
    expect(tile(page, "aro1").locator(".worst")).to_contain_text("Rain")
    expect(sites(page)).to_have_text(["saf", "mrc1", "aro1"])
    page.reload()
    expect(sites(page)).to_have_text(["saf", "mrc1", "aro1"])
    page.get_by_role("button", name="Pin saf").click()
    page.locator("h1").hover()
    expect(sites(page)).to_have_text(["mrc1", "aro1", "saf"])


def test_the_filter_hides_sites_says_how_many_and_still_counts_them(page: Page, night: Service) -> None:
    for site, text in (("aro1", "Guiding"), ("mrc1", "Exposing"), ("mrc2", "Guiding")):
        night.post(site=site, log_message=text)
    open_wall(page, night)
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Filter sites")
    expect(box).to_be_focused()
    page.keyboard.type("MRC")
    expect(sites(page)).to_have_text(["mrc1", "mrc2"])
    expect(page.get_by_text("1 site is hidden by the filter")).to_be_visible()
    night.post(site="aro1", log_message="Rain", log_level="critical")
    expect(page.locator("#summary")).to_have_text("1 critical · 2 fine")
    expect(sites(page)).to_have_text(["mrc1", "mrc2"])
    box.fill("guiding")
    expect(sites(page)).to_have_text(["mrc2"])
    expect(page.get_by_text("2 sites are hidden by the filter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    expect(sites(page)).to_have_count(3)
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    box.fill("nobody")
    expect(page.get_by_text("All 3 sites are hidden by the filter")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(sites(page)).to_have_count(3)


def test_keys_are_text_in_the_filter(page: Page, night: Service) -> None:
    night.post(site="cf", log_message="all well")
    open_wall(page, night)
    page.keyboard.press("/")
    page.keyboard.type("cf/")
    expect(page.get_by_role("searchbox")).to_have_value("cf/")
    expect(page.get_by_role("button", name="Compact")).to_have_attribute("aria-pressed", "false")


def test_the_counts_of_a_tile_begin_with_the_worst_as_a_narrow_one_cuts_them(
    page: Page, night: Service
) -> None:
    for level in ("debug", "info", "info", "warning", "critical"):
        night.post(site="tst", log_message="x", log_level=level)
    open_wall(page, night)
    expect(page.locator(".counts span")).to_have_text(
        ["‼ 1 critical", "▲ 1 warning", "i 2 info", "· 1 debug"]
    )
    night.post(site="tst", log_message="x", log_level="error")
    expect(page.locator(".counts")).to_contain_text("✖ 1 error")
