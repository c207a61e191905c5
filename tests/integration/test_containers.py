"""The container image and the compose file in `deploy/`, as far as they can be run without containers."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from subprocess import DEVNULL, run
from typing import Any

import pytest
import yaml

from tests.support.databases import Postgres
from tests.support.service import PROJECT, running
from tests.support.settings import setting_names
from userstatus.settings import Settings

DOCKERFILE = PROJECT / "deploy" / "Dockerfile"
COMPOSE = PROJECT / "deploy" / "compose.yaml"
BIN = Path(sys.executable).parent
MESSAGE = {"site": "tst", "log_message": "from a container"}


def instructions(name: str) -> list[str]:
    """What comes after each instruction of this name in the Dockerfile."""
    joined = DOCKERFILE.read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def image_environ(data: Path) -> dict[str, str]:
    """The image's environment, with a folder in place of its volume."""
    (text,) = instructions("ENV")
    assert instructions("VOLUME") == ["/data"]
    return dict(word.replace("/data", str(data)).split("=", 1) for word in shlex.split(text))


def image_files(folder: Path) -> Path:
    """The files that the image gets, in a folder."""
    ignored = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    for text in instructions("COPY"):
        *sources, target = text.split()
        for source in sources:
            assert f"!{source}" in ignored, f"{source} would not be there"
            if (PROJECT / source).is_dir():
                shutil.copytree(
                    PROJECT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(PROJECT / source, folder / target)
    return folder


def test_the_dockerfile_is_clean() -> None:
    run([BIN / "hadolint", DOCKERFILE], check=True)


def test_the_image_serves_as_healthcheck_and_sigterm_find(tmp_path: Path) -> None:
    app, data = image_files(tmp_path), tmp_path / "data"
    data.mkdir()
    environ = image_environ(data)
    (command,) = map(json.loads, instructions("CMD"))
    (healthcheck,) = (json.loads(text.partition("CMD ")[2]) for text in instructions("HEALTHCHECK .*?"))
    assert environ.pop("HOST") == "0.0.0.0"  # noqa: S104, or no other container could connect
    environ.pop("PORT")
    with running(
        environ.pop("DATABASE_URL"),
        tmp_path,
        "env",
        f"--chdir={app}",
        sys.executable,
        *command[1:],
        **environ,
    ) as service:
        assert (data / "userstatus.db").exists()
        assert service.post(**MESSAGE).ok

        def is_healthy() -> bool:
            check = [sys.executable, *healthcheck[1:]]
            return run(check, env=service.environ, stderr=DEVNULL, check=False).returncode == 0

        assert is_healthy()
        assert service.stop() == 0
        assert not is_healthy()


def test_nothing_secret_or_made_here_gets_into_the_image() -> None:
    rules = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    assert rules.index("*") < rules.index("!userstatus"), "nothing but what is named"
    for made in ("userstatus/__pycache__", "userstatus.db", "userstatus.db-wal"):
        assert any(
            fnmatch(f"/{made}", rule.replace("**", "*")) for rule in rules[rules.index("!userstatus") :]
        )


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def compose_environ(name: str, **given: str) -> dict[str, str]:
    """The environment of one of the compose file's services, where the password is set, and what is given."""
    found = {}
    for variable, value in compose()[name]["environment"].items():
        value = re.sub(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}", "secret", value)
        found[variable] = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda it: given.get(it[1], it[2]), value)
    return found


def test_what_the_compose_file_starts_serves_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    environ, database = compose_environ("userstatus"), compose_environ("postgres")
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert environ.pop("DATABASE_URL") == f"postgresql://{user}:secret@postgres/{name}"
    assert compose_environ("migrate") == compose_environ("userstatus")
    url = postgres.empty()
    migrate = [sys.executable, *compose()["migrate"]["command"][1:]]
    run(migrate, env={**os.environ, **environ, "DATABASE_URL": url}, cwd=PROJECT, check=True)
    with running(url, tmp_path, **environ) as service:
        assert service.post(**MESSAGE).ok
        assert [each["message"] for each in service.recent(site="tst")] == ["from a container"]


def test_the_compose_file_sets_what_there_is_to_set_and_leaves_the_doors_as_they_are() -> None:
    environ = compose_environ("userstatus")
    assert set(environ) <= set(setting_names())
    settings, default = Settings.from_environ(environ), Settings.from_environ({})
    assert settings.trusted_proxies == ("private",)
    assert default == replace(
        settings, trusted_proxies=default.trusted_proxies, database_url=default.database_url
    )


def test_the_compose_file_leaves_to_the_operator_which_proxies_are_trusted() -> None:
    given = {"TRUSTED_PROXIES": "192.0.2.10", "PROXY_HOPS": "2"}
    assert compose_environ("userstatus", **given).items() >= given.items()


def test_the_compose_file_is_valid() -> None:
    compose = ["docker", "compose"]
    if (
        shutil.which("docker") is None
        or run([*compose, "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("Docker Compose is not installed; tests/install does not install it either")
    check = [*compose, "--file", str(COMPOSE), "config", "--quiet"]
    assert run(check, env={**os.environ, "POSTGRES_PASSWORD": "secret"}, check=False).returncode == 0
