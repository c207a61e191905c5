"""The lines of a log: what they fold, what their times mean, and what can be done with them."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service
from tests.support.walls import post_by_wrong_clock, receive_apart
from userstatus.message import LEVELS

DAY = 86_400


def test_repeats_are_one_line_with_a_count_that_unfolds_to_every_time(page: Page, service: Service) -> None:
    watch(page, service, "fold")
    for number, text in enumerate(("same", "same", "other", "same")):
        service.post(site="fold", log_message=text, timestamp=1604514063 + number)
    expect(texts(page)).to_have_text(["same", "other", "same"])
    count = page.locator(".count")
    expect(count).to_have_text(["×2 since 18:21:03"])
    count.click()
    expect(page.locator(".every-time")).to_have_text("18:21:03 18:21:04")
    expect(count).to_have_attribute("aria-expanded", "true")
    count.click()
    expect(page.locator(".every-time")).to_have_count(0)


def test_what_is_hidden_between_repeats_keeps_them_apart(page: Page, service: Service) -> None:
    for text, level in (("same", "error"), ("between", "debug"), ("same", "error"), ("same", "error")):
        service.post(site="apart", log_message=text, log_level=level)
    watch(page, service, "apart", "?levels=error")
    expect(texts(page)).to_have_text(["same", "same"])
    expect(page.locator(".count")).to_have_count(1)
    page.locator(".levels label.debug").click()
    expect(texts(page)).to_have_text(["same", "between", "same"])


def test_a_line_shows_the_time_of_its_telescope_and_a_late_one_says_by_how_much(
    page: Page, night: Service
) -> None:
    post_by_wrong_clock(night, "behind", "old hat", 5 * 365 * DAY)
    for _ in range(4):  # a spool that is emptied
        night.post(site="late", log_message="spooled", timestamp=time.time() - 3 * 3600 - 60)
    night.post(site="ahead", log_message="not yet", timestamp=time.time() + 21 * DAY)
    night.post(site="right", log_message="now")
    watch(page, night, "late,behind,ahead,right")
    marks = page.locator(".late")
    expect(marks).to_have_text(["clock", "3 h late", "clock"])
    expect(page.locator(".clock-badge")).to_have_text(
        re.compile("^behind: clock .* behind, ahead: clock 2[01] d ahead$")
    )
    behind = page.locator(".line", has_text="old hat")
    said = re.compile(r"^Sent [0-9:]{8}, 20\d\d-\d\d-\d\d UTC by the telescope's clock, received ")
    expect(behind.get_by_role("img", name=said)).to_be_visible()
    expect(behind.locator(".late")).to_have_attribute("title", said)
    expect(page.locator(".line", has_text="now").locator(".late")).to_have_count(0)


def test_lines_by_a_wrong_clock_keep_their_mark_when_it_has_been_set_right(
    page: Page, night: Service
) -> None:
    post_by_wrong_clock(night, "mended", "old hat", 21 * DAY)
    night.post(site="mended", log_message="set right")
    watch(page, night, "mended")
    expect(page.locator(".late")).to_have_text(["clock"])
    expect(page.locator(".clock-badge")).to_be_hidden()


def test_days_and_ages_go_by_the_time_of_receipt(page: Page, service: Service) -> None:
    for number in range(6):
        weeks = (-21, 0, 21)[number % 3]
        service.post(site="days", log_message=f"line {number}", timestamp=time.time() + weeks * DAY)
    page.clock.install()
    watch(page, service, "days")
    expect(page.locator(".day")).to_have_count(1)
    expect(page.locator(".line.old")).to_have_count(0)
    expect(page.locator(".last")).to_have_text(re.compile(r"^last message \d+ s ago$"))
    page.clock.fast_forward("31:00")
    expect(page.locator(".line.old")).to_have_count(6)


def test_new_lines_flash_and_only_those_that_need_no_attention_grow_grey(
    page: Page, service: Service
) -> None:
    page.clock.install()
    watch(page, service, "age")
    for level in LEVELS:
        service.post(site="age", log_message=f"Dome {level}", log_level=level)
    expect(page.locator(".line.fresh")).to_have_count(5)
    colours = "all => all.map(each => getComputedStyle(each).color)"
    before = page.locator(".text").evaluate_all(colours)
    page.clock.fast_forward("31:00")
    expect(page.locator(".line.old")).to_have_count(5)
    after = page.locator(".text").evaluate_all(colours)
    changed = [level for level, one, other in zip(LEVELS, before, after, strict=True) if one != other]
    assert changed == ["debug", "info"]
    page.emulate_media(media="print")
    printed = page.locator(".text").evaluate_all(colours)
    assert len(set(printed[2:])) == 3


def test_times_are_in_utc_or_in_the_zone_of_the_viewer_and_say_which(
    browser: Browser, service: Service
) -> None:
    service.post(site="zone", log_message="at night", timestamp=1604514063)
    with browser.new_context(timezone_id="America/Los_Angeles") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "zone")
        expect(page.locator(".time")).to_have_text("18:21:03")
        expect(page.locator(".day")).to_have_text(time.strftime("%Y-%m-%d UTC", time.gmtime()))
        page.keyboard.press("t")
        expect(page.locator(".time")).to_have_text("10:21:03")
        expect(page.locator(".day")).to_have_text(re.compile("(GMT-[78]|P[SD]T)$"))
        switch = page.get_by_role("button", name=re.compile("(GMT-[78]|P[SD]T): switch to UTC"))
        expect(switch).to_be_visible()
        page.reload()
        expect(page.locator(".time")).to_have_text("10:21:03")


def test_a_line_and_a_link_to_it_can_be_copied(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    service.post(site="copy", log_message="Dome open", timestamp=1604514063)
    post_many(service, "copy", 1500)
    watch(page, service, "copy", "?search=Dome")
    page.locator(".line").hover()
    page.get_by_role("button", name="Copy line").click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "2020-11-04T18:21:03Z INFO copy Dome open"
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="copied")).to_have_count(2)
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    expect(page.locator(".named .text")).to_have_text("Dome open")
    expect(page.locator(".named")).to_be_in_viewport()


def test_a_line_can_be_copied_without_the_permissions_of_https(page: Page, service: Service) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    service.post(site="plain", log_message="Dome open", timestamp=1604514063)
    watch(page, service, "plain")
    page.locator(".line").hover()
    page.get_by_role("button", name="Copy line").click()
    page.keyboard.press("/")
    page.keyboard.press("Control+V")
    expect(page.get_by_role("searchbox")).to_have_value("2020-11-04T18:21:03Z INFO plain Dome open")


def test_several_lines_are_copied_as_clean_text(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for number, text in enumerate(("first", "again", "again", "two\nlines", "last")):
        service.post(site="clean", log_message=text, log_level="warning", timestamp=1604514063 + number)
    watch(page, service, "clean,other")
    rows = page.locator(".text")
    expect(rows).to_have_count(4)
    start, end = rows.nth(1).bounding_box(), rows.nth(2).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 2, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 5, steps=5)
    page.mouse.up()
    page.keyboard.press("Control+C")
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == [
        "2020-11-04T18:21:04Z WARNING clean again",
        "2020-11-04T18:21:05Z WARNING clean again",
        "2020-11-04T18:21:06Z WARNING clean two",
        "lines",
    ]


def test_one_tab_stop_leads_to_the_log_and_arrows_from_line_to_line(page: Page, service: Service) -> None:
    post_many(service, "arrows", 200)
    watch(page, service, "arrows")
    page.get_by_role("region", name="Messages").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".line:focus .text")).to_have_text("line 199")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".line:focus .text")).to_have_text("line 198")
    for _ in range(60):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".line:focus .text")).to_have_text("line 138")
    expect(page.locator(".line:focus")).to_be_in_viewport()
    service.post(site="arrows", log_message="new")
    expect(page.locator(".new")).to_have_text("1 new ↓")
    expect(page.locator(".line:focus .text")).to_have_text("line 138")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".line:focus .text")).to_have_text("line 139")
    assert page.locator('.scroller, .scroller [tabindex="0"]').count() == 1
    page.keyboard.press("Tab")
    expect(page.locator(".scroller :focus")).to_have_count(0)


def test_enter_leads_to_what_can_be_done_with_a_line_and_escape_back(page: Page, service: Service) -> None:
    service.post(site="enter", log_message="see https://a.example/b")
    watch(page, service, "enter")
    page.get_by_role("region", name="Messages").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".text a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Copy line")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".text a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".line")).to_be_focused()


def test_a_text_unfolds_by_keys_and_keeps_the_focus(page: Page, service: Service) -> None:
    service.post(site="unfold", log_message="\n".join("abcdefgh"))
    watch(page, service, "unfold")
    page.get_by_role("region", name="Messages").focus()
    for key in ("ArrowUp", "Enter", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Hide the other 7 lines")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show the other 7 lines")).to_be_focused()


def test_texts_begin_below_each_other_however_long_the_site_codes_are(page: Page, service: Service) -> None:
    code = "a-very-long-code-" + "x" * 47
    for site in ("wide1", code):
        service.post(site=site, log_message="Dome open")
    watch(page, service, f"wide1,{code}")
    expect(texts(page)).to_have_count(2)
    left = "all => all.map(each => each.getBoundingClientRect().left)"
    assert len(set(page.locator(".text").evaluate_all(left))) == 1
    expect(page.locator(".site").last).to_have_attribute("title", re.compile(f"^{code}"))


def test_a_part_of_a_line_is_copied_as_it_is_and_a_whole_one_as_clean_text(
    page: Page, service: Service
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for message in ("\n\x1b[31mDome\x1b[0m stuck\n", "next"):
        service.post(site="part", log_message=message, timestamp=1604514063)
    watch(page, service, "part,other")
    text = texts(page).first
    copied = "navigator.clipboard.readText()"
    text.dblclick(position={"x": 5, "y": 5})
    page.keyboard.press("Control+C")
    assert page.evaluate(copied).strip() == "Dome"
    time_box, text_box = page.locator(".time").first.bounding_box(), text.bounding_box()
    assert time_box is not None
    assert text_box is not None
    page.mouse.move(time_box["x"] + 1, time_box["y"] + 5)
    page.mouse.down()
    page.mouse.move(text_box["x"] + text_box["width"] - 1, text_box["y"] + 5, steps=5)
    page.mouse.up()
    page.keyboard.press("Control+C")
    assert page.evaluate(copied) == "2020-11-04T18:21:03Z INFO part Dome stuck\n"


def test_every_button_of_a_line_has_a_name_of_its_own(page: Page, service: Service) -> None:
    for number in range(3):
        service.post(site="names", log_message=f"line {number}")
    watch(page, service, "names,other", "?levels=info")
    expect(texts(page)).to_have_count(3)
    named = page.locator(".actions :is(button, a)").evaluate_all("all => all.map(each => each.ariaLabel)")
    assert len(named) == len(set(named)) == 15
    assert all(re.search(r"line \d+$", name) for name in named)


def test_a_clock_that_is_known_to_be_wrong_only_later_is_marked_then(page: Page, night: Service) -> None:
    for _ in range(3):
        night.post(site="slow", log_message="Dome open")
        post_many(night, "talkative", 250)  # so that none of the three is near another one
    receive_apart(night, 0.3, {"slow": 21 * DAY})
    held: list[Route] = []
    page.route(re.compile("/sites"), lambda route: held.append(route))
    watch(page, night, "*", "?search=dome+open")
    expect(page.locator(".late")).to_have_text(["21 days late"] * 3)
    for route in held:
        route.continue_()
    expect(page.locator(".late")).to_have_text(["clock"] * 3)
