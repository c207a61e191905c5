"""Scripts and style sheets are joined with everything that they import, and run as they would alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.service import needs
from userstatus.web.joined_files import join


def written(folder: Path, **files: str) -> Path:
    """A folder with modules of these names, `pages/` for those that begin with `page_`."""
    (folder / "pages").mkdir()
    for name, text in files.items():
        at = f"pages/{name}" if name.startswith("page_") else name
        (folder / f"{at}.js").write_text(text)
    return folder


def printed(script: bytes, folder: Path) -> list[str]:
    """What a script prints when Node runs it as a module."""
    needs("node")
    (folder / "joined.mjs").write_bytes(script)
    done = subprocess.run(["node", folder / "joined.mjs"], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_a_module_runs_once_and_before_those_that_import_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        page_a='import { b } from "../b.js";\nimport { c as sea } from "../c.js";\nconsole.log(b(), sea);\n',
        b='import { c } from "./c.js";\nexport function b() {\n  return "b" + c;\n}\nconsole.log("b");\n',
        c='export const c = "c";\nconsole.log("c");\n',
    )
    assert printed(join(folder, "pages/page_a.js"), tmp_path) == ["c", "b", "bc c"]


def test_everything_that_can_be_exported_is_and_nothing_else_meets(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        a='import {\n  A,\n  f,\n  g,\n} from "./b.js";\nimport "./c.js";\nconst own = 1;\n'
        "console.log(new A().own, f(), typeof g(), own);\n",
        b="const own = 2;\nexport class A {\n  own = own;\n}\nexport function f() {\n  return own;\n}\n"
        "export async function g() {}\n",
        c='const own = 3;\nconsole.log("for its effect", own);\n',
    )
    assert printed(join(folder, "a.js"), tmp_path) == ["for its effect 3", "2 2 object 1"]


def test_a_module_still_knows_its_own_address(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        page_a='import { base } from "../b.js";\nconsole.log(base);\n',
        b='export const base = new URL("x.css", import.meta.url).href;\n',
    )
    (tmp_path / "out").mkdir()
    assert printed(join(folder, "pages/page_a.js"), tmp_path / "out") == [tmp_path.as_uri() + "/x.css"]


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import { a } from "https://elsewhere.example/a.js";',
        "export default 1;",
        "export let a = 1;",
        'export * from "./a.js";',
        "export { a };",
    ],
)
def test_another_form_of_import_or_export_is_rejected_by_name(tmp_path: Path, line: str) -> None:
    folder = written(tmp_path, a=line + "\n")
    with pytest.raises(ValueError, match=r"^a\.js: cannot join '(import|export) "):
        join(folder, "a.js")


def test_modules_that_import_each_other_are_rejected_by_name(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b='import { a } from "./a.js";\nexport const b = a;\n',
    )
    with pytest.raises(ValueError, match=r"modules import each other: a\.js → b\.js → a\.js"):
        join(folder, "a.js")


def test_a_style_sheet_contains_its_imports_in_their_places(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "pages/a.css").write_text('@import url("../b.css");\n@import url("c.css");\n\na {\n}\n')
    (folder / "b.css").write_text('@import url("pages/d.css");\nb {\n}\n')
    (folder / "pages/c.css").write_text("c {\n}\n")
    (folder / "pages/d.css").write_text("d {\n}\n")
    assert join(folder, "pages/a.css").decode() == "d {\n}\nb {\n}\nc {\n}\n\na {\n}\n"


def test_an_import_of_a_style_sheet_under_a_condition_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text('@import url("b.css") print;\n')
    with pytest.raises(ValueError, match=r"^a\.css: cannot join '@import url"):
        join(tmp_path, "a.css")
