"""The OpenAPI document: valid, and about every route that the service has."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator

from userstatus.description import openapi
from userstatus.description.responses import ERRORS
from userstatus.service import Service
from userstatus.settings import Settings

DOCUMENT = openapi.document()


def test_the_document_is_valid_for_its_projects_own_validator() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_route_of_the_service_is_described_with_every_method() -> None:
    service = Service(Settings.from_environ({"DATABASE_URL": "sqlite:///never-opened.db"}), "prod")
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in service.app.url_map.iter_rules()
        for method in (rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "pages.static"
    }
    described = {(path, method) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == served


def test_every_error_is_used_by_an_operation() -> None:
    used = {
        status
        for item in DOCUMENT["paths"].values()
        for each in item.values()
        for status in each["responses"]
    }
    assert {str(status) for status in ERRORS} <= used
