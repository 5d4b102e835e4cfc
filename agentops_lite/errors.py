"""Errors in upstream's words. Each carries the status and the exact body that the recordings show."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not 200: `{"detail": …}` unless another body is given."""

    def __init__(self, status: int, detail: Any = None, *, body: Any = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.body = {"detail": detail} if body is None else body


class UpstreamFailure(ApiError):
    """What ends in an unhandled exception upstream: 500 `{"error": "Internal Server Error"}`."""

    def __init__(self, reason: str) -> None:
        super().__init__(500, body={"error": "Internal Server Error"})
        self.reason = reason
