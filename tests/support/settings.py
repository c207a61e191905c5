"""The settings that there are, as whoever reads them asks for them."""

from __future__ import annotations

from userstatus.settings import Settings


def setting_names() -> list[str]:
    """The names of all environment variables that are settings."""
    asked: list[str] = []

    class Environ(dict[str, str]):
        def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
            asked.append(name)
            return default

    Settings.from_environ(Environ())
    return asked
