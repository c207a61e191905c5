"""The pages: what they are made of, and what their browsers may do."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.support.doors import doors
from tests.support.environs import client_of
from userstatus import __version__
from userstatus.duty.config import NOTHING, Config, Site
from userstatus.duty.duty import Duty
from userstatus.web import rejections
from userstatus.web.pages import Pages
from userstatus.web.sign_in import SignIn

PATHS = ["/", "/watch/tst,mrc1", "/watch/*", "/watch/a b"]
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


def serving(stage: str, ttl: int = 604_800, config: Config = NOTHING) -> FlaskClient:
    """A client of the pages of a stage, beside an API that is only linked to."""
    app, api = Flask("test", static_folder=None), Blueprint("api", "api")
    for path, name in (("/sites", "sites"), ("/recent-logs", "recent_logs")):
        api.add_url_rule(path, name, lambda: "[]")
    app.register_blueprint(api)
    at_doors = doors()
    at_doors.install(app)
    pages = Pages(stage, ttl, at_doors, Duty(config))
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(SignIn(at_doors.access, pages).blueprint())
    rejections.install(app, pages.rejected)
    client = client_of(app)
    client.environ_base.update({"HTTP_ACCEPT": HTML, "REMOTE_ADDR": "192.0.2.1"})
    return client


@pytest.fixture
def client() -> FlaskClient:
    return serving("prod")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_no_script_but_its_own_and_is_framed_by_nobody_else(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path)
    assert response.mimetype == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none';" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in response.text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_never_stale_and_tells_other_hosts_nothing(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-cache", "same-origin")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_names_the_version_and_a_stage_that_is_not_prod(path: str) -> None:
    prod, dev = serving("prod").get(path).text, serving("dev").get(path).text
    assert f"userstatus {__version__}" in prod
    assert f"userstatus {__version__}" in dev
    assert "<title>[dev] " in dev
    assert 'class="stage"' in dev
    assert "<title>[" not in prod
    assert 'class="stage"' not in prod


def test_the_page_of_sites_is_about_these_sites(client: FlaskClient) -> None:
    response = client.get("/watch/TST,mrc1")
    assert response.status_code == 200
    assert "/recent-logs?site=tst,mrc1" in response.text


def test_the_page_of_sites_has_their_names_beside_their_codes() -> None:
    page = (
        serving("prod", config=Config(sites={"mrc1": Site(name="McDonald <1>")})).get("/watch/mrc1,tst").text
    )
    assert "<title>mrc1 (McDonald &lt;1&gt;), tst · userstatus</title>" in page
    assert "<h1>mrc1 (McDonald &lt;1&gt;), tst</h1>" in page
    assert 'site="mrc1,tst"' in page


def test_a_page_of_impossible_sites_says_what_to_send(client: FlaskClient) -> None:
    response = client.get("/watch/<b>")
    assert response.status_code == 400
    assert "send 1 to 64 letters" in response.text
    assert "<b>" not in response.text
    assert "<title>Bad request · userstatus</title>" in response.text
    assert client.get("/watch/<b>", headers={"Accept": "*/*"}).json["field"] == "site"  # type: ignore[index]


def test_a_page_for_a_wrong_address_links_to_the_wall_of_its_stage() -> None:
    response = serving("dev").get("/nowhere", environ_overrides={"SCRIPT_NAME": "/dev"})
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "<h1>Not found</h1>" in response.text
    assert "nothing is served at /dev/nowhere: see /, " in response.text
    assert '<a href="/dev/">Go to all sites</a>' in response.text


def test_an_empty_wall_can_say_for_how_long_nobody_has_posted() -> None:
    assert "No site has posted in the last 7 days." in serving("prod").get("/").text
    assert "No site has posted in the last 90 minutes." in serving("prod", ttl=5400).get("/").text


def test_the_page_of_every_site_has_a_short_address(client: FlaskClient) -> None:
    response = client.get("/watch")
    assert (response.status_code, response.headers["Location"]) == (302, "/watch/*")


def test_links_stay_below_the_prefix_of_the_stage() -> None:
    dev = serving("dev")
    assert dev.get("/watch", environ_overrides={"SCRIPT_NAME": "/dev"}).headers["Location"] == "/dev/watch/*"
    assert '"/dev/static/' in dev.get("/", environ_overrides={"SCRIPT_NAME": "/dev"}).text


def test_scripts_are_for_pages_elsewhere_too_and_pages_are_not(client: FlaskClient) -> None:
    script, page = client.get("/static/user-status.js"), client.get("/")
    assert (script.status_code, script.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["Cache-Control"] == "no-cache"
    assert "Access-Control-Allow-Origin" not in page.headers
    assert "Cross-Origin-Resource-Policy" not in page.headers
    script.close()
