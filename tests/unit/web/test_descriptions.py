"""The descriptions as they are served: to programs as JSON, to people as a page."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.support.doors import doors
from tests.support.environs import client_of
from userstatus.description import asyncapi, openapi
from userstatus.duty.config import NOTHING
from userstatus.duty.duty import Duty
from userstatus.web.descriptions import Descriptions
from userstatus.web.pages import POLICY, Pages

OPENAPI, ASYNCAPI = openapi.document(), asyncapi.document()


@pytest.fixture
def client() -> FlaskClient:
    app, api, pages = (
        Flask("test", static_folder=None),
        Blueprint("api", "api"),
        Pages("dev", 604_800, doors(), Duty(NOTHING)),
    )
    for blueprint in (api, pages.blueprint(), Descriptions(OPENAPI, ASYNCAPI, pages).blueprint()):
        app.register_blueprint(blueprint)
    return client_of(app)


def test_programs_get_both_documents_as_json(client: FlaskClient) -> None:
    assert client.get("/openapi.json").json == OPENAPI
    assert client.get("/asyncapi.json").json == ASYNCAPI


def test_the_page_names_every_path_and_every_frame(client: FlaskClient) -> None:
    text = client.get("/docs").text
    for path in OPENAPI["paths"]:
        assert f'<section id="{path}">' in text
    for frame in asyncapi.FRAMES:
        assert f"<code>{frame.name}</code>" in text


def test_every_link_within_the_page_leads_somewhere(client: FlaskClient) -> None:
    text = client.get("/docs").text
    places = re.findall(r' id="([^"]+)"', text)
    assert set(re.findall(r' href="#([^"]+)"', text)) <= set(places)
    assert len(places) == len(set(places))


def test_the_page_has_the_policy_of_all_pages_and_no_script_but_theirs(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert re.findall("<script[^>]*>", page.text) == ['<script src="/static/pages/theme.js">']


def test_the_page_is_that_of_its_stage(client: FlaskClient) -> None:
    page = client.get("/docs", environ_overrides={"SCRIPT_NAME": "/dev"}).text
    assert 'href="/dev/openapi.json"' in page
