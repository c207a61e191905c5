"""Every module has its unit tests in the same place, so that they are where everyone looks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from tests.support.service import PROJECT

PACKAGE, TESTS = PROJECT / "userstatus", PROJECT / "tests" / "unit"
OF_NO_MODULE = {  # tests of something else than one module of Python
    "test_cursor.py",
    "test_described.py",
    "test_fences.py",
    "test_layout.py",
    "test_libraries.py",
    "test_linear_time.py",
    "web/test_javascript.py",
    "web/test_templates.py",
}


def mirrored(modules: Iterable[str]) -> Iterator[str]:
    """The test modules of modules, both relative to their folders."""
    for module in modules:
        folder, slash, name = module.rpartition("/")
        if name != "__init__.py":
            yield f"{folder}{slash}test_{name.replace('__', '')}"


MIRRORED = sorted(mirrored(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))
FOUND = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("test_module", MIRRORED)
def test_a_module_has_its_unit_tests_in_the_same_place(test_module: str) -> None:
    assert (TESTS / test_module).is_file()
    assert "\ndef test_" in (TESTS / test_module).read_text()


@pytest.mark.parametrize("test_module", FOUND)
def test_unit_tests_are_those_of_one_module_or_a_named_exception(test_module: str) -> None:
    assert (test_module in MIRRORED) is not (test_module in OF_NO_MODULE)


def test_every_exception_exists() -> None:
    assert set(FOUND) >= OF_NO_MODULE


def test_a_module_is_mirrored_by_its_name_and_folder() -> None:
    modules = ["__init__.py", "__main__.py", "errors.py", "web/__init__.py", "web/api.py"]
    assert list(mirrored(modules)) == ["test_main.py", "test_errors.py", "web/test_api.py"]
