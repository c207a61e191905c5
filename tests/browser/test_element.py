"""The `<user-status>` element in pages of other origins, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.support.browser import LIVE, elsewhere, page_elsewhere, texts
from tests.support.posters import post_many
from tests.support.service import PROJECT, Service, running, wait_until


def snippet(document: str, service: Service) -> str:
    """The element as a document shows it, with the URL of this service."""
    found = re.search(r"```html\n(<script[^`]*<user-status[^`]*)```", (PROJECT / document).read_text())
    assert found is not None
    return found[1].replace("http://localhost:8080", service.url)


def with_elements(service: Service, *elements: str, style: str = "") -> str:
    """A page with these elements."""
    script = f'<script type="module" src="{service.url}/static/user-status.js"></script>'
    return f"<!doctype html><title>An observatory</title><style>{style}</style>{script}" + "".join(elements)


def height(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("document", ["README.md", "docs/live.md"])
def test_the_snippet_of_the_documents_works_as_it_stands(page: Page, tmp_path: Path, document: str) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service,
        page_elsewhere(snippet(document, service)) as url,
    ):
        post_many(service, "tst", 200)
        page.goto(url)
        expect(page.locator(LIVE)).to_be_visible()
        expect(page.get_by_text("line 199", exact=True)).to_be_in_viewport()
        assert height(page.locator("user-status")) == 24 * 16
        service.post(site="tst", log_message="the newest")
        expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()
        expect(page.get_by_role("heading", name="tst")).to_be_visible()


def test_the_page_decides_on_the_height(page: Page, service: Service) -> None:
    html = with_elements(service, '<user-status site="high"></user-status>', style="user-status{height:9rem}")
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_be_visible()
        assert height(page.locator("user-status")) == 9 * 16


def test_an_element_leads_to_the_page_of_its_sites(page: Page, service: Service) -> None:
    sites = {"mrc1": "mrc1", "mrc1, MRC2": "mrc1, mrc2", "*": "every site"}
    html = with_elements(service, *(f'<user-status site="{site}"></user-status>' for site in sites))
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_have_count(3)
        for name, path in zip(sites.values(), ("mrc1", "mrc1,mrc2", "*"), strict=True):
            expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute(
                "href", f"{service.url}/watch/{path}"
            )
        with page.expect_popup() as popup:
            page.get_by_role("link", name="mrc1", exact=True).click()
        expect(popup.value.get_by_role("heading", level=1)).to_have_text("mrc1")


def test_what_is_above_the_lines_leaves_them_room_on_a_phone(page: Page, service: Service) -> None:
    post_many(service, "room", 100)
    page.set_viewport_size({"width": 360, "height": 640})
    html = '<meta name="viewport" content="width=device-width">' + with_elements(
        service, '<user-status site="room"></user-status>'
    )
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_be_visible()
        expect(page.get_by_text("line 99", exact=True)).to_be_in_viewport()
        assert height(page.locator(".scroller")) > 12 * 16


def test_the_page_of_the_service_is_filled_and_has_its_own_heading(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/watch/own")
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.get_by_role("heading")).to_have_count(1)
    assert height(page.locator("user-status")) > 24 * 16


def compact(page: Page) -> tuple[Locator, Locator]:
    """The button that unfolds a compact element, and the lines in it."""
    return page.get_by_role("button", name=re.compile("^Messages of ")), texts(page)


def test_the_compact_form_has_two_lines_and_unfolds_to_a_hundred(page: Page, service: Service) -> None:
    post_many(service, "foot", 150)
    html = with_elements(service, '<user-status site="foot" compact></user-status>')
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_have_text("live")
        button, lines = compact(page)
        expect(lines).to_have_text(["line 148", "line 149"])
        expect(button).to_have_attribute("aria-expanded", "false")
        assert height(page.locator("user-status")) < 5 * 16
        service.post(site="foot", log_message="a longer one\nof two lines")
        expect(lines).to_have_text(["line 149", re.compile("a longer one")])
        assert height(page.locator("user-status")) < 5 * 16
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(lines).to_have_count(100)
        expect(lines.last).to_be_in_viewport()
        service.post(site="foot", log_message="and one more")
        expect(page.get_by_text("and one more", exact=True)).to_be_in_viewport()
        expect(lines).to_have_count(100)
        assert height(page.locator("user-status")) < 30 * 16


def test_the_compact_form_unfolds_where_it_is_clicked_and_stays_where_it_is_read(
    page: Page, service: Service
) -> None:
    post_many(service, "click", 150)
    html = with_elements(service, '<user-status site="click" compact></user-status>')
    with page_elsewhere(html) as url:
        page.goto(url)
        page.get_by_text("line 149", exact=True).click()
        expect(texts(page)).to_have_count(100)
        page.get_by_text("line 149", exact=True).hover()
        page.mouse.wheel(0, -5000)
        expect(page.get_by_text("line 50", exact=True)).to_be_in_viewport()
        service.post(site="click", log_message="new")
        expect(page.get_by_text("new", exact=True)).to_be_attached()
        expect(page.get_by_text("new", exact=True)).not_to_be_in_viewport()


def test_the_compact_form_is_used_by_keyboard_and_remembers_how_it_was(page: Page, service: Service) -> None:
    post_many(service, "keyed", 20)
    html = with_elements(service, '<user-status site="keyed" compact></user-status>')
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_be_visible()
        button, lines = compact(page)
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(lines).to_have_count(20)
        page.locator("user-status").evaluate("each => document.body.append(each)")
        expect(button).to_have_attribute("aria-expanded", "true")
        page.locator("user-status").evaluate("each => each.removeAttribute('compact')")
        expect(page.get_by_role("searchbox")).to_be_visible()
        page.locator("user-status").evaluate("each => each.setAttribute('compact', '')")
        expect(page.get_by_role("searchbox")).to_have_count(0)
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(lines).to_have_count(20)
        button.press("Escape")
        expect(lines).to_have_count(2)


def test_the_compact_form_shows_where_the_connection_was_cut(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="before")
    with page_elsewhere(with_elements(night, '<user-status site="tst" compact></user-status>')) as url:
        page.goto(url)
        expect(page.get_by_text("before", exact=True)).to_be_visible()
        expect(page.locator(LIVE)).to_be_visible()
        night.kill()
        expect(page.locator(".state")).to_have_text(re.compile("^Connection lost"))
        page.wait_for_timeout(2500)  # what is shorter leaves no trace
        night.start()
        expect(page.locator(LIVE)).to_be_visible()
        night.post(site="tst", log_message="after")
        expect(page.locator(".divider")).to_have_text(
            re.compile("^connection lost at .*, connected again at")
        )


def test_the_compact_form_says_that_it_is_cut_off(page: Page, tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        html = with_elements(service, '<user-status site="cut" compact></user-status>')
        with page_elsewhere(html) as url:
            page.goto(url)
            expect(page.locator(LIVE)).to_be_visible()
            service.kill()
            expect(page.locator(".state")).to_have_attribute("data-state", "reconnecting")
            expect(page.locator(".state")).to_be_in_viewport()
            service.start()
            service.post(site="cut", log_message="after")
            expect(texts(page)).to_have_text(["after"])


def test_several_elements_are_on_a_page_side_by_side(page: Page, service: Service) -> None:
    html = with_elements(
        service,
        '<user-status site="one"></user-status>',
        '<user-status site="two" compact theme="red"></user-status>',
        f'<user-status site="one" src="{service.url}/dev"></user-status>',
    )
    with page_elsewhere(html) as url:
        page.goto(url)
        elements = page.locator("user-status")
        expect(elements.locator(LIVE)).to_have_count(3)
        service.post(site="one", log_message="of one")
        service.post(site="two", log_message="of two")
        expect(elements.nth(0).locator(".text")).to_have_text(["of one"])
        expect(elements.nth(1).locator(".text")).to_have_text(["of two"])
        expect(elements.nth(2).locator(".text")).to_have_count(0)
        expect(elements.nth(1)).to_have_css("background-color", "rgb(4, 0, 0)")


def documented_policy(service: Service) -> str:
    """The policy that docs/live.md says is enough, for this service."""
    found = re.search(r"```http\nContent-Security-Policy: ([^`]+)```", (PROJECT / "docs/live.md").read_text())
    assert found is not None
    address = service.url.removeprefix("http://")
    policy = " ".join(found[1].split())
    return policy.replace("https://status.example.org", service.url).replace(
        "wss://status.example.org", f"ws://{address}"
    )


VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
  violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""


def test_a_page_may_allow_this_service_and_nothing_else(page: Page, service: Service) -> None:
    post_many(service, "strict", 300)
    page.add_init_script(VIOLATIONS)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    script = f'<script type="module" src="{service.url}/static/user-status.js"></script>'
    html = f"""<!doctype html>{script}<user-status site="strict"></user-status>
        <user-status site="strict" compact></user-status>"""
    policy = documented_policy(service) + "; require-trusted-types-for 'script'; trusted-types 'none'"
    with page_elsewhere(html, {"Content-Security-Policy": policy}) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_have_count(2)
        service.post(site="strict", log_message="Dome open", log_level="warning")
        expect(page.get_by_text("Dome open", exact=True)).to_have_count(2)
        compact(page)[0].click()
        page.get_by_text("More").first.click()
        with page.expect_download():
            page.get_by_role("button", name="CSV").click()
        page.keyboard.press("Escape")
        page.get_by_role("searchbox").fill("dome")
        expect(page.locator("mark")).to_have_text(["Dome"])
        assert page.evaluate("violations") == []
        assert len(sockets) == 2


def test_a_policy_has_to_name_the_websocket_too(page: Page, service: Service) -> None:
    page.add_init_script(VIOLATIONS)
    policy = re.sub(r" ws://\S+", "", documented_policy(service))
    html = with_elements(service, '<user-status site="strict"></user-status>').replace("<style></style>", "")
    with page_elsewhere(html, {"Content-Security-Policy": policy}) as url:
        page.goto(url)
        wait_until(lambda: page.evaluate("violations"), "something is not allowed")
        assert page.evaluate("violations[0]").startswith("connect-src ws://")


def test_the_element_works_in_a_page_of_another_origin(page: Page, service: Service) -> None:
    service.post(site="tst", log_message="from afar")
    with elsewhere() as origin:
        page.goto(f"{origin}/browser/pages/embedded.html?service={service.url}")
        expect(page.locator(LIVE)).to_be_visible()
        expect(texts(page)).to_have_text(["from afar"])
        service.post(site="tst", log_message="live")
        expect(texts(page)).to_have_text(["from afar", "live"])


def test_an_element_leaves_the_page_around_it_alone(page: Page, service: Service) -> None:
    with elsewhere() as origin:
        page.goto(f"{origin}/browser/pages/embedded.html?service={service.url}")
        expect(page.locator(LIVE)).to_be_visible()
        page.get_by_label("Remarks").fill("")
        page.keyboard.type("of/t")
        expect(page.get_by_label("Remarks")).to_have_value("of/t")
        page.get_by_role("searchbox").fill("dome")
        expect(page).to_have_title("An observatory")
        assert "search" not in page.url


def test_an_element_can_be_moved_to_another_site_and_taken_away(page: Page, service: Service) -> None:
    service.post(site="mrc1", log_message="of mrc1")
    connections: list[WebSocket] = []
    page.on("websocket", lambda connection: connections.append(connection))
    with elsewhere() as origin:
        page.goto(f"{origin}/browser/pages/embedded.html?service={service.url}")
        expect(page.locator(LIVE)).to_be_visible()
        page.locator("user-status").evaluate("element => element.setAttribute('site', 'mrc1')")
        expect(texts(page)).to_have_text(["of mrc1"])
        page.locator("user-status").evaluate("element => element.setAttribute('site', 'no site')")
        expect(page.get_by_role("alert")).to_contain_text("site is 'no site'")
        page.locator("user-status").evaluate("element => element.setAttribute('site', 'tst')")
        expect(page.locator(LIVE)).to_be_visible()
        page.locator("user-status").evaluate("element => element.remove()")
        wait_until(lambda: page.evaluate("1") and all(each.is_closed() for each in connections), "it hung up")
        assert len(connections) == 3
