"""The settings that the help of the server's commands explains."""

from __future__ import annotations

from userstatus.commands.server_settings import SERVER_SETTINGS, SETTINGS
from userstatus.settings import Settings


class Recorded(dict[str, str]):
    """An empty environment that knows which variables were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.names.append(name)
        return default


def test_every_setting_is_explained() -> None:
    environ = Recorded()
    Settings.from_environ(environ)
    assert len(environ.names) >= 9
    text = SETTINGS + SERVER_SETTINGS
    assert [name for name in environ.names if f"\n  {name} " not in text] == []
