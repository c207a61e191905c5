"""Saving and printing the messages of a period, in a real browser against the real service."""

from __future__ import annotations

import base64
import csv
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_themes import COUNT
from tests.support.browser import LIVE, PATIENCE, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service, wait_until

STAMP = r"\d{4}-\d\d-\d\dT\d\d(\d\d)?Z"
Saved = tuple[str, str]


def open_menu(page: Page, period: str = "the last 24 hours") -> None:
    page.get_by_text("More", exact=True).click()
    page.get_by_role("combobox", name="Period").select_option(period)


def saved(page: Page, output: str, folder: Path, press: Callable[[], None] | None = None) -> Saved:
    """The name and the content of the file that is saved."""
    with page.expect_download() as download:
        if press is None:
            page.get_by_role("button", name=output, exact=True).click()
        else:
            press()
    download.value.save_as(folder / "saved")
    return download.value.suggested_filename, (folder / "saved").read_bytes().decode()


def read_by(service: Service, site: str) -> float:
    """When the last message of a site was received."""
    when: float = service.recent(site=site, after_time=0)[-1]["received_at"]
    return when


def test_what_matches_is_saved_as_text_csv_and_json(page: Page, service: Service, tmp_path: Path) -> None:
    for text in ('=1+1, "quoted"', "two\nlines", "not this"):
        service.post(site="save", log_message=text, timestamp=1604514063, log_level="warning")
    service.post(site="save", log_message="nor this", log_level="debug")
    watch(page, service, "save", "?levels=warning")
    page.get_by_role("searchbox").fill("o")
    expect(texts(page)).to_have_count(3)
    open_menu(page)
    files = {}
    for output in ("TXT", "CSV", "JSON"):
        name, files[output] = saved(page, output, tmp_path)
        assert re.fullmatch(rf"userstatus-save-{STAMP}-{STAMP}\.{output.lower()}", name)
    first = service.recent(site="save", after_time=0)[0]
    assert files["TXT"].splitlines()[1:] == [
        "2020-11-04T18:21:03Z WARNING save two",
        "lines",
        "2020-11-04T18:21:03Z WARNING save not this",
    ]
    received = f"{datetime.fromtimestamp(first['received_at'], UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert files["CSV"].split("\r\n")[:2] == [
        "id,time,site,level,message,received",
        f'{first["id"]},2020-11-04T18:21:03Z,save,warning,"\'=1+1, ""quoted""",{received}',
    ]
    assert [message["message"] for message in json.loads(files["JSON"])] == [
        '=1+1, "quoted"',
        "two\nlines",
        "not this",
    ]


def test_a_long_period_is_saved_whole_although_the_page_holds_less(
    page: Page, service: Service, tmp_path: Path
) -> None:
    post_many(service, "whole", 15_000)
    watch(page, service, "whole")
    open_menu(page)
    name, content = saved(page, "CSV", tmp_path)
    rows = list(csv.DictReader(content.splitlines()))
    assert [row["message"] for row in rows] == [f"line {number}" for number in range(15_000)]
    assert "partial" not in name
    expect(page.locator(".save").get_by_role("status")).to_contain_text("15,000 of 15,000 messages")


def test_of_what_the_page_shows_nothing_else_is_saved(page: Page, service: Service, tmp_path: Path) -> None:
    post_many(service, "shown", 3000)
    watch(page, service, "shown")
    open_menu(page, "what the page shows")
    _, content = saved(page, "JSON", tmp_path)
    shown = [message["message"] for message in json.loads(content)]
    assert shown[-1] == "line 2999"
    assert 1000 <= len(shown) < 3000
    page.get_by_role("combobox", name="Period").select_option("all that is kept")
    _, content = saved(page, "JSON", tmp_path)
    assert len(json.loads(content)) == 3000


def test_a_period_is_entered_in_the_zone_of_the_page_and_has_exact_bounds(
    browser: Browser, service: Service, tmp_path: Path
) -> None:
    service.post(site="bounds", log_message="one")
    minute = int(read_by(service, "bounds")) // 60 * 60
    zone = "America/Los_Angeles"
    with browser.new_context(timezone_id=zone) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "bounds")
        open_menu(page, "from … to …")
        for local in (False, True):
            if local:
                page.get_by_role("button", name=re.compile("switch to local time")).click()
                page.get_by_text("More", exact=True).click()
            for (start, end), found in (((0, 60), 1), ((-60, 0), 0), ((60, 120), 0)):
                for label, offset in (("From", start), ("To", end)):
                    written = page.evaluate(
                        """([time, zone]) => new Date(time * 1000)
                            .toLocaleString("sv", { timeZone: zone }).slice(0, 16)""",
                        [minute + offset, zone if local else "UTC"],
                    )
                    page.get_by_label(label, exact=True).fill(written)
                name, content = saved(page, "JSON", tmp_path)
                assert len(json.loads(content)) == found
                stamps = [
                    f"{datetime.fromtimestamp(minute + each, UTC):%Y-%m-%dT%H%M}" for each in (start, end)
                ]
                expected = "-".join(f"{stamp.removesuffix('00')}Z" for stamp in stamps)
                assert name == f"userstatus-bounds-{expected}.json"
        page.get_by_label("To", exact=True).fill("2020-01-01 00:00")
        page.get_by_role("button", name="JSON").click()
        expect(page.locator(".save").get_by_role("status")).to_have_text(
            "Enter two times such as 2026-11-24 06:00, the earlier one first."
        )


def test_progress_is_shown_and_a_stop_keeps_what_was_read(
    page: Page, service: Service, tmp_path: Path
) -> None:
    post_many(service, "slow", 12_000)
    held: list[Route] = []

    def hold(route: Route) -> None:
        url = route.request.url
        if "received_before" in url and "limit=5000" in url and "before_id=999999999999999" not in url:
            held.append(route)  # the second page does not come
        else:
            route.continue_()

    watch(page, service, "slow")
    page.route(re.compile("recent-logs"), hold)
    page.get_by_role("searchbox").fill("7")
    expect(page.locator("mark").first).to_be_visible()
    open_menu(page)
    page.get_by_role("button", name="CSV").click()
    expect(page.locator(".reading")).to_contain_text(re.compile(r"^5,000 read, 2,084 match"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    name, content = saved(page, "CSV", tmp_path, page.get_by_role("button", name="Stop").click)
    assert name.endswith("-partial.csv")
    assert "line 11997" in content
    assert "line 6997" not in content
    expect(page.locator(".save").get_by_role("status")).to_contain_text("It is partial: stopped.")
    expect(page.get_by_role("button", name="CSV")).to_be_enabled()


def test_a_request_that_fails_is_repeated_and_then_the_file_is_partial(
    page: Page, service: Service, tmp_path: Path
) -> None:
    post_many(service, "fails", 8000)
    watch(page, service, "fails")
    page.clock.install()
    failures = 2

    def fail(route: Route) -> None:
        nonlocal failures
        if "limit=5000" in route.request.url and failures:
            failures -= 1
            headers = {"Server": "the test"}  # not the service, whose answers are described
            route.fulfill(status=503, headers=headers, json={"error": "the database does not answer"})
        else:
            route.continue_()

    page.route(re.compile("recent-logs"), fail)
    open_menu(page)
    name, content = saved(page, "TXT", tmp_path)
    assert "partial" not in name
    assert len(content.splitlines()) == 8000
    failures = 100
    page.clock.pause_at(time.time() + 60)

    def patient() -> None:
        page.get_by_role("button", name="TXT").click()
        for _ in range(4):
            page.wait_for_timeout(200)
            page.clock.run_for(4000)

    name, content = saved(page, "TXT", tmp_path, patient)
    assert name.endswith("-partial.txt")
    assert content == ""
    expect(page.locator(".save").get_by_role("status")).to_contain_text("not all could be read")


PRINTED = """
window.printed = [];
window.print = () => {
  dispatchEvent(new Event("beforeprint"));
  printed.push(document.querySelector("user-status").shadowRoot.querySelector(".paper").innerText);
  const lines = [...document.querySelector("user-status").shadowRoot.querySelectorAll(".paper > div")];
  window.colours = lines.map(line => getComputedStyle(line).color);
  window.visible = [...document.querySelector("user-status").shadowRoot.children]
    .filter(each => each.getBoundingClientRect().height > 0).map(each => each.className);
  window.paper = getComputedStyle(document.body).backgroundColor;
  dispatchEvent(new Event("afterprint"));
};
"""


def test_the_button_prints_the_whole_period_as_a_plain_list(page: Page, service: Service) -> None:
    post_many(service, "paper", 3000)
    for level in ("info", "warning", "error", "critical"):
        service.post(
            site="paper",
            log_message=f"\n\x1b[31mline of {level}\x1b[0m\n",
            log_level=level,
            timestamp=1604514063,
        )
    page.add_init_script(PRINTED)
    watch(page, service, "paper", "?levels=info,warning,error,critical")
    page.get_by_role("searchbox").fill("line")
    expect(page.locator("mark").first).to_be_visible()
    open_menu(page, "the last 12 hours")
    page.emulate_media(media="print")
    page.evaluate(
        """[...document.querySelector("user-status").shadowRoot.querySelectorAll(".outputs button")]
            .find(({ textContent }) => textContent === "Print").click()"""
    )
    wait_until(lambda: page.evaluate("printed.length"), "it is printed")
    (paper,) = page.evaluate("printed")
    heading, period, filtered, count, first = [part for part in paper.split("\n") if part][:5]
    assert heading == "Messages of paper"
    assert re.match(
        r"Received from \d{4}-\d\d-\d\d \d\d:\d\d:00 to \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", period
    )
    assert filtered == "Only info, warning, error, critical; only what matches the search “line”."
    assert count.startswith("3,004 messages;")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO paper line 0", first)
    assert paper.rstrip().endswith("2020-11-04 18:21:03 CRITICAL paper line of critical")
    assert "Partial" not in paper
    *_, info, warning, error, critical = page.evaluate("colours")
    assert len({info, warning, error, critical}) == 4
    assert page.evaluate("[visible, paper]") == [["paper"], "rgb(255, 255, 255)"]
    expect(page.locator(".paper")).to_have_count(0)


def test_the_browsers_own_printing_says_what_is_missing(page: Page, service: Service) -> None:
    post_many(service, "held", 3000)
    watch(page, service, "held")
    page.evaluate(
        """addEventListener("beforeprint", () => {
            const { shadowRoot } = document.querySelector("user-status");
            window.printed = shadowRoot.querySelector(".paper").textContent;
        })"""
    )
    page.pdf()
    paper = page.evaluate("printed")
    assert "Partial: older messages exist that this page does not hold." in paper
    assert "line 2999" in paper
    assert "line 0 " not in paper
    assert re.search(r"Received from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d to \d{4}", paper)
    expect(page.locator(".paper")).to_have_count(0)
    expect(texts(page).last).to_have_text("line 2999")


def test_a_page_that_is_further_back_prints_that_newer_messages_are_missing(
    page: Page, service: Service
) -> None:
    post_many(service, "past", 3000)
    watch(page, service, "past")
    page.locator(".scroller").press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".paper strong")).to_have_text(
        re.compile("^Partial: .*newer messages exist that this page does not hold.$")
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_what_is_on_paper_is_not_partial_if_the_page_holds_all(page: Page, service: Service) -> None:
    post_many(service, "few", 5)
    watch(page, service, "few")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".paper")).to_be_visible()
    expect(page.locator(".paper > div")).to_have_count(5)
    expect(page.locator(".paper")).not_to_contain_text("Partial")
    expect(page.locator(".scroller")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".paper")).to_have_count(0)


def test_fifteen_thousand_lines_are_on_paper_in_seconds(page: Page, service: Service) -> None:
    post_many(service, "thick", 15_000)
    page.add_init_script("window.print = () => {}")  # headless, it does nothing
    watch(page, service, "thick")
    open_menu(page)
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.locator(".paper > div")).to_have_count(15_000)
    began = time.monotonic()
    pdf = page.pdf()
    assert time.monotonic() - began < 60
    assert pdf.count(b"/Type /Page") > 100


def test_several_sites_and_every_site_are_named_in_the_file(
    page: Page, service: Service, tmp_path: Path
) -> None:
    for sites, name in (
        ("a1,a2", "a1-a2"),
        ("*", "every-site"),
        (",".join(f"site{n}" for n in range(12)), "12-sites"),
    ):
        watch(page, service, sites)
        open_menu(page, "the last 12 hours")
        assert re.match(rf"userstatus-{name}-{STAMP}-{STAMP}\.txt", saved(page, "TXT", tmp_path)[0])


@pytest.mark.parametrize("field", ["From", "To"])
def test_the_fields_for_times_are_red_alone_in_red(
    page: Page, browser: Browser, service: Service, field: str
) -> None:
    page.goto(f"{service.url}/watch/dim")
    page.get_by_role("radio", name="red").check()
    expect(page.locator(LIVE)).to_be_visible()
    open_menu(page, "from … to …")
    page.get_by_label(field, exact=True).focus()
    counting = browser.new_page()
    red, others, _ = counting.evaluate(COUNT, base64.b64encode(page.screenshot()).decode())
    counting.close()
    assert red > 100
    assert others == 0
