"""The descriptions of the API: up to date as files, served, and valid for their projects' own tools."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests
import yaml

from docs import descriptions
from tests.support.service import PROJECT, Service, needs
from userstatus.description import asyncapi, openapi


@pytest.mark.parametrize("name", descriptions.DOCUMENTS)
def test_the_file_in_the_documents_is_up_to_date(name: str) -> None:
    text = (PROJECT / "docs" / name).read_text()
    assert text == descriptions.written(name), "write it anew: python -m docs.descriptions"
    assert yaml.safe_load(text) == descriptions.DOCUMENTS[name]()


@pytest.mark.parametrize("stage", ["", "/dev"])
def test_a_running_service_serves_both(service: Service, stage: str) -> None:
    assert requests.get(f"{service.url}{stage}/openapi.json", timeout=5).json() == openapi.document()
    assert requests.get(f"{service.url}{stage}/asyncapi.json", timeout=5).json() == asyncapi.document()


def test_the_asyncapi_document_is_valid_for_its_projects_own_parser() -> None:
    needs("node")
    said = subprocess.run(
        ["node", "asyncapi.js"],
        cwd=PROJECT / "tests" / "clients",
        input=json.dumps(asyncapi.document()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr
