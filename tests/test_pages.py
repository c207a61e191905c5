"""The pages people watch, in a real browser against the real service."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE, elsewhere
from tests.service import PROJECT, Service, needs, running

LIVE = '.state[data-state="caught up"]'


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own."""
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        yield service


def watch(page: Page, service: Service, sites: str, query: str = "") -> None:
    page.goto(f"{service.url}/watch/{sites}{query}")
    expect(page.locator(LIVE)).to_be_visible()


def post_many(service: Service, count: int, site: str = "tst") -> None:
    now = time.time()
    for start in range(0, count, 1000):
        messages = [
            {"site": site, "log_message": f"line {number}", "timestamp": now - (count - number) / 100}
            for number in range(start, min(count, start + 1000))
        ]
        assert requests.post(f"{service.url}/newlog", json=messages, timeout=10).ok


def test_what_is_posted_appears_on_every_page_of_its_site_and_on_no_other(
    page: Page, browser: Browser, night: Service
) -> None:
    other = browser.new_page()
    other.set_default_timeout(PATIENCE)
    watch(page, night, "TST")
    watch(other, night, "mrc1")
    night.post(site="tst", log_message="Slewing", log_level="warning")
    night.post(site="mrc1", log_message="Focusing")
    expect(page.locator(".text")).to_have_text(["Slewing"])
    expect(page.get_by_role("img", name="warning")).to_be_visible()
    expect(other.locator(".text")).to_have_text(["Focusing"])
    other.close()


def test_a_page_lives_through_a_restart_and_shows_what_it_missed_once(page: Page, night: Service) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(page.locator(".text")).to_have_text(["before"])
    night.kill()
    expect(page.locator(".state")).to_have_text(re.compile(r"^reconnecting, since \d\d:\d\d:\d\d UTC$"))
    night.start()
    for number in range(3):
        night.post(site="tst", log_message=f"after {number}")
    expect(page.locator(".text")).to_have_text(["before", "after 0", "after 1", "after 2"])
    expect(page.locator(".state")).to_have_text("live")


def test_where_a_network_breaks_websockets_a_page_is_live_all_the_same(page: Page, night: Service) -> None:
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())
    watch(page, night, "tst")
    night.post(site="tst", log_message="by events")
    expect(page.locator(".text")).to_have_text(["by events"])
    night.kill()
    night.start()
    night.post(site="tst", log_message="missed")
    expect(page.locator(".text")).to_have_text(["by events", "missed"])


def test_markup_in_a_message_is_text(page: Page, night: Service) -> None:
    text = "<script>document.title = 'hit'</script><img src=x onerror=\"document.title = 'hit'\">"
    night.post(site="tst", log_message=text)
    watch(page, night, "tst")
    expect(page.locator(".text")).to_have_text([text])
    page.goto(night.url)
    expect(page.locator("#wall .last")).to_have_text([text])
    expect(page).to_have_title("All sites")


def test_identical_lines_in_a_row_become_one_with_a_count(page: Page, night: Service) -> None:
    watch(page, night, "tst")
    for text in ("same", "same", "other", "same"):
        night.post(site="tst", log_message=text)
    expect(page.locator(".text")).to_have_text(["same", "other", "same"])
    expect(page.locator(".count")).to_have_text(["×2"])


def test_a_reader_who_scrolled_up_stays_there_and_is_told_what_is_new(page: Page, night: Service) -> None:
    post_many(night, 1500)
    watch(page, night, "tst")
    expect(page.get_by_text("line 1499", exact=True)).to_be_in_viewport()
    assert page.locator(".line").count() < 100
    page.locator(".scroller").hover()
    page.mouse.wheel(0, -4000)
    expect(page.locator(".new")).to_have_text("newest ↓")
    seen = page.locator(".text").all_inner_texts()
    for number in range(3):
        night.post(site="tst", log_message=f"new {number}")
    expect(page.locator(".new")).to_have_text("3 new ↓")
    assert page.locator(".text").all_inner_texts() == seen
    page.keyboard.press("End")
    expect(page.get_by_text("new 2", exact=True)).to_be_in_viewport()
    expect(page.locator(".new")).to_be_hidden()


def test_what_is_older_than_the_first_page_is_read_when_one_scrolls_there(page: Page, night: Service) -> None:
    post_many(night, 1500)
    watch(page, night, "tst")
    page.locator(".scroller").focus()
    page.keyboard.press("Home")
    expect(page.locator(".line").first).to_have_attribute("aria-setsize", "1500")
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()


def test_a_view_is_in_the_url_and_comes_back_from_it(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="Dome open")
    night.post(site="tst", log_message="Dome stuck", log_level="error")
    night.post(site="tst", log_message="Slewing", log_level="error")
    watch(page, night, "tst")
    page.locator("label.info input").uncheck()
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("dome")
    expect(page.locator(".text")).to_have_text(["Dome stuck"])
    expect(page.locator("mark")).to_have_text(["Dome"])
    url = page.url
    page.goto("about:blank")
    page.goto(url)
    expect(page.locator(".text")).to_have_text(["Dome stuck"])
    expect(page.locator("label.info input")).not_to_be_checked()


def test_the_wall_shows_first_what_needs_attention(page: Page, night: Service) -> None:
    night.post(site="aro1", log_message="all well")
    page.goto(night.url)
    expect(page.locator("#wall h2 a")).to_have_text(["aro1"])
    expect(page.locator("#state")).to_have_text("live")
    night.post(site="mrc1", log_message="Dome stuck", log_level="error")
    expect(page.locator("#wall h2 a")).to_have_text(["mrc1", "aro1"])
    expect(page.locator("#wall .last")).to_have_text(["Dome stuck", "all well"])
    night.post(site="aro1", log_message="on fire", log_level="critical")
    expect(page.locator("#wall h2 a")).to_have_text(["aro1", "mrc1"])
    expect(page.locator("#wall .worst")).to_have_text(["‼ critical", "✖ error"])


def test_the_element_works_in_a_page_of_another_origin(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="from afar")
    with elsewhere() as origin:
        page.goto(f"{origin}/pages/embedded.html?service={night.url}")
        expect(page.locator(LIVE)).to_be_visible()
        expect(page.locator(".text")).to_have_text(["from afar"])
        night.post(site="tst", log_message="live")
        expect(page.locator(".text")).to_have_text(["from afar", "live"])


def test_a_site_that_cannot_be_is_refused_in_words(page: Page, night: Service) -> None:
    answer = page.goto(f"{night.url}/watch/no%20site")
    assert answer is not None
    assert answer.status == 400
    expect(page.locator(".refused")).to_contain_text("send 1 to 64 letters")
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert requests.get(f"{night.url}/watch", timeout=5).url.endswith("/watch/*")


COUNT = """
async png => {
  const bytes = Uint8Array.from(atob(png), character => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  drawing.drawImage(bitmap, 0, 0);
  const { data } = drawing.getImageData(0, 0, bitmap.width, bitmap.height);
  let [red, others] = [0, 0];
  for (let place = 0; place < data.length; place += 4) {
    if (data[place] > 100) red += 1;
    if (data[place + 1] > 8 || data[place + 2] > 8) others += 1;
  }
  return [red, others];
}
"""


@pytest.mark.parametrize("path", ["/", "/watch/tst"])
def test_the_red_pages_have_no_pixel_of_another_colour(
    page: Page, browser: Browser, night: Service, path: str
) -> None:
    for level in ("debug", "info", "warning", "error", "critical"):
        night.post(site="tst", log_message=f"Dome {level}", log_level=level)
    page.goto(night.url + path)
    page.get_by_role("radio", name="red").check()
    expect(page.get_by_text("Dome critical", exact=True)).to_be_visible()
    if path != "/":
        page.get_by_role("searchbox").fill("dome")
        expect(page.locator("mark")).to_have_count(5)
        page.get_by_text("More").click()
        page.locator(".line").first.hover()
    counting = browser.new_page()
    red, others = counting.evaluate(COUNT, base64.b64encode(page.screenshot()).decode())
    counting.close()
    assert red > 500
    assert others == 0
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "red")


AXE = """
async () => (await axe.run()).violations.filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => id + ": " + nodes.map(({ html, any }) => html + " " + any[0]?.message).join("; "))
"""


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
@pytest.mark.parametrize("path", ["/", "/watch/tst"])
def test_axe_finds_nothing_serious(page: Page, night: Service, path: str, theme: str) -> None:
    needs("node")  # with which it is installed
    for level in ("debug", "info", "warning", "error", "critical"):
        night.post(site="tst", log_message=f"Dome {level}", log_level=level)
        night.post(site="tst", log_message="an old one", log_level=level, timestamp=time.time() - 7200)
    page.goto(night.url + path)
    page.get_by_role("radio", name=theme).check()
    expect(page.get_by_text("an old one", exact=True).first).to_be_visible()
    page.emulate_media(reduced_motion="reduce")
    page.evaluate((PROJECT / "tests/clients/node_modules/axe-core/axe.min.js").read_text())
    assert page.evaluate(AXE) == []
