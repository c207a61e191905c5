"""The head of an HTTP request: its first line and its headers, read as RFC 9112 has them.

What two programs could read in two ways is refused, never guessed: where a proxy and this service disagree on
the end of a request, the rest of it is somebody else's next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from userstatus.errors import Refusal

MAX_LINE = 8192  # bytes of the first line, or of one header
MAX_HEAD = 65536  # bytes of it all
MAX_HEADERS = 100
EMPTY_LINES = 8  # that may come before the first line (RFC 9112, section 2.2)

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")
ABSOLUTE = re.compile(r"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
TARGET = re.compile(r"[\x21-\x7e\x80-\xff]+")
LENGTH = re.compile("[0-9]{1,15}")


class Head:
    """A request's head. It is as far as `read()` has come, so that even a refusal can look at the headers.

    `target` is a path with its query, still quoted; `headers` have names in lower case, and several of the
    same name joined by commas, as in WSGI. `version` is HTTP/1.0 or HTTP/1.1.
    """

    def __init__(self) -> None:
        self.method = ""
        self.target = ""
        self.version = "HTTP/1.1"
        self.headers: dict[str, str] = {}
        self.chunked = False
        self.content_length: int | None = None
        self.keep_alive = False
        self._size = 0
        self._absolute = False

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.content_length)

    def read(self, readline: Callable[[int], bytes]) -> None:
        """Read it line by line. Raises Refusal, and EOFError where it ends before its end."""
        self._read_first_line(readline)
        for _ in range(MAX_HEADERS + 1):
            line = self._line(readline, 431)
            if not line:
                break
            self._add(line)
        else:
            raise Refusal(f"the request has more than {MAX_HEADERS} headers: send fewer", status=431)
        self._find_body()
        options = {option.strip().lower() for option in self.headers.get("connection", "").split(",")}
        self.keep_alive = "close" not in options and (self.version == "HTTP/1.1" or "keep-alive" in options)

    def _line(self, readline: Callable[[int], bytes], too_long: int) -> str:
        line = readline(MAX_LINE)
        self._size += len(line)
        if len(line) >= MAX_LINE or self._size > MAX_HEAD:
            what = "address" if too_long == 414 else "head"
            raise Refusal(f"the request's {what} is too long: send a shorter one", status=too_long)
        if not line.endswith(b"\n"):
            raise EOFError
        return line[:-1].removesuffix(b"\r").decode("latin-1")

    def _read_first_line(self, readline: Callable[[int], bytes]) -> None:
        for _ in range(EMPTY_LINES + 1):
            if line := self._line(readline, 414):
                break
        words = line.split(" ")
        version = VERSION.fullmatch(words[-1])
        if len(words) != 3 or version is None or not TOKEN.fullmatch(words[0]) or version[1] == "0":
            raise Refusal(f"{line[:40]!r} is not the first line of a request: send one of HTTP/1.1")
        if version[1] != "1":
            raise Refusal(f"{words[2]} is not spoken here: use HTTP/1.1", status=505)
        self.method, target, _ = words
        self.version = "HTTP/1.0" if version[2] == "0" else "HTTP/1.1"
        self._read_target(target)

    def _read_target(self, target: str) -> None:
        absolute = ABSOLUTE.fullmatch(target)
        if absolute:  # whose host counts, not the header's (RFC 9112, section 3.2.2)
            self._absolute = True
            self.headers["host"] = absolute[1]
            target = absolute[2] if absolute[2].startswith("/") else f"/{absolute[2]}"
        elif target == "*" and self.method == "OPTIONS":
            target = "/"  # what is true of all the service is true of its root
        if not target.startswith("/") or not TARGET.fullmatch(target):
            raise Refusal(f"{target[:40]!r} is not the address of anything here: send a path like /newlog")
        self.target = target

    def _add(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name):
            raise Refusal(f"{line[:40]!r} is not a header: send a name, a colon without a space, and a value")
        value = value.strip(" \t")
        if not value.isprintable() and ("\r" in value or "\0" in value):
            raise Refusal(f"the header {name[:40]} has a control character: send it without")
        name = name.lower()
        if name == "host" and "host" in self.headers:
            if not self._absolute:
                raise Refusal("Host comes twice: send it once")
            self._absolute = False
            return
        self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value

    def _find_body(self) -> None:
        """Where the body ends (RFC 9112, section 6.3)."""
        encoding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if encoding is not None:
            if encoding.lower() != "chunked" or self.version == "HTTP/1.0":
                raise Refusal(f"Transfer-Encoding is {encoding[:40]!r}: send chunked, once, by HTTP/1.1")
            if length is not None:
                raise Refusal("Transfer-Encoding and Content-Length contradict each other: send one of them")
            self.chunked = True
        elif length is not None:
            if not LENGTH.fullmatch(length):
                raise Refusal(f"Content-Length is {length[:40]!r}: send it once, as digits")
            self.content_length = int(length)
