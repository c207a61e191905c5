"""nginx with the configuration in `deploy/`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support.service import PROJECT, free_port, needs, wait_until

CONFIGURATION = (PROJECT / "deploy" / "nginx.conf").read_text()


@dataclass(frozen=True)
class Proxy:
    """A running nginx: the port for TLS, the port that redirects to it, and the folder with its logs."""

    port: int
    plain: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> str:
        return str(self.folder / "certificate.pem")

    def post(self, path: str, data: str, **arguments: Any) -> requests.Response:
        return requests.post(f"{self.url}/{path}", data, verify=self.certificate, timeout=20, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return requests.get(f"{self.url}/{path}", verify=self.certificate, timeout=20, **arguments)

    def log(self, name: str = "userstatus.log") -> str:
        return (self.folder / name).read_text()


@contextmanager
def nginx(upstream: int, folder: Path, site: str = CONFIGURATION) -> Iterator[Proxy]:
    """Run nginx with the configuration for one process, at free ports and with a certificate made for it."""
    needs("nginx")
    proxy = Proxy(free_port(), free_port(), folder)
    make_certificate(folder)
    (folder / "site.conf").write_text(_here(site, upstream, proxy))
    user = "user root;" if os.geteuid() == 0 else ""  # other users may not read the test's files
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; \n"
        f"events {{ worker_connections 4096; }}\n"
        f"http {{ access_log {folder}/access.log; include {folder}/site.conf; }}\n"
    )
    program = shutil.which("nginx") or "nginx"
    process = subprocess.Popen([program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])

    def listens() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            proxy.get("")
        except requests.ConnectionError:
            return False
        return True

    try:
        wait_until(listens, "nginx answers")
        yield proxy
    finally:
        process.terminate()
        process.wait()


def make_certificate(folder: Path) -> None:
    """A self-signed certificate for this machine, `certificate.pem`, and its key, `key.pem`."""
    needs("openssl")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=status.example.org",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:status.example.org",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def _here(site: str, upstream: int, proxy: Proxy) -> str:
    """The configuration with what is different on a test machine: ports, certificate, logs, one process."""
    site = re.sub(r"\n *listen \[::\].*;", "", site)  # not every machine has IPv6
    for documented, here in (
        ("listen 443", f"listen 127.0.0.1:{proxy.port}"),
        ("listen 80;", f"listen 127.0.0.1:{proxy.plain};"),
        ("/etc/letsencrypt/live/status.example.org/fullchain.pem", proxy.certificate),
        ("/etc/letsencrypt/live/status.example.org/privkey.pem", f"{proxy.folder}/key.pem"),
        ("/var/log/nginx/", f"{proxy.folder}/"),
        ("    server 127.0.0.1:8082;\n", ""),
        ("127.0.0.1:8081", f"127.0.0.1:{upstream}"),
    ):
        assert documented in site, documented
        site = site.replace(documented, here)
    return site
