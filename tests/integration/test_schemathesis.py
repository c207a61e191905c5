"""Schemathesis asks a running service for whatever its description allows, and for what it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import Service

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "positive_data_acceptance",  # not negative_data_rejection: what is only a label wrong is corrected
    "unsupported_method",
    "allow_header_conformance",
)
CONFIGURATION = "[parameters]\n'query.wait' = 0\n"  # or most of the time would be spent waiting
SHORT, FULL = 10, 2000  # examples for each operation


def test_the_service_answers_as_its_description_says(
    service: Service, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    examples = FULL if request.config.getoption("full") else SHORT
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{service.url}/openapi.json",
            f"--url={service.url}",
            f"--checks={','.join(CHECKS)}",
            "--exclude-tag=live",  # endless
            "--phases=examples,coverage,fuzzing",
            f"--max-examples={examples}",
            "--max-redirects=0",
            "--warnings=off",
            "--suppress-health-check=all",
            "--generation-database=none",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
