"""The descriptions of the API: as JSON for programs, and as a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response

from userstatus.live.encodings import dump
from userstatus.web.pages import Pages


class Descriptions:
    """Serves the OpenAPI and the AsyncAPI document, `openapi` and `asyncapi`."""

    def __init__(self, openapi: Mapping[str, Any], asyncapi: Mapping[str, Any], pages: Pages):
        self.openapi = openapi
        self.asyncapi = asyncapi
        self.pages = pages

    def blueprint(self) -> Blueprint:
        descriptions = Blueprint("descriptions", __name__)
        for name, document in (("openapi", self.openapi), ("asyncapi", self.asyncapi)):
            as_json = partial(Response, dump(document), mimetype="application/json")
            descriptions.add_url_rule(f"/{name}.json", name, as_json)
        descriptions.get("/docs")(self.docs)
        return descriptions

    def docs(self) -> Response:
        return self.pages.docs(self.openapi, self.asyncapi)
