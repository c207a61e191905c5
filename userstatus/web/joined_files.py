"""Scripts and styles of the pages, each joined with everything that it imports.

In the repository each subject has a file of its own. Browsers could load them as they are, but a page would
need a hundred requests, each of which costs the browser and this server some milliseconds. So what a page
names comes as one file: its imports first, each module in a function of its own. This understands the forms
of `import` and `export` that these files use, and rejects any other one. Bundlers that understand all of
JavaScript need Node, which whoever runs this service need not have.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

STYLE_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n', re.MULTILINE)
IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.{1,2}/[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function|class|const) (\w+))", re.MULTILINE)
UNKNOWN = re.compile(r"^(?:import|export|@import)\b.*", re.MULTILINE)
ADDRESS = "import.meta.url"


def join(folder: Path, name: str) -> bytes:
    """The script or style sheet `name`, such as `pages/wall.js`, with all that it imports.

    Raises ValueError if one of the files imports or exports in another way than these patterns tell.
    """
    joined = _join_styles(folder, name) if name.endswith(".css") else _Modules(folder, name).join()
    return joined.encode()


def _join_styles(folder: Path, name: str) -> str:
    def imported(found: re.Match[str]) -> str:
        return _join_styles(folder, _path(name, found[1]))

    return _checked(STYLE_IMPORT.sub(imported, (folder / name).read_text()), name)


class _Modules:
    """The modules that `entry` is made of, in the order in which they run."""

    def __init__(self, folder: Path, entry: str):
        self.folder = folder
        self.entry = entry
        self._parts: dict[str, str] = {}
        self._importing: list[str] = []

    def join(self) -> str:
        self._add(self.entry)
        return "\n".join(self._parts.values())

    def _add(self, name: str) -> None:
        if name in self._parts:
            return
        if name in self._importing:
            raise ValueError(f"modules import each other: {' → '.join([*self._importing, name])}")
        self._importing.append(name)
        self._parts[name] = self._part(name)
        self._importing.pop()

    def _part(self, name: str) -> str:
        def imported(found: re.Match[str]) -> str:
            names, path = found.groups()
            other = _path(name, path)
            self._add(other)
            return f"const {{{names.replace(' as ', ': ')}}} = {_variable(other)};\n" if names else ""

        source = IMPORT.sub(imported, (self.folder / name).read_text())
        exported = EXPORT.findall(source)
        source = _checked(EXPORT.sub("", source), name)
        own = posixpath.relpath(name, posixpath.dirname(self.entry) or ".")
        source = source.replace(ADDRESS, f'new URL("{own}", {ADDRESS}).href')
        return f"const {_variable(name)} = (() => {{\n{source}return {{ {', '.join(exported)} }};\n}})();\n"


def _path(importer: str, path: str) -> str:
    """Where a path leads that is relative to the file which imports it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _checked(source: str, name: str) -> str:
    if found := UNKNOWN.search(source):
        raise ValueError(f"{name}: cannot join {found[0]!r}: see the patterns in joined_files")
    return source
