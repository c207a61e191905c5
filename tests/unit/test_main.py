"""The command line: its commands, its help, and what it says when a package is missing."""

from __future__ import annotations

import sys

import pytest

from userstatus import __version__
from userstatus.__main__ import main, remedy
from userstatus.settings import Settings


class Recorded(dict[str, str]):
    """An empty environment that knows which variables were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.names.append(name)
        return default


def missing(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--help"])
    return capsys.readouterr().out


def test_without_a_command_it_shows_its_help_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "serve     start the server" in output.err
    assert "migrate   bring the database of every stage up to date" in output.err


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"userstatus {__version__}\n"


def test_the_help_of_serve_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    environ = Recorded()
    Settings.from_environ(environ)
    assert len(environ.names) >= 9
    text = help_of(capsys, "serve")
    assert [name for name in environ.names if f"\n  {name} " not in text] == []


def test_the_help_of_migrate_names_the_settings_it_reads(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "migrate")
    assert "DATABASE_URL" in text
    assert "STAGES" in text
    assert "PORT" not in text


@pytest.mark.parametrize("name", ["eventlet", "flask_socketio", "sqlalchemy.exc"])
def test_a_missing_package_names_the_extra_that_installs_it(name: str) -> None:
    said = remedy(missing(name), {})
    assert said.startswith(f"the server needs {name.partition('.')[0]}, which is not installed: ")
    assert said.endswith('pip install "userstatus[server]"')


def test_with_a_postgres_database_the_remedy_includes_its_driver() -> None:
    said = remedy(missing("eventlet"), {"DATABASE_URL": "postgres://u:secret@h/d"})
    assert said.endswith('pip install "userstatus[server,postgres]"')
    assert "secret" not in said


def test_a_module_that_the_system_lacks_is_no_matter_of_installing() -> None:
    said = remedy(missing("resource"), {})
    assert "use Linux or macOS" in said
    assert "pip" not in said


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_missing_module_of_its_own_is_not_disguised(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("userstatus.eventloop", raising=False)
    monkeypatch.delattr("userstatus.server", raising=False)
    for module in ("userstatus.eventloop", "userstatus.server"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match="userstatus"):
        main([command])
