"""Errors as RFC 9457 problems: one JSON object with a stable code, on every path."""

from __future__ import annotations

import logging
from typing import Any

import falcon
from msgspec import UNSET, Struct, UnsetType

from kb import answers
from kb.errors import BadParameterError, KbError, UnknownRecordError
from kb.printable import one_line

log = logging.getLogger("kb")

MEDIA_TYPE = "application/problem+json"
NOSNIFF = ("X-Content-Type-Options", "nosniff")
_STATUS = {
    BadParameterError: falcon.HTTP_400,
    UnknownRecordError: falcon.HTTP_404,
}


class ProblemDetails(Struct):
    """A problem as RFC 9457 has it, with kb's stable `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    param: str | UnsetType = UNSET
    suggestion: str | UnsetType = UNSET


def problem(status: str, code: str, detail: str, **more: Any) -> bytes:
    """Returns a problem as it is sent."""
    number, _, title = status.partition(" ")
    said = {name: value for name, value in more.items() if value is not None}
    return answers.encode(ProblemDetails("about:blank", title, int(number), detail, code, **said))


def headers(status: str) -> list[tuple[str, str]]:
    """Returns the headers of a problem; what is not the client's fault may be tried again."""
    again = [("Retry-After", "5")] if status.startswith("503") else []
    return [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), NOSNIFF, *again]


def code_of(status: str) -> str:
    """Returns the code of a problem that its status says all of: `not_found` for `404 Not Found`."""
    return status.partition(" ")[2].lower().replace(" ", "_").replace("'", "")


def respond(response: falcon.Response, status: str, code: str, detail: str, **more: Any) -> None:
    """Makes a response a problem."""
    response.status = status
    for name, value in headers(status):
        response.set_header(name, value)
    response.data = problem(status, code, detail, **more)


def on_kb_error(request: falcon.Request, response: falcon.Response, error: KbError, params: dict[str, str]) -> None:
    """Answers what kb raises on purpose; what is not the client's fault is 503."""
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), falcon.HTTP_503)
    respond(
        response,
        status,
        error.code,
        str(error),
        param=getattr(error, "param", None),
        suggestion=getattr(error, "suggestion", None),
    )


def on_http_error(
    request: falcon.Request, response: falcon.Response, error: falcon.HTTPError, params: dict[str, str]
) -> None:
    """Answers what Falcon refuses: a path that is none, a method that is not allowed, a header that is wrong."""
    for name, value in dict(error.headers or {}).items():
        response.set_header(name, value)
    status = str(error.status)
    detail = error.description or {
        "404": f"there is nothing at {request.path}; the resources are below /v1, /v1/search first",
        "405": f"{request.method} is not allowed at {request.path}; what is, stands in the Allow header",
    }.get(status[:3], error.title or status)
    respond(response, status, code_of(status), detail)


def on_exception(request: falcon.Request, response: falcon.Response, error: Exception, params: dict[str, str]) -> None:
    """Answers what nobody expected: the request is refused, the server goes on, and stderr says what it was."""
    log.error("could not answer %s %s", request.method, one_line(request.relative_uri), exc_info=error)
    respond(response, falcon.HTTP_503, "internal", "kb could not answer this request; the server's log says why")
