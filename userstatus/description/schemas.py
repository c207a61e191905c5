"""Schemas: what messages, positions and errors look like as JSON (JSON Schema), for both descriptions."""

from __future__ import annotations

from typing import Any

from userstatus.live.latest import ALARMING
from userstatus.live.requests import MAX_SITES
from userstatus.message import (
    CURSOR,
    EVERY_SITE,
    LEVEL_OF,
    LEVELS,
    MAX_ID,
    MAX_MESSAGES,
    MAX_NEXT_WITHIN_S,
    MAX_TEXT_CHARS,
    MAX_UUID_CHARS,
    NUMERIC,
    SITE,
)
from userstatus.notice import KINDS, UUID_PREFIX
from userstatus.store.overview import MAX_DELAYS

Schema = dict[str, Any]

COUNT: Schema = {"type": "integer", "minimum": 0}
SITE_OR_EVERY = f"({SITE.pattern}|\\{EVERY_SITE})"
SITES_PATTERN = f"^{SITE_OR_EVERY}(,{SITE_OR_EVERY}){{0,{MAX_SITES - 1}}}$"
SITES_TEXT = f"a site, at most {MAX_SITES} of them separated by commas, or `{EVERY_SITE}` for every site"


def closed(properties: dict[str, Schema], optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object with these properties and no others; all are required but the optional ones."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        **more,
    }


def ref(name: str) -> Schema:
    """A reference to one of these schemas, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def matching(pattern: str, **more: Any) -> Schema:
    """Text that matches a regular expression as a whole."""
    return {"type": "string", "pattern": f"^({pattern})$", **more}


def by_level(of_one: Schema, *, levels: tuple[str, ...] = LEVELS, optional: bool = False) -> Schema:
    """An object with one value for each level, or for some of them if they are optional."""
    return closed(dict.fromkeys(levels, of_one), optional=levels if optional else ())


def _message(timestamp: Schema) -> Schema:
    fields = {
        "id": {**ref("Id"), "description": "larger than the id of every message that was stored before"},
        "site": ref("Site"),
        "message": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARS},
        "log_level": ref("Level"),
        "timestamp": timestamp,
        "received_at": {
            "type": "number",
            "description": "when it was received, by the service's clock: Unix seconds with a fraction",
        },
        "cursor": ref("Cursor"),
        "next_within": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_NEXT_WITHIN_S,
            "description": "seconds within which its producer promised another message, if it did",
        },
        "original_level": {
            **ref("Level"),
            "description": "the level that its producer gave it, if a rule of the service has changed it",
        },
        "notice": {**ref("Notice"), "description": "if the service itself says it: what it is about"},
    }
    return closed(fields, optional=("next_within", "original_level", "notice"))


SENT = "when it was sent, by the telescope's clock: Unix seconds"
COMMON: dict[str, Schema] = {
    "Id": {"type": "integer", "minimum": 0, "maximum": MAX_ID},
    "Cursor": matching(
        CURSOR.pattern,
        description="opaque text that identifies a message in this log; a viewer resumes after it",
        examples=["17-1604514063520000"],
    ),
    "Site": matching(SITE.pattern.replace("A-Z", ""), description="a site code, in lower case"),
    "Sites": array(
        {"anyOf": [ref("Site"), {"const": EVERY_SITE}]}, description="the sites, in alphabetical order"
    ),
    "Level": {"type": "string", "enum": list(LEVELS)},
    "Error": closed(
        {
            "error": {
                "type": "string",
                "minLength": 1,
                "description": "what is wrong, and what to do instead",
            },
            "field": {"type": "string", "description": "the field or parameter that it is about, if any"},
        },
        optional=("field",),
        examples=[{"error": "site is missing: send 1 to 64 letters", "field": "site"}],
    ),
    "NewMessage": {
        "type": "object",
        "description": "A message to store. Other fields are ignored.",
        "required": ["site", "log_message"],
        "properties": {
            "site": matching(SITE.pattern, description="not case-sensitive"),
            "log_message": {
                "description": f"the text to show, cut after {MAX_TEXT_CHARS} characters; "
                "a number, list or object is stored as JSON text",
                "not": {"enum": ["", None]},
            },
            "log_level": {
                "description": "`info` if it is missing; what is none of these is stored as `info`, "
                "with a warning",
                "anyOf": [
                    {"type": "string", "enum": sorted(LEVEL_OF), "description": "in any case"},
                    {"type": "number", "minimum": 10, "maximum": 50, "description": "as in Python's logging"},
                    {"description": "anything else"},
                ],
            },
            "timestamp": {
                "description": "now if it is missing; what is none of these is stored as now, with a warning",
                "anyOf": [
                    {"type": "number", "description": "Unix seconds"},
                    matching(NUMERIC.pattern, description="Unix seconds"),
                    {"type": "string", "format": "date-time"},
                    {"description": "anything else"},
                ],
            },
            "uuid": {
                "type": ["string", "null"],
                "maxLength": MAX_UUID_CHARS,
                "pattern": f"^(?!{UUID_PREFIX})[^\\x00\\ud800-\\udfff]*$",
                "description": "the same one again for the same site is neither stored nor delivered again; "
                f"it may not begin with `{UUID_PREFIX}`",
            },
            "next_within": {
                "description": "the seconds within which the producer promises another message; "
                "what is none of these is left out, with a warning",
                "anyOf": [
                    {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_NEXT_WITHIN_S},
                    matching(NUMERIC.pattern),
                    {"description": "anything else"},
                ],
            },
        },
        "examples": [{"site": "tst", "log_message": "Slewing telescope...", "log_level": "info"}],
    },
    "Notice": closed(
        {
            "kind": {"type": "string", "enum": list(KINDS)},
            "since": {"type": "number", "description": "the begin of the period: Unix seconds"},
            "until": {"type": "number", "description": "the end of the period: Unix seconds"},
            "level": {**ref("Level"), "description": "the worst level that is muted"},
            "why": {"type": "string", "description": "the reason of a mute or its end, or the channel meant"},
        },
        optional=("since", "until", "level", "why"),
    ),
    "Accepted": closed({"id": ref("Id"), "warnings": ref("Warnings")}),
    "Warnings": array({"type": "string"}, description="one sentence for each correction"),
    "LiveMessage": _message(matching("-?[0-9]+", description=f"{SENT}, as text")),
}
OF_HTTP: dict[str, Schema] = {
    "NewMessages": array(ref("NewMessage"), maxItems=MAX_MESSAGES),
    "AcceptedTogether": closed({"ids": array(ref("Id"), maxItems=MAX_MESSAGES), "warnings": ref("Warnings")}),
    "Message": _message({"type": "integer", "description": SENT}),
    "Counts": by_level(COUNT),
    "History": closed(
        {
            "start": {"type": "integer", "description": "Unix seconds"},
            "step": {"type": "integer", "minimum": 1, "description": "seconds"},
            "counts": by_level(array(COUNT)),
        },
        description="one number for each interval from `start` on; the last interval is the present one",
    ),
    "SiteSummary": closed(
        {
            "site": ref("Site"),
            "name": {"type": "string", "description": "how people call the site, if that is configured"},
            "silent_after": {
                "type": "integer",
                "minimum": 1,
                "description": "the seconds without a message after which it is silent, if configured",
            },
            "last": ref("Message"),
            "counts": ref("Counts"),
            "latest": by_level(ref("Message"), levels=ALARMING, optional=True),
            "delays": array({"type": "integer"}, maxItems=MAX_DELAYS),
            "silence": {**ref("Notice"), "description": "of the site, while it is silent"},
            "mute": {**ref("Notice"), "description": "of the site, while nobody is called about it"},
            "activity": ref("History"),
        },
        optional=("name", "silent_after", "silence", "mute", "activity"),
    ),
    "Health": closed(
        {
            "status": {"const": "ok"},
            "version": {"type": "string"},
            "database": {"const": "ok"},
            "follower_age_s": {
                "type": ["number", "null"],
                "description": "seconds since the log's end was seen last",
            },
        }
    ),
    "Ready": closed({"status": {"const": "ready"}}),
}


def end_of_log() -> dict[str, Schema]:
    """The properties of the position of a viewer that has seen everything."""
    return {"last_id": ref("Id"), "cursor": ref("Cursor")}


def _status() -> dict[str, Schema]:
    return {
        "sites": ref("Sites"),
        **end_of_log(),
        "gap": {"type": "boolean", "description": "some of what was missed is no longer available"},
        "replaced": {"type": "boolean", "description": "the cursor is of another log"},
    }


OF_VIEWERS: dict[str, Schema] = {
    "EndOfLog": closed(end_of_log(), description="the end of the log, all of which has been sent"),
    "Status": closed(_status(), description="what a viewer watches from now on, and where it is in the log"),
    "Acknowledgement": closed({"ok": {"const": True}, **_status()}),
    "RejectedEvent": closed({"ok": {"const": False}, **COMMON["Error"]["properties"]}, optional=("field",)),
    "WantedSites": {
        "description": f"{SITES_TEXT}; or a list",
        "anyOf": [
            {"type": "string", "pattern": SITES_PATTERN},
            array({"type": "string", "pattern": f"^{SITE_OR_EVERY}$"}, minItems=1, maxItems=MAX_SITES),
        ],
    },
    "After": {
        "description": "the cursor, or the id, of the last message that the viewer has seen; null "
        "or empty if none",
        "anyOf": [ref("Cursor"), ref("Id"), {"type": "null"}, {"const": ""}],
    },
}
