"""Ways to sign in for browser tests: dashboards behind an OIDC provider, a proxy and signed links, all over
the same two projects, one of which holds words that not everybody may read."""

from __future__ import annotations

import re
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oidc_provider_mock import User, run_server_in_thread

from agentops_lite import LiteConfig, Project, serve
from tests.browser import ROOT, free_port, running_streamlit
from tests.otlp import llm, send

ONE = Project()
TWO = Project(id="22222222-2222-4222-8222-222222222222", api_key="33333333-3333-4333-8333-333333333333")
PROMPT, ANSWER = "What is our secret recipe?", "Seven herbs and one spice"
#: As attributes of a span, see `tests.otlp`.
CONVERSATION = {
    "gen_ai__prompt__0__role": "user", "gen_ai__prompt__0__content": PROMPT,
    "gen_ai__completion__0__role": "assistant", "gen_ai__completion__0__content": ANSWER,
}  # fmt: skip
#: What nobody may find who is not let in, or may not read texts, or not the other project.
SAID, BILLINGS = ("secret recipe", "Seven herbs"), ("billings-own-model",)
TRACE, SPAN, BILLINGS_TRACE = f"{1:032x}", f"{1:08x}{1:08x}", f"{2:032x}"
LINK_SECRET = "a secret that portal and dashboard share"
CLIENT_SECRET = "between provider and dashboard"
COOKIE_SECRET = "a secret that signs the dashboard's cookies"
#: Where the trusted proxy connects from; the tests' own connections come from 127.0.0.1.
PROXY_ADDRESS = "127.0.0.2"

ACCESS = """
[[people]]
who = ["alice@example.com"]
role = "operator"

[[people]]
groups = ["finance"]
role = "viewer"
projects = ["Support"]
"""


@contextmanager
def two_projects() -> Iterator[dict[str, str]]:
    """An AgentOps with both, and the variables that name it."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    with serve(LiteConfig(caches=False, projects=(ONE, TWO))) as url:
        send(url, [llm(1, 1, at, 40, 2, **CONVERSATION)])
        send(url, [llm(2, 1, at, 77, 3, gen_ai__response__model=BILLINGS[0])], key=TWO.api_key)
        yield {
            "AGENTOPS_PROJECTS": f"Support={ONE.api_key},Billing={TWO.api_key}",
            "AGENTOPS_API_ENDPOINT": url,
            "FORWARDED_ALLOW_IPS": "",  # as the launcher sets it
        }


@contextmanager
def behind_oidc(settings: dict[str, str], folder: Path) -> Iterator[str]:
    """A dashboard that signs viewers in at a provider of its own, which knows alice, bob and mallory."""
    port = free_port()
    with (
        oidc_provider(folder, port) as (env, option),
        running_streamlit(ROOT / "app.py", port, settings | env, option) as address,
    ):
        yield address


@contextmanager
def oidc_provider(folder: Path, port: int) -> Iterator[tuple[dict[str, str], str]]:
    """The provider for a dashboard at `port`; yields that one's variables, and an option of Streamlit."""
    (folder / "access.toml").write_text(ACCESS, "utf-8")
    people = [
        User(sub="alice", claims={"email": "alice@example.com", "email_verified": True}),
        User(sub="bob", claims={"email": "bob@example.com", "email_verified": True, "groups": ["finance"]}),
        User(sub="mallory", claims={"email": "alice@example.com", "email_verified": False}),
    ]
    with run_server_in_thread(user_claims=people) as provider:
        secrets = folder / "secrets.toml"
        secrets.write_text(
            f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "dashboard"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "http://localhost:{provider.server_port}/.well-known/openid-configuration"
""",
            "utf-8",
        )
        env = {"DASHBOARD_AUTH": "oidc", "DASHBOARD_ACCESS": str(folder / "access.toml")}
        yield env, f"--secrets.files={secrets}"


@contextmanager
def behind_proxy(settings: dict[str, str], folder: Path) -> Iterator[str]:
    """A dashboard that believes a proxy at :data:`PROXY_ADDRESS`, and nobody else."""
    (folder / "access.toml").write_text(ACCESS, "utf-8")
    env = settings | {
        "DASHBOARD_AUTH": "proxy",
        "DASHBOARD_ACCESS": str(folder / "access.toml"),
        "DASHBOARD_TRUSTED_PROXIES": PROXY_ADDRESS,
    }
    with running_streamlit(ROOT / "app.py", env=env) as address:
        yield address


@contextmanager
def behind_links(settings: dict[str, str], **more: str) -> Iterator[str]:
    """A dashboard that only links let readers into."""
    env = settings | {"DASHBOARD_AUTH": "link", "DASHBOARD_LINK_SECRET": LINK_SECRET} | more
    with running_streamlit(ROOT / "app.py", env=env) as address:
        yield address


@contextmanager
def proxied(address: str, *headers: str, strip: bool = True) -> Iterator[str]:
    """A proxy at :data:`PROXY_ADDRESS` that adds header lines to each request; yields its own address.

    Args:
        strip: takes what the client says of itself out, as a proxy must.
    """
    target = ("127.0.0.1", int(address.rpartition(":")[2]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_ones: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                open_ones.append(client)
                threading.Thread(target=_forward, args=(client, target, headers, strip), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for each in open_ones:
                each.close()


def _forward(client: socket.socket, target: tuple[str, int], headers: tuple[str, ...], strip: bool) -> None:
    """One request a connection, or one websocket."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(65_536)
        if not piece:
            client.close()
            return
        head += piece
    lines, rest = head.split(b"\r\n\r\n", 1)
    lines += b"\r\n"
    if strip:
        lines = re.sub(rb"(?im)^x-forwarded-(user|groups):[^\r\n]*\r\n", b"", lines)
    if b"upgrade: websocket" not in lines.lower():
        lines = re.sub(rb"(?im)^connection:[^\r\n]*\r\n", b"", lines) + b"Connection: close\r\n"
    added = "".join(f"{header}\r\n" for header in headers).encode()
    with client, socket.create_connection(target, source_address=(PROXY_ADDRESS, 0)) as upstream:
        upstream.sendall(lines + added + b"\r\n" + rest)
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, upstream)
            ready.register(upstream, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    assert isinstance(key.fileobj, socket.socket)
                    try:
                        piece = key.fileobj.recv(65_536)
                        if not piece:
                            return
                        key.data.sendall(piece)
                    except OSError:
                        return
