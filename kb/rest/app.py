"""The WSGI application: routes to resources, and before them the answers that are ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import falcon

from kb.errors import KbError
from kb.index import Snapshot
from kb.query.explanation import PLURALS
from kb.records import Kind
from kb.rest import errors
from kb.rest.guard import Guard, timed
from kb.rest.kept import Kept, Ready
from kb.rest.resources import Explain, Health, Plain, Record, Search, Similar, Suggest, asked
from kb.service import KnowledgeBase, Reader

ErrorHandler = Callable[[falcon.Request, falcon.Response, Exception, dict[str, str]], None]
MOMENT = 0.002  # Seconds for which a ready answer may be that of the generation before.
LISTED: tuple[Kind, ...] = ("talk", "speaker", "tool", "rating", "mention", "note")
WHOLE: tuple[Kind, ...] = ("speaker", "tool", "note")


class Application(falcon.App[falcon.Request, falcon.Response]):
    """Falcon's application, which a plain GET whose answer is ready goes past."""

    def __init__(self, kb: KnowledgeBase, kept: Kept, guard: Guard) -> None:
        super().__init__(middleware=[guard], cors_enable=False)
        self._kb, self._kept, self._guard = kb, kept, guard
        self._newest: tuple[float, Snapshot | None] = (0.0, None)  # Until when, and what the newest generation is.

    def __call__(self, env: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request."""
        began = time.perf_counter()
        ready = self._ready(env)
        if ready is None:
            return super().__call__(env, start_response)
        start_response("200 OK", [*ready.headers, timed(began)])
        return (ready.data,)

    def _ready(self, env: WSGIEnvironment) -> Ready | None:
        """Returns the answer to a GET from a known Host, if it is ready; conditions and all else are Falcon's."""
        if env["REQUEST_METHOD"] != "GET" or "HTTP_IF_NONE_MATCH" in env:
            return None
        if not self._guard.is_allowed(env.get("HTTP_HOST", "")):
            return None
        try:
            return self._kept.ready(self._snapshot(), asked(env))
        except KbError:  # It is told as any other error is.
            return None

    def _snapshot(self) -> Snapshot:
        """Returns the newest generation, looked for again after a moment: each look hands the interpreter to another
        thread, which costs as much as the rest of a ready answer.
        """
        until, newest = self._newest
        if newest is None or time.monotonic() >= until:
            newest = self._kb.index.snapshot()
            self._newest = (time.monotonic() + MOMENT, newest)
        return newest


def _unexpected(kb: KnowledgeBase) -> ErrorHandler:
    """Returns what answers where nobody expected an error: that the index is damaged, if that is why."""

    def answer(request: falcon.Request, response: falcon.Response, error: Exception, params: dict[str, str]) -> None:
        try:
            kb.index.look_again()
        except KbError as damage:
            errors.on_kb_error(request, response, damage, params)
        else:
            errors.on_exception(request, response, error, params)

    return answer


def create_app(kb: KnowledgeBase, allowed_hosts: tuple[str, ...] = ()) -> Application:
    """Returns the application that answers for a KnowledgeBase."""
    kept = Kept()
    app = Application(kb, kept, Guard(allowed_hosts))
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_form_urlencoded = False
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    app.add_error_handler(Exception, _unexpected(kb))
    app.add_error_handler(falcon.HTTPError, errors.on_http_error)
    app.add_error_handler(KbError, errors.on_kb_error)
    app.add_route("/v1/search", Search(kb, kept))
    for kind in LISTED:
        app.add_route(f"/v1/{PLURALS[kind]}", Search(kb, kept, kind))
    app.add_route("/v1/talks/{note}/{talk}", Record(kb, kept, "talk"))
    for kind in WHOLE:
        app.add_route(f"/v1/{PLURALS[kind]}/{{id}}", Record(kb, kept, kind))
    app.add_route("/v1/talks/{note}/{talk}/similar", Similar(kb, kept))
    app.add_route("/v1/suggest", Suggest(kb, kept))
    app.add_route("/v1/explain", Explain(kb, kept))
    app.add_route("/v1/fields", Plain(kb, kept, Reader.fields))
    app.add_route("/v1/problems", Plain(kb, kept, Reader.problems))
    app.add_route("/v1/status", Plain(kb, None, Reader.status))  # It says how old the answer is: nothing to keep.
    app.add_route("/health", Health(kb))
    return app
