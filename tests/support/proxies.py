"""nginx and Caddy with their configurations in `deploy/`, as they are but for ports, certificate and logs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support.service import PROJECT, free_port, needs, wait_until

NGINX = (PROJECT / "deploy" / "nginx.conf").read_text()
CADDY = (PROJECT / "deploy" / "Caddyfile").read_text()
MAX_SLOWNESS_S = 2  # that nginx allows here, instead of 15


@dataclass(frozen=True)
class Proxy:
    """A running proxy: the port for TLS, the port that redirects to it, and the folder with its logs."""

    port: int
    plain: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> str:
        return str(self.folder / "certificate.pem")

    @property
    def key(self) -> str:
        return str(self.folder / "key.pem")

    def post(self, path: str, data: str, **arguments: Any) -> requests.Response:
        return requests.post(f"{self.url}/{path}", data, verify=self.certificate, timeout=20, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return requests.get(f"{self.url}/{path}", verify=self.certificate, timeout=20, **arguments)

    def logs(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.folder.glob("*.log")}


@contextmanager
def nginx(upstream: int, folder: Path, site: str = NGINX) -> Iterator[Proxy]:
    """Run nginx in front of the process at a port."""
    needs("nginx")
    proxy = _proxy(folder)
    site = re.sub(r"\n *listen \[::\].*;", "", site)  # not every machine has IPv6
    site = _with(
        site,
        {
            "listen 443": f"listen 127.0.0.1:{proxy.port}",
            "listen 80;": f"listen 127.0.0.1:{proxy.plain};",
            "/etc/letsencrypt/live/status.example.org/fullchain.pem": proxy.certificate,
            "/etc/letsencrypt/live/status.example.org/privkey.pem": proxy.key,
            "/var/log/nginx/": f"{folder}/",
            "_timeout 15s;": f"_timeout {MAX_SLOWNESS_S}s;",
            "    server 127.0.0.1:8082;\n": "",
            "127.0.0.1:8081": f"127.0.0.1:{upstream}",
        },
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""  # other users may not read the test's files
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; \n"
        f"events {{ worker_connections 4096; }}\n"
        f"http {{ access_log {folder}/access.log; include {folder}/site.conf; }}\n"
    )
    program = shutil.which("nginx") or "nginx"
    with _running([program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], proxy):
        yield proxy


@contextmanager
def caddy(upstream: int, folder: Path) -> Iterator[Proxy]:
    """Run Caddy in front of the process at a port."""
    needs("caddy")
    proxy = _proxy(folder)
    elsewhere = f"admin off\n\thttp_port {proxy.plain}\n\thttps_port {proxy.port}"
    site = _with(
        CADDY,
        {
            "\nstatus.example.org {": f"\n127.0.0.1 {{\n\ttls {proxy.certificate} {proxy.key}",
            "127.0.0.1:8081 {": f"127.0.0.1:{upstream} {{",
            "\n{\n\tlog": f"\n{{\n\t{elsewhere}\n\tlog",
        },
    )
    (folder / "Caddyfile").write_text(site)
    with _running(["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"], proxy):
        yield proxy


def _proxy(folder: Path) -> Proxy:
    """Where a proxy will be, with a self-signed certificate for this machine."""
    needs("openssl")
    proxy = Proxy(free_port(), free_port(), folder)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=status.example.org", "-addext", "subjectAltName=IP:127.0.0.1,DNS:status.example.org",
         "-keyout", proxy.key, "-out", proxy.certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return proxy


def _with(configuration: str, here: dict[str, str]) -> str:
    """The configuration with what is different on a test machine."""
    for documented, replacement in here.items():
        assert documented in configuration, documented
        configuration = configuration.replace(documented, replacement)
    return configuration


@contextmanager
def _running(command: Sequence[str], proxy: Proxy) -> Iterator[None]:
    said = proxy.folder / "proxy.log"
    with said.open("wb") as log:
        environ = {**os.environ, "HOME": str(proxy.folder)}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)

    def listens() -> bool:
        assert process.poll() is None, proxy.logs()
        try:
            proxy.get("")
        except requests.ConnectionError:
            return False
        return True

    try:
        wait_until(listens, "the proxy answers")
        yield
    finally:
        process.terminate()
        process.wait()
