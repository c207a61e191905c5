"""Answers over HTTP compared with the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

from tests.support.described.schemas import Json, Schemas, Undescribed

JSON = "application/json"
ORIGIN = re.compile("^https?://[^/]*", re.IGNORECASE)  # of an absolute target
NO_CONTENT = ""  # the media type of an answer without a body
# What the document leaves out, and why. Errors there have to be like those of other paths.
OUTSIDE = {
    "/static/": "parts of the pages, which nobody asks for by themselves",
    "/socket.io/": "Engine.IO's own protocol, for its clients; what it carries is in asyncapi.yaml",
}
ENGINE = ("/socket.io/", "text/plain")  # errors that are that protocol's, too


class Answer(NamedTuple):
    """A response as a client received it; the body is None if the client has not read all of it."""

    method: str
    target: str
    status: int
    headers: Mapping[str, str]
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.target[:200]}: {self.status}"


class Answers:
    """The answers that the OpenAPI document names."""

    def __init__(self, document: Json):
        self.document = document
        self.schemas = Schemas(document)
        prefixes = "|".join(server["url"] for server in document["servers"] if server["url"] != "/")
        self.prefix = re.compile(f"^({prefixes})(?=/|$)")
        self.paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), item)
            for path, item in document["paths"].items()
        ]
        self.errors = {
            status: self._resolved(response)
            for item in document["paths"].values()
            for operation in item.values()
            for status, response in operation["responses"].items()
            if "$ref" in response
        }

    def named(self) -> set[str]:
        """Every answer of every operation, and every error in each of its forms.

        They are called like `recent_logs 200 application/json`, `recent_logs 400` and `Invalid text/html`.
        """
        return {
            name
            for item in self.document["paths"].values()
            for operation in item.values()
            for status, response in operation["responses"].items()
            for media in self._resolved(response).get("content", [NO_CONTENT])
            for name in self._names(operation, int(status), media)
        }

    def compare(self, answer: Answer) -> set[str]:
        """The names of an answer; none if it is of no operation.

        Raises Undescribed if the document does not name such an answer.
        """
        if "Server" in answer.headers:  # this service sends none: it is nginx, or a server of the tests
            return set()
        path = self._path(answer.target)
        item: Json = next((item for pattern, item in self.paths if pattern.fullmatch(path)), {})
        operation = item.get("get" if answer.method == "HEAD" else answer.method.lower())
        if operation is None:
            self._compare_elsewhere(answer, path)
            return set()
        name, responses = operation["operationId"], operation["responses"]
        if str(answer.status) not in responses:
            raise Undescribed(f"{answer}: {name} answers only by {', '.join(responses)}")
        response = self._resolved(responses[str(answer.status)])
        media = self._compare(f"{name} {answer.status}", answer, response)
        return self._names(operation, answer.status, media)

    @staticmethod
    def _names(operation: Json, status: int, media: str) -> set[str]:
        described = f"{operation['operationId']} {status}"
        if reference := operation["responses"][str(status)].get("$ref"):
            return {described, f"{reference.rpartition('/')[2]} {media}"}
        return {f"{described} {media}".strip()}

    def _path(self, target: str) -> str:
        """The path of a request as the document names it."""
        path = unquote(ORIGIN.sub("", target).partition("?")[0])
        path = self.prefix.sub("", re.sub("//+", "/", path))
        return path if path in OUTSIDE else path.rstrip("/") or "/"

    def _compare_elsewhere(self, answer: Answer, path: str) -> None:
        """Where there is no operation, there are errors like those of operations, and what is outside."""
        if answer.status < HTTPStatus.BAD_REQUEST and (
            answer.method == "OPTIONS" or path.startswith(tuple(OUTSIDE))
        ):
            return
        if (
            path.startswith(ENGINE[0])
            and _media(answer) == ENGINE[1]
            and answer.status == HTTPStatus.BAD_REQUEST
        ):
            return
        if answer.status == HTTPStatus.SEE_OTHER and "/sign-in?" in answer.headers.get("Location", ""):
            return  # where a person who needs a key is led from any address
        known = answer.status
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            if "Allow" not in answer.headers:
                raise Undescribed(f"{answer}: there is no header Allow")
            known = HTTPStatus.NOT_FOUND
        if str(known) not in self.errors:
            raise Undescribed(f"{answer}: neither is the path described, nor is this one of the errors")
        self._compare(f"any {answer.status}", answer, self.errors[str(known)])

    def _compare(self, name: str, answer: Answer, response: Json) -> str:
        """Compare an answer with its description, and return its media type."""
        for header, described in response.get("headers", {}).items():
            self._compare_header(answer, header, described)
        if "content" not in response:
            return NO_CONTENT
        media = _media(answer)
        if media not in response["content"]:
            raise Undescribed(
                f"{answer}: its Content-Type is {media!r}, not {' or '.join(response['content'])}"
            )
        if media == JSON and answer.body is not None and answer.method != "HEAD":
            self.schemas.compare(name, response["content"][media]["schema"], _json(answer))
        return media

    def _compare_header(self, answer: Answer, name: str, described: Json) -> None:
        described = self._resolved(described)
        value = answer.headers.get(name)
        if value is None:
            if described.get("required"):
                raise Undescribed(f"{answer}: there is no header {name}")
            return
        try:
            self.schemas.compare(f"the header {name}", described["schema"], value)
        except Undescribed as error:
            if not value.isdigit():
                raise Undescribed(f"{answer}: {error}") from None
            self.schemas.compare(f"the header {name}", described["schema"], int(value))

    def _resolved(self, described: Json) -> Json:
        """A part of the document, or what it refers to."""
        if "$ref" not in described:
            return described
        *_, kind, name = described["$ref"].split("/")
        found: Json = self.document["components"][kind][name]
        return found


def _media(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip()


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body or b"")
    except ValueError as error:
        raise Undescribed(f"{answer}: its body is not JSON: {error}") from None
