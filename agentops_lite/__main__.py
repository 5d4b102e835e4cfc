"""`python -m agentops_lite`: start the server, say how to reach it, stop cleanly on Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from agentops_lite.app import create_app
from agentops_lite.config import DEFAULT_PORT, LiteConfig
from agentops_lite.server import PortTaken, listen, uvicorn_server
from agentops_lite.store import DataUnusable


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m agentops_lite", description="AgentOps in one process.")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: loopback only)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port (default: %(default)s; 0: any free one)"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep spans, logs and secrets in this folder"
    )
    parser.add_argument(
        "--demo", action="store_true", help="thirty believable days, and new traces while it runs"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the demonstration data (default: %(default)s)"
    )
    parser.add_argument(
        "--auth", choices=("jwt", "session", "both"), default="both", help="credentials that v4 takes"
    )
    parser.add_argument(
        "--dialect", choices=("query", "path", "both"), default="both", help="forms of v4 to serve"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    try:
        config = LiteConfig(
            data=options.data,
            demo=options.demo,
            seed=options.seed,
            auth=options.auth,
            dialect=options.dialect,
        )
    except ValueError as error:
        _say(f"agentops_lite: {error}.", error=True)
        return 2
    try:
        listener = listen(options.host, options.port)
    except PortTaken as error:
        _say(
            f"agentops_lite: cannot listen on {options.host}:{options.port} ({error.strerror}); "
            "stop what runs there or choose another --port.",
            error=True,
        )
        return 1
    except (OverflowError, OSError) as error:
        _say(f"agentops_lite: cannot listen on {options.host}:{options.port} ({error}).", error=True)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listener, contextlib.suppress(KeyboardInterrupt):
        try:
            server = uvicorn_server(create_app(config))
        except DataUnusable as error:
            _say(f"agentops_lite: {error}.", error=True)
            return 1
        _announce(config, options.host, listener.getsockname()[1])
        server.run(sockets=[listener])
    return 0


def _announce(config: LiteConfig, host: str, port: int) -> None:
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    base = f"http://{f'[{here}]' if ':' in here else here}:{port}"
    what = "demonstration data" if config.demo else "no demonstration data"
    _say(f"agentops_lite: AgentOps in one process, {what}, at {base} (Ctrl-C stops it)")
    if not _is_loopback(host):
        _say(f"agentops_lite: WARNING: other machines can reach {host}, and these keys are published.")
    _say(f"AGENTOPS_API_KEY={config.projects[0].api_key}")
    _say(f"AGENTOPS_API_ENDPOINT={base}")
    _say(f"AGENTOPS_EXPORTER_ENDPOINT={base}/v1/traces")
    if config.serves_path:
        _say(f"AGENTOPS_SESSION_EMAIL={config.email}")
        _say(f"AGENTOPS_SESSION_PASSWORD={config.password}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(line: str, *, error: bool = False) -> None:
    # Written straight through: a parent process that waits for these lines reads them from a pipe.
    print(line, file=sys.stderr if error else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
