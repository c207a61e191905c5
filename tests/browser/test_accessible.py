"""In every state of the pages and of the element axe-core finds nothing serious, and controls have names."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_element import with_elements
from tests.browser.test_mutes import mute
from tests.browser.test_themes import post_levels
from tests.support.browser import PATIENCE, page_elsewhere, wait_for, watch
from tests.support.service import PROJECT, Service, needs, wait_until

THEMES = ["dark", "light", "red"]

COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # the rules that look at colours
AXE = """
async options => (await axe.run(options)).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => id + ": " + nodes.map(({ html, any }) => html + " " + any[0]?.message).join("; "))
"""

NAMES = """
selector => {
  const parts = root => [...root.querySelectorAll("*")].flatMap(each =>
    each.shadowRoot ? [each, ...parts(each.shadowRoot)] : [each]);
  return parts(document).filter(each => each.matches(selector) && each.checkVisibility())
    .map(each => each.getAttribute("aria-label") || each.textContent.trim());
}
"""


def violations(page: Page, theme: str = "") -> list[str]:
    """What axe finds that is serious in the present state of a page.

    All but its colours is the same in every theme, and looked at in the light one only.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.emulate_media(reduced_motion="reduce")
        page.evaluate((PROJECT / "tests/clients/node_modules/axe-core/axe.min.js").read_text())
    found: list[str] = page.evaluate(AXE, {} if theme in ("", "light") else COLOURS)
    return found


def choose(page: Page, theme: str) -> None:
    page.get_by_role("radio", name=theme).check()


def post_ugly(service: Service) -> None:
    """Lines of every level, new and old, coloured, folded, with links, repeated, and those of the service."""
    needs("node")  # which installs axe
    service.post(site="axe", log_message="I shall be back", next_within=1)
    wait_until(lambda: any("notice" in each for each in service.recent(site="axe")), "a notice of silence")
    post_levels(service, "axe")
    for level in ("debug", "info", "warning", "error", "critical"):
        service.post(site="axe", log_message=f"an old {level}", log_level=level, timestamp=time.time() - 7200)
    service.post(site="axe", log_message="\x1b[31mred\x1b[0m https://a.example/\n" * 8)
    for _ in range(2):
        service.post(site="axe", log_message="again")


def open_alerts(page: Page) -> None:
    page.get_by_role("button", name="Alert me").click()


def open_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def open_more(page: Page) -> None:
    page.get_by_role("button", name="More").click()


def hover_over_a_line(page: Page) -> None:
    page.locator(".line").last.hover()


def hover_over_the_histogram(page: Page) -> None:
    page.locator(".plot").hover()
    expect(page.locator(".tip")).to_be_visible()


def search_for(text: str) -> Callable[[Page], None]:
    def search(page: Page) -> None:
        page.get_by_role("searchbox").fill(text)

    return search


def make_compact(page: Page) -> None:
    page.get_by_role("button", name="Compact").click()


def fill_the_screen(page: Page) -> None:
    page.get_by_role("button", name="Full screen").click()
    wait_for(page, "document.fullscreenElement !== null")


def go_to_a_wrong_time(page: Page) -> None:
    page.get_by_role("textbox", name="Go to a time").fill("yesterday noon")
    page.keyboard.press("Enter")


LOG = [
    hover_over_a_line,
    hover_over_the_histogram,
    search_for("dome"),
    search_for("no such text"),
    search_for("/(/"),
    go_to_a_wrong_time,
    open_more,
    open_alerts,
    open_keys,
]
WALL = [
    search_for("axe"),
    search_for("no such site"),
    search_for(""),
    make_compact,
    open_alerts,
    open_keys,
    fill_the_screen,
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("path", "changes"), [("/", WALL), ("/watch/axe,other", LOG), ("/nowhere", [])])
def test_axe_finds_nothing_serious(
    page: Page, service: Service, path: str, changes: list[Callable[[Page], None]], theme: str
) -> None:
    post_ugly(service)
    page.goto(service.url + path)
    choose(page, theme)
    if changes:
        expect(page.locator('[data-state="caught up"]')).to_be_visible()
        expect(page.get_by_text("again", exact=True).last).to_be_visible()
    assert violations(page, theme) == []
    for change in changes:
        change(page)
        assert violations(page, theme) == [], change.__name__
        page.keyboard.press("Escape")


@pytest.mark.parametrize("path", ["/", "/watch/axe"])
def test_axe_finds_nothing_serious_while_the_connection_is_lost(
    page: Page, night: Service, path: str
) -> None:
    post_ugly(night)
    page.goto(night.url + path)
    expect(page.locator('[data-state="caught up"]')).to_be_visible()
    expect(page.get_by_text("again", exact=True).last).to_be_visible()
    night.kill()
    expect(page.locator(".connection-band")).to_be_visible()
    for theme in THEMES:
        choose(page, theme)
        assert violations(page, theme) == []


def test_axe_finds_nothing_serious_in_an_element_and_an_empty_wall(page: Page, night: Service) -> None:
    page.goto(night.url)
    expect(page.locator("#empty code")).to_be_visible()
    for theme in THEMES:
        choose(page, theme)
        assert violations(page, theme) == []
    post_ugly(night)
    mute(night, "axe")
    for theme in THEMES:
        elements = [
            f'<user-status site="axe" theme="{theme}" {form}></user-status>' for form in ("", "compact")
        ]
        html = with_elements(night, "<main><h1>An observatory</h1>", *elements, "</main>")
        with page_elsewhere(html.replace("<html", '<html lang="en"')) as url:
            page.goto(url)
            expect(page.get_by_text("again", exact=True).last).to_be_visible()
            page.evaluate("document.documentElement.lang = 'en'")
            assert violations(page, theme) == []
            page.locator("user-status[compact]").get_by_role("button").first.click()
            assert violations(page, theme) == []


def test_every_control_has_a_name_of_its_own(page: Page, service: Service) -> None:
    for text in ("one", "two", "\n".join("abcdefgh"), "\n".join("ijklmnop")):
        service.post(site="names", log_message=text)
    watch(page, service, "names,other", "?levels=info")
    page.get_by_role("button", name="More").click()
    names = page.evaluate(NAMES, "button, .actions a")
    assert "" not in names
    assert sorted(names) == sorted(set(names))
    service.post(site="names2", log_message="one")
    page.goto(service.url)
    expect(page.locator(".tile:visible").nth(1)).to_be_visible()
    names = page.evaluate(NAMES, "button, .tile h2 a")
    assert "" not in names
    assert sorted(names) == sorted(set(names))


def test_at_200_percent_nothing_is_cut_off_and_the_log_has_room(browser: Browser, service: Service) -> None:
    post_ugly(service)
    with browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        for path in ("/", "/watch/axe"):
            page.goto(service.url + path)
            expect(page.locator('[data-state="caught up"]')).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") == 640
        box = page.locator(".frame").bounding_box()
        assert box is not None
        assert box["height"] >= 0.3 * 400
