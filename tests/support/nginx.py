"""nginx with the configuration in `deploy/`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.service import PROJECT, needs, wait_until

CONFIGURATION = (PROJECT / "deploy" / "nginx.conf").read_text()


@contextmanager
def nginx(site: str, folder: Path, url: str) -> Iterator[None]:
    """Run nginx with a configuration that listens at `url` while the block runs."""
    needs("nginx")
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""  # other users may not read the test's files
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; include {folder}/site.conf; }}\n"
    )
    program = shutil.which("nginx") or "nginx"
    process = subprocess.Popen([program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])

    def listens() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            requests.get(url, timeout=5, verify=str(folder / "certificate.pem"))
        except requests.ConnectionError:
            return False
        return True

    try:
        wait_until(listens, "nginx answers")
        yield
    finally:
        process.terminate()
        process.wait()


def only_upstream(port: int, site: str = CONFIGURATION) -> str:
    """The configuration for a single process at this port."""
    return site.replace("    server 127.0.0.1:8082;\n", "").replace("127.0.0.1:8081", f"127.0.0.1:{port}")
