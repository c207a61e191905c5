"""The pages: what they are made of, and what their browsers may do."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from userstatus.pages import pages


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("userstatus", static_folder=None)  # by whose name it finds its templates
    app.register_blueprint(pages)
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/watch/tst,mrc1", "/watch/*", "/watch/a b"])
def test_a_page_runs_no_script_but_its_own_and_is_framed_by_nobody_else(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy
    assert "<script>" not in answer.text


def test_a_page_of_impossible_sites_says_what_to_send(client: FlaskClient) -> None:
    answer = client.get("/watch/<b>")
    assert answer.status_code == 400
    assert "send 1 to 64 letters" in answer.text
    assert "<b>" not in answer.text


def test_the_page_of_every_site_has_a_short_address(client: FlaskClient) -> None:
    answer = client.get("/watch")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/watch/*")


def test_scripts_are_for_pages_elsewhere_too_and_pages_are_not(client: FlaskClient) -> None:
    script, page = client.get("/static/user-status.js"), client.get("/")
    assert (script.status_code, script.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Access-Control-Allow-Origin" not in page.headers
    script.close()
