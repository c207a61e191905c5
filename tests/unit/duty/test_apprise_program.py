"""The program that calls: it stands alone, and says nothing that is secret."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from userstatus.duty import apprise_program


def test_it_runs_by_its_path_from_anywhere_and_tells_no_url(tmp_path: Path) -> None:
    program = str(apprise_program.__file__)
    question = {"url": "json://127.0.0.1:9/secret", "title": "t", "body": "b", "type": "info"}
    done = subprocess.run(
        [sys.executable, "-P", program],
        input=json.dumps(question),
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {"service": "JSON", "sent": False, "why": ""}
    assert "secret" not in done.stderr
