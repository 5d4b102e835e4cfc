"""Query parameters and JSON bodies, refused in FastAPI's words (422).

Upstream declares `Optional[datetime]` and bounded integers; the same declarations in pydantic give the same
errors. What upstream then does to a time is the trap: it prints the clock fields and forgets zone and
fraction, so `11:00+05:00` asks for 11:00 UTC and `06:00:00.999` for 06:00:00. Recordings:
traces_list/range_*, limit_bad_*.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from agentops_lite.errors import ApiError

_NS = 1_000_000_000


class RangeParams(BaseModel):
    """`start_time` and `end_time`, both optional."""

    start_time: datetime | None = None
    end_time: datetime | None = None


class ListParams(RangeParams):
    query: str | None = None
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0)
    order_by: str = "start_time"
    sort_order: str = "DESC"


class QueryDialectProject(BaseModel):
    project_id: str


class QueryDialectRange(QueryDialectProject, RangeParams):
    pass


class QueryDialectList(QueryDialectProject, ListParams):
    """Older builds page with `limit` and `offset`, the portal's with `page` and `size`; both may come
    in one request.
    """

    page: int | None = Field(None, ge=1)
    size: int | None = Field(None, ge=1, le=100)

    def paged(self) -> ListParams:
        """The same question in limit and offset; `page` and `size` win."""
        limit = self.size or self.limit
        offset = (self.page - 1) * limit if self.page else self.offset
        return self.model_copy(update={"limit": limit, "offset": offset})


class TokenBody(BaseModel):
    api_key: str


class LoginBody(BaseModel):
    email: str
    password: str


P = TypeVar("P", bound=BaseModel)


def query_params(model: type[P], request: Request) -> P:
    """The parameters that the model knows (unknown ones are ignored), or a 422."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise ApiError(422, _details(error, "query")) from None


async def json_body(model: type[P], request: Request, *, limit: int) -> P:
    """The JSON body, or a 422 that says which field."""
    raw = await read_body(request, limit=limit)
    if not raw:
        raise ApiError(422, [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
    content_type = request.headers.get("content-type", "application/json")
    try:
        document: Any = json.loads(raw) if "json" in content_type else raw.decode("utf-8", "replace")
    except json.JSONDecodeError as error:
        detail = {
            "type": "json_invalid",
            "loc": ["body", error.pos],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.msg},
        }
        raise ApiError(422, [detail]) from None
    except (ValueError, RecursionError):
        raise ApiError(400, "There was an error parsing the body") from None
    if not isinstance(document, dict):
        detail = {
            "type": "model_attributes_type",
            "loc": ["body"],
            "msg": "Input should be a valid dictionary or object to extract fields from",
            "input": document,
        }
        raise ApiError(422, [detail])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ApiError(422, _details(error, "body")) from None


async def read_body(request: Request, *, limit: int) -> bytes:
    """The whole body, or 413 as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise ApiError(413, f"File size exceeds the maximum limit of {limit} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ApiError(413, f"File size exceeds the maximum limit of {limit} bytes")
    return bytes(body)


def _details(error: ValidationError, place: str) -> list[dict[str, Any]]:
    details = []
    for item in error.errors(include_url=False):
        detail: dict[str, Any] = {
            "type": item["type"],
            "loc": [place, *item["loc"]],
            "msg": item["msg"],
            "input": item["input"],
        }
        if "ctx" in item:
            detail["ctx"] = {
                k: v if isinstance(v, str | int | float) else str(v) for k, v in item["ctx"].items()
            }
        details.append(detail)
    return details


def clock_ns(time: datetime | None) -> int | None:
    """Upstream's reading of a time: its clock fields as UTC, whole seconds, whatever zone was written."""
    if time is None:
        return None
    seconds = int(time.replace(tzinfo=UTC, microsecond=0).timestamp())
    return min(max(seconds * _NS, -(2**63)), 2**63 - 1)
