"""Keeps a Python process on loopback. Python imports this by its name when its folder is in PYTHONPATH.

Looking up or connecting to any other host fails like a network that is not there, and the host is
added to the file named by ``FLOW_OUTSIDE``, so that tests can say whom a program tried to call.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_loopback(host):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        with Path(os.environ["FLOW_OUTSIDE"]).open("a", encoding="utf-8") as outside:
            outside.write(f"{name}\n")
        raise OSError(f"{name} is not on loopback")


sys.addaudithook(_hook)
