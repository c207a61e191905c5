"""The templates of the pages: what every page says about the service, and where its links lead."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.support.service import PROJECT

(TEMPLATES,) = (PROJECT / "userstatus").glob("**/templates")
PAGES: dict[str, dict[str, Any]] = {
    "wall.html": {"ttl": "7 days"},
    "watch.html": {"sites": ["mrc1", "tst"], "names": "mrc1, tst"},
    "rejected.html": {"what": "Bad request", "error": "no site"},
    "sign_in.html": {"path": "/watch/tst", "error": ""},
}


def url_for(endpoint: str, **values: str) -> str:
    """As a router makes URLs for a service that is mounted below `/dev`."""
    return f"/dev/{endpoint}?{urlencode(values)}"


def rendered(template: str, stage: str = "prod", **content: Any) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    context = {
        "url_for": url_for,
        "version": "1.2.3",
        "signed_in": False,
        "stage": stage,
        **PAGES[template],
        **content,
    }
    return environment.get_template(template).render(context)


@pytest.mark.parametrize("template", PAGES)
def test_the_footer_names_the_version(template: str) -> None:
    assert "<footer>userstatus 1.2.3</footer>" in rendered(template)


@pytest.mark.parametrize(
    ("template", "title"),
    [("wall.html", "All sites"), ("watch.html", "mrc1, tst"), ("rejected.html", "Bad request")],
)
def test_a_title_says_what_the_page_shows_and_of_which_product(template: str, title: str) -> None:
    assert f"<title>{title} · userstatus</title>" in rendered(template)


def test_a_rejection_is_isolated_from_what_surrounds_it_and_leads_back_to_the_wall() -> None:
    page = rendered("rejected.html", error="nothing is served at /\u202e<b>")
    assert "<bdi>nothing is served at /\u202e&lt;b&gt;.</bdi>" in page
    assert '<a href="/dev/pages.wall?">Go to all sites</a>' in page


@pytest.mark.parametrize("template", PAGES)
def test_a_page_of_the_dev_stage_says_so_in_its_title_and_at_its_head(template: str) -> None:
    page = rendered(template, stage="dev")
    assert "<title>[dev] " in page
    assert '<strong class="stage">dev: test messages only</strong>' in page


@pytest.mark.parametrize("template", PAGES)
def test_a_page_of_the_prod_stage_does_not_mention_stages(template: str) -> None:
    assert re.search(r"prod|dev:|\[|class=\"stage\"", rendered(template)) is None


@pytest.mark.parametrize("template", PAGES)
def test_every_link_stays_within_the_stage(template: str) -> None:
    links = re.findall(r'(?:href|src)="([^"]*)"', rendered(template))
    assert len(links) >= 5
    assert [link for link in links if not link.startswith("/dev/")] == []


def test_without_javascript_a_page_leads_to_the_same_as_json() -> None:
    assert '<a href="/dev/api.sites?">' in rendered("wall.html")
    assert '<a href="/dev/api.recent_logs?site=mrc1%2Ctst">' in rendered("watch.html")


@pytest.mark.parametrize("template", PAGES)
def test_no_script_is_within_a_page(template: str) -> None:
    assert re.findall(r"<script[^>]*>[^<]+|\son\w+=|javascript:", rendered(template)) == []


def test_values_in_a_page_are_never_markup() -> None:
    page = rendered("watch.html", sites=["x"], names='"><script>alert(1)</script>', stage="<b>")
    assert "<script>alert" not in page
    assert "<b>" not in page
