"""Content compared with a schema of a document."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

Json = dict[str, Any]


class Undescribed(AssertionError):
    """Something came that the documents do not name, or that is not as they say."""


class Schemas:
    """The schemas of a document; each is compiled once, when something is first compared with it."""

    def __init__(self, document: Json):
        self.components = {"schemas": document["components"]["schemas"]}
        self.compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def compare(self, name: str, schema: Json, content: object) -> None:
        """Raise Undescribed if the content, called `name` in each case, does not follow the schema."""
        if (validator := self.compiled.get(name)) is None:
            validator = jsonschema_rs.Draft202012Validator({**schema, "components": self.components})
            self.compiled[name] = validator
        if not validator.is_valid(content):
            error = next(iter(validator.iter_errors(content)))
            where = "".join(f"[{part!r}]" for part in error.instance_path)
            raise Undescribed(f"{name}{where}: {error.message:.500}")
