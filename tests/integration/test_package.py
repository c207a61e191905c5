"""The package: what is in it, what it needs, and the command that it brings, used away from the checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement

from tests.support.databases import at
from tests.support.service import PROJECT, Service, wait_until
from userstatus import __version__
from userstatus.settings import DEV, PROD

PIP = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check")
LIBRARIES = ":".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
RELIES_ON_INTERNALS_OF = ("eventlet", "flask-socketio", "python-engineio", "python-socketio")


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """The standard output of a command that must succeed."""
    ended = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def build(source: Path, folder: Path) -> Path:
    """The wheel of a checkout or an sdist, built with nothing but what is installed."""
    run(*PIP, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def files_below(folder: Path) -> set[str]:
    """The files that belong to the source, relative to the folder."""
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(PROJECT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder, cwd=PROJECT)
    (found,) = folder.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"userstatus-{__version__}.dist-info/METADATA").decode()
    return Parser().parsestr(text, headersonly=True)


@pytest.fixture(scope="module")
def needed(metadata: Message) -> list[Requirement]:
    return [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment with the package alone, without pip."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    run(*PIP, "--python", folder, "install", "--no-deps", "--no-index", wheel)
    return folder / "bin"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder with nothing in it, to start the command in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


class Installed(Service):
    """`userstatus serve` as installed, with the libraries of the tests, in a folder of its own."""

    def __init__(self, programs: Path, folder: Path, database_url: str = "", **environ: str):
        super().__init__(database_url, folder.parent, PYTHONPATH=LIBRARIES, **environ)
        self.programs, self.folder = programs, folder

    def start(self, *command: str, wait: bool = True) -> Installed:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or [self.programs / "userstatus", "serve"],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        if wait:
            wait_until(self.answers, f"the service answers, its log: {self.log}")
        return self


# What is in it.


def test_the_wheel_holds_the_package_and_the_migrations(wheel: Path) -> None:
    expected = {f"userstatus/{name}" for name in files_below(PROJECT / "userstatus")}
    expected |= {f"userstatus/migrations/{name}" for name in files_below(PROJECT / "migrations")}
    assert {name for name in names_in(wheel) if ".dist-info/" not in name} == expected
    for name in ("py.typed", "web/static/user-status.js", "web/templates/watch.html", "migrations/env.py"):
        assert f"userstatus/{name}" in expected


def test_the_wheel_holds_the_license(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"userstatus-{__version__}.dist-info/licenses/LICENSE")
    assert text == (PROJECT / "LICENSE").read_bytes()


def test_the_sdist_holds_what_the_wheel_is_built_from(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    assert names_in(build(sdist, tmp_path)) == names_in(wheel)


def test_the_sdist_holds_the_tests_and_what_they_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "requirements-test.txt", "tests/conftest.py", "tests/install", "app.py"} <= names
    assert [name for name in names if "node_modules" in name or name.endswith(".db")] == []


# What it needs.


def test_the_version_is_that_of_the_code(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("userstatus", __version__)
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("MIT", ">=3.9")


def test_nothing_is_needed_without_an_extra(metadata: Message, needed: list[Requirement]) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == {"server", "postgres", "alerts"}
    assert needed
    assert [each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})] == []


def test_an_extra_brings_nothing_to_a_python_that_is_too_old_for_the_server(
    needed: list[Requirement],
) -> None:
    for version, brings in (("3.10", False), ("3.11", True)):
        environ = {"python_version": version, "extra": "server"}
        found = [each for each in needed if each.marker and each.marker.evaluate(environ)]
        assert bool(found) is brings


def test_postgres_needs_its_driver_alone(needed: list[Requirement]) -> None:
    found = [each for each in needed if each.marker and each.marker.evaluate({"extra": "postgres"})]
    assert [(each.name, each.extras) for each in found] == [("psycopg", {"binary"})]


@pytest.mark.parametrize("library", RELIES_ON_INTERNALS_OF)
def test_a_library_whose_internals_are_used_has_both_bounds(library: str, needed: list[Requirement]) -> None:
    (found,) = (each for each in needed if each.name == library)
    assert sorted(each.operator for each in found.specifier) == ["<", ">="]


def test_the_locked_versions_are_allowed(needed: list[Requirement]) -> None:
    lines = (PROJECT / "requirements.txt").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lines, re.MULTILINE))
    assert {each.name for each in needed} <= locked.keys()
    assert [each.name for each in needed if locked[each.name] not in each.specifier] == []


def test_the_locked_files_name_no_registry() -> None:
    for name in ("requirements.txt", "requirements-test.txt", "requirements-docs.txt"):
        assert re.findall("https?://|--[a-z-]*(?:index|find-links).*", (PROJECT / name).read_text()) == []


# The command, where nothing else is installed.


def test_the_bare_install_brings_nothing_else(environment: Path, empty: Path) -> None:
    program = (
        "import importlib.metadata as m, userstatus; print(userstatus.__version__, userstatus.__file__, "
        "*(each.metadata['Name'] for each in m.distributions()))"
    )
    version, file, *distributions = run(environment / "python", "-c", program, cwd=empty, env={}).split()
    assert (version, distributions) == (__version__, ["userstatus"])
    assert Path(file).is_relative_to(environment.parent)


@pytest.mark.parametrize("command", [("userstatus",), ("python", "-m", "userstatus")])
def test_the_bare_install_tells_its_version(command: tuple[str, ...], environment: Path, empty: Path) -> None:
    program, *arguments = command
    said = run(environment / program, *arguments, "--version", cwd=empty, env={})
    assert said == f"userstatus {__version__}\n"


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_the_bare_install_says_what_to_install(command: str, environment: Path, empty: Path) -> None:
    ended = subprocess.run(
        [environment / "userstatus", command],
        cwd=empty,
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert re.fullmatch(
        r'userstatus: the server needs [a-z]+, which is not installed: pip install "userstatus\[server\]"\n',
        ended.stderr,
    )
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_without_its_driver_postgres_says_what_to_install(
    command: str, environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError('not here', name='psycopg')")
    ended = subprocess.run(
        [environment / "userstatus", command],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{LIBRARIES}", "DATABASE_URL": "postgres://u:secret@127.0.0.1:1/d"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert 'needs psycopg: pip install "userstatus[postgres]"' in ended.stderr
    assert "secret" not in ended.stderr


# The command, with the server's packages.


def test_in_an_empty_folder_it_serves_and_keeps_what_it_was_sent(environment: Path, empty: Path) -> None:
    service = Installed(environment, empty).start()
    try:
        assert service.post(site="tst", log_message="Slewing").status_code == 200
        page = requests.get(f"{service.url}/watch/tst", timeout=10).text
        scripts = re.findall(r'src="(/static/[^"]+)"', page)
        assert scripts
        assert [requests.get(f"{service.url}{path}", timeout=10).status_code for path in scripts] == [
            200
        ] * len(scripts)
        assert service.stop() == 0
        first = service.log.read_text()
        service.start()
        assert [each["message"] for each in service.recent(site="tst")] == ["Slewing"]
        assert service.stop() == 0
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()
    prod, dev = (f"sqlite:///{empty}/{name}" for name in ("userstatus.db", "userstatus-dev.db"))
    assert f"\nMessages are in {prod} (prod), {dev} (dev)\n" in first
    new = re.findall("no log was found, a new one has begun: (.*)", service.log.read_text())
    assert new == [prod, dev], "only the first start began a log"
    assert {path.name for path in empty.glob("*.db")} == {"userstatus.db", "userstatus-dev.db"}


def migrate(programs: Path, folder: Path, url: str, **environ: str) -> str:
    environ = {"DATABASE_URL": url, "PYTHONPATH": LIBRARIES, **environ}
    return run(programs / "userstatus", "migrate", cwd=folder, env=environ)


def up_to_date(url: str) -> list[str]:
    """The stages whose database is up to date."""
    databases = {stage: at(url, stage) for stage in (PROD, DEV)}
    try:
        return [stage for stage, database in databases.items() if database.is_up_to_date()]
    finally:
        for database in databases.values():
            database.close()


def test_after_migrate_it_serves_both_stages(environment: Path, empty: Path, empty_url: str) -> None:
    assert migrate(environment, empty, empty_url, STAGES=PROD).count("up to date: ") == 1
    assert up_to_date(empty_url) == [PROD], "a stage that is switched off is left alone"
    assert migrate(environment, empty, empty_url).count("up to date: ") == 2
    assert up_to_date(empty_url) == [PROD, DEV]
    assert list(empty.iterdir()) == []
    service = Installed(environment, empty, empty_url).start()
    try:
        answer = requests.post(
            f"{service.url}/dev/newlog", '{"site": "tst", "log_message": "a try"}', timeout=10
        )
        assert answer.status_code == 200
        assert service.recent(site="tst") == []
        assert "new one has begun" not in service.log.read_text()
    finally:
        service.kill()


def test_migrate_finds_a_relative_file_in_the_current_folder(environment: Path, empty: Path) -> None:
    said = migrate(environment, empty, "sqlite:///night.db")
    assert said == "".join(f"up to date: sqlite:///{empty}/{name}\n" for name in ("night.db", "night-dev.db"))
    assert {path.name for path in empty.iterdir()} == {"night.db", "night-dev.db"}
    assert migrate(environment, empty, "sqlite:///night.db") == said, "it may be run again"
