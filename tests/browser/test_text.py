"""How the texts of messages are shown, as telescopes write them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_saving import open_menu, saved
from tests.support.browser import texts, watch
from tests.support.service import Service, wait_until

TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in slew\n    go()\nOSError: no mount\n'
)
ESC = "\x1b"


def test_a_message_of_several_lines_is_kept_without_the_blank_ones_around_it(
    page: Page, service: Service
) -> None:
    service.post(site="lines", log_message="\n \n  Focus done\r\n    fwhm 2.1\n\n")
    watch(page, service, "lines")
    assert texts(page).inner_text() == "  Focus done\n    fwhm 2.1"


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
def test_colours_of_terminals_are_colours_of_the_page(page: Page, service: Service, theme: str) -> None:
    text = f"{ESC}[31mred{ESC}[0m {ESC}[1;32mgreen{ESC}[0m {ESC}[2Kplain{ESC}]0;a title\x07\x08"
    service.post(site="ansi", log_message=text)
    watch(page, service, "ansi")
    page.get_by_role("radio", name=theme).check()
    assert texts(page).last.inner_text() == "red green plain"
    colour = "each => getComputedStyle(each).color"
    named = "(each, name) => { each.style.color = `var(${name})`; return getComputedStyle(each).color; }"
    for part, variable in (("red", "--error"), ("green", "--ansi-green")):
        shown = texts(page).last.get_by_text(part, exact=True)
        assert shown.evaluate(colour) == shown.evaluate(named, variable)
    weight = (
        texts(page)
        .last.get_by_text("green", exact=True)
        .evaluate("each => getComputedStyle(each).fontWeight")
    )
    assert weight == "700"


def test_addresses_are_links_that_open_elsewhere_and_nothing_else_is(page: Page, service: Service) -> None:
    service.post(
        site="links", log_message="see https://a.example/b_(c)?d=1#e. javascript:alert(1) data:text/html,x"
    )
    watch(page, service, "links")
    link = texts(page).get_by_role("link")
    expect(link).to_have_text(["https://a.example/b_(c)?d=1#e"])
    for name, value in (
        ("href", "https://a.example/b_(c)?d=1#e"),
        ("rel", "noopener noreferrer"),
        ("target", "_blank"),
    ):
        expect(link).to_have_attribute(name, value)


def test_a_hit_within_an_address_is_marked_within_the_link(page: Page, service: Service) -> None:
    service.post(site="mixed", log_message=f"{ESC}[31mDome https://dome.example/x{ESC}[0m")
    watch(page, service, "mixed", "?search=dome")
    expect(page.locator("mark")).to_have_text(["Dome", "dome"])
    expect(page.locator(".text a mark")).to_have_text(["dome"])
    expect(page.locator(".text a")).to_have_text("https://dome.example/x")


def test_a_text_that_turns_the_direction_of_writing_turns_nothing_else(page: Page, service: Service) -> None:
    now = time.time()
    for _ in range(2):
        service.post(site="bidi", log_message="\u202eabc", timestamp=now)
    service.post(site="bidi", log_message="plain")
    watch(page, service, "bidi,other")
    row = page.locator(".row").first
    left = "each => each.getBoundingClientRect().left"
    parts = [row.locator(part).evaluate(left) for part in (".time", ".level", ".site", ".text", ".count")]
    assert parts == sorted(parts)
    expect(row.locator(".count")).to_have_text("×2 since " + row.locator(".time").inner_text())
    assert page.locator(".text").last.evaluate(left) == page.locator(".text").first.evaluate(left)


def test_json_and_markup_stay_text(page: Page, service: Service) -> None:
    for text in ('{"fwhm": [2.1, 3]}', "<b>bold</b> &amp; <!-- -->"):
        service.post(site="json", log_message=text)
    watch(page, service, "json")
    expect(texts(page)).to_have_text(['{"fwhm": [2.1, 3]}', "<b>bold</b> &amp; <!-- -->"])


def test_a_traceback_is_folded_to_what_it_ends_with_and_unfolds_by_a_click(
    page: Page, service: Service
) -> None:
    service.post(site="trace", log_message=TRACEBACK, log_level="error")
    watch(page, service, "trace")
    expect(texts(page)).to_have_text(["OSError: no mount"])
    button = page.get_by_role("button", name="Show the other 3 lines")
    expect(button).to_have_text("+ 3 lines")
    button.click()
    assert texts(page).inner_text() == TRACEBACK.strip()
    hide = page.get_by_role("button", name="Hide the other 3 lines")
    expect(hide).to_have_attribute("aria-expanded", "true")
    hide.click()
    expect(texts(page)).to_have_text(["OSError: no mount"])


def test_long_texts_are_folded_and_stay_unfolded_wherever_the_viewer_scrolls(
    page: Page, service: Service
) -> None:
    service.post(site="long", log_message="\n".join(f"row {number}" for number in range(7)))
    service.post(site="long", log_message="x" * 601)
    service.post(site="long", log_message="y" * 600)
    for number in range(300):
        service.post(site="long", log_message=f"line {number}")
    watch(page, service, "long")
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="Show the other 6 lines")).to_be_visible()
    expect(page.get_by_role("button", name="Show the other 302 characters")).to_be_visible()
    expect(page.get_by_text("y" * 600, exact=True)).to_be_visible()
    page.get_by_role("button", name="Show the other 6 lines").click()
    expect(page.get_by_text("row 6")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_text("line 299", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("row 6")).not_to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.get_by_text("row 6")).to_be_in_viewport()


def test_what_is_found_in_a_folded_text_is_shown(page: Page, service: Service) -> None:
    service.post(site="hidden", log_message=TRACEBACK)
    watch(page, service, "hidden", "?search=slew")
    expect(page.locator("mark")).to_have_text(["slew"])


def test_a_stray_end_of_an_isolation_turns_nothing_of_the_page(page: Page, service: Service) -> None:
    for _ in range(2):
        service.post(site="stray", log_message="abc\u2069\u2069\u202edef")
    watch(page, service, "stray")
    text, count = texts(page).bounding_box(), page.locator(".count").bounding_box()
    assert text is not None
    assert count is not None
    assert count["x"] >= text["x"] + text["width"]


def test_what_is_shown_of_a_folded_text_keeps_its_colours_and_its_links(page: Page, service: Service) -> None:
    address = "https://a.example/" + "x" * 400
    service.post(site="kept", log_message=f"{ESC}[31mred{ESC}[0m {address}" + "\nmore" * 9)
    watch(page, service, "kept")
    expect(page.locator(".text .ansi-red")).to_have_text("red")
    expect(page.locator(".text a")).to_have_attribute("href", address)
    expect(texts(page)).to_have_text(f"red {address[:295]}…")


def test_a_stack_trace_of_java_is_folded_to_its_first_line(page: Page, service: Service) -> None:
    service.post(
        site="java",
        log_message="IOException: no mount\n\tat org.Mount.slew(Mount.java:17)\n\tat Main.main(Native)",
    )
    watch(page, service, "java")
    expect(texts(page)).to_have_text("IOException: no mount")
    page.get_by_role("button", name="Show the other 2 lines").click()
    expect(texts(page)).to_contain_text("Main.main")


def test_a_sequence_without_an_end_hides_nothing_that_follows(page: Page, service: Service) -> None:
    service.post(site="open", log_message=f"Dome {ESC}]stuck\nat 30%")
    watch(page, service, "open")
    assert texts(page).inner_text() == "Dome stuck\nat 30%"


def test_paper_and_a_text_file_have_messages_as_they_are_read_and_json_has_them_as_they_were_posted(
    page: Page, service: Service, tmp_path: Path
) -> None:
    posted = f"\n\n{ESC}[31mred{ESC}[0m\n  Dome\n\n"
    service.post(site="tidy", log_message=posted, timestamp=1604514063)
    watch(page, service, "tidy")
    expect(texts(page)).to_have_count(1)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    line = page.locator(".paper > div").evaluate("each => each.textContent")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert line == "2020-11-04 18:21:03 INFO tidy red\n  Dome"
    open_menu(page)
    _, content = saved(page, "TXT", tmp_path)
    assert content == "2020-11-04T18:21:03Z INFO tidy red\n  Dome\n"
    _, content = saved(page, "JSON", tmp_path)
    assert [message["message"] for message in json.loads(content)] == [posted]


def test_a_screen_reader_hears_the_line_of_a_traceback_that_says_most(page: Page, service: Service) -> None:
    watch(page, service, "spoken")
    service.post(site="spoken", log_message=f"{ESC}[31m{TRACEBACK}{ESC}[0m", log_level="error")
    expect(page.locator('[aria-live="polite"]')).to_have_text("spoken, error: OSError: no mount")


def test_a_notification_of_a_traceback_tells_the_line_that_says_most(
    notifiable: Page, service: Service
) -> None:
    page = notifiable
    page.add_init_script(
        """localStorage.setItem("userstatus.alert", "critical");
        document.hasFocus = () => false;
        window.notified = [];
        window.Notification = class extends Notification {
          constructor(title, options) { super(title, options); notified.push(options.body); }
        };"""
    )
    watch(page, service, "told")
    service.post(site="told", log_message=f"{ESC}[31m{TRACEBACK}{ESC}[0m", log_level="critical")
    wait_until(lambda: page.evaluate("notified.length") == 1, "a notification")
    assert page.evaluate("notified") == ["OSError: no mount"]
