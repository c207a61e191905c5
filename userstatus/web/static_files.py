"""The files of the pages: as they are, or joined and compressed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from flask import Response, request, send_from_directory

from userstatus.web.joined_files import join

FOLDER = Path(__file__).parent / "static"
JOINED = {  # what pages name, by media type; everything else is an import of these, or small
    "user-status.js": "text/javascript",
    "user-status.css": "text/css",
    "pages/wall.js": "text/javascript",
    "pages/wall.css": "text/css",
    "pages/page.css": "text/css",
}


@dataclass(frozen=True)
class JoinedFile:
    """A file with all that it imports, and the same compressed."""

    plain: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, name: str) -> JoinedFile:
        plain = join(FOLDER, name)
        return cls(plain, gzip.compress(plain, mtime=0), sha256(plain).hexdigest()[:32])


class StaticFiles:
    """What is served at /static."""

    @cached_property
    def joined(self) -> dict[str, JoinedFile]:
        """The joined files by name; made when the first page asks, so that a start does not wait for them."""
        return {name: JoinedFile.of(name) for name in JOINED}

    def send(self, filename: str) -> Response:
        """The file, or 304 if the client has it. Aborts with 404 if there is none."""
        if filename not in JOINED:
            return send_from_directory(FOLDER, filename)
        found = self.joined[filename]
        compressed = request.accept_encodings["gzip"] > 0
        response = Response(found.compressed if compressed else found.plain, mimetype=JOINED[filename])
        if compressed:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.set_etag(found.etag + ("-gzip" if compressed else ""))
        response.make_conditional(request)
        return response
