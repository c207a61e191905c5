"""What to do where the server's packages are missing."""

from __future__ import annotations

import sys

import pytest

from userstatus.__main__ import main
from userstatus.commands import installation
from userstatus.commands.installation import remedy, with_server
from userstatus.commands.outcome import CommandFailed


def missing(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


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


def test_what_is_missing_fails_the_command_with_the_remedy() -> None:
    def command() -> int:
        raise missing("eventlet")

    with pytest.raises(CommandFailed, match="pip install"):
        with_server(command)


def test_an_old_python_is_named_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "OLDEST_PYTHON", (99, 1))
    with pytest.raises(CommandFailed, match=r"the server needs Python 99\.1 or newer, this is "):
        with_server(lambda: 0)


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_missing_module_of_its_own_is_not_disguised(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("eventloop", "maintenance", "server"):
        monkeypatch.delattr(f"userstatus.{module}", raising=False)
        monkeypatch.setitem(sys.modules, f"userstatus.{module}", None)
    with pytest.raises(ModuleNotFoundError, match="userstatus"):
        main([command])
