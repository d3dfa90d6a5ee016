"""The WSGI application: routes to resources, and nothing else."""

from __future__ import annotations

import falcon

from kb.errors import KbError
from kb.query.explanation import PLURALS
from kb.records import Kind
from kb.rest import errors
from kb.rest.guard import Guard
from kb.rest.kept import Kept
from kb.rest.resources import Explain, Health, Plain, Record, Search, Similar, Suggest
from kb.service import KnowledgeBase

LISTED: tuple[Kind, ...] = ("talk", "speaker", "tool", "rating", "mention", "note")
WHOLE: tuple[Kind, ...] = ("speaker", "tool", "note")


def create_app(kb: KnowledgeBase, allowed_hosts: tuple[str, ...] = ()) -> falcon.App[falcon.Request, falcon.Response]:
    """Returns the application that answers for a KnowledgeBase."""
    app: falcon.App[falcon.Request, falcon.Response] = falcon.App(middleware=[Guard(allowed_hosts)], cors_enable=False)
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_form_urlencoded = False
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    app.add_error_handler(Exception, errors.on_exception)
    app.add_error_handler(falcon.HTTPError, errors.on_http_error)
    app.add_error_handler(KbError, errors.on_kb_error)
    kept = Kept()
    app.add_route("/v1/search", Search(kb, kept))
    for kind in LISTED:
        app.add_route(f"/v1/{PLURALS[kind]}", Search(kb, kept, kind))
    app.add_route("/v1/talks/{note}/{talk}", Record(kb, kept, "talk"))
    for kind in WHOLE:
        app.add_route(f"/v1/{PLURALS[kind]}/{{id}}", Record(kb, kept, kind))
    app.add_route("/v1/talks/{note}/{talk}/similar", Similar(kb, kept))
    app.add_route("/v1/suggest", Suggest(kb, kept))
    app.add_route("/v1/explain", Explain(kb, kept))
    for verb in ("fields", "problems"):
        app.add_route(f"/v1/{verb}", Plain(kb, kept, verb))
    app.add_route("/v1/status", Plain(kb, None, "status"))  # It says how old the answer is: nothing to keep.
    app.add_route("/health", Health(kb))
    return app
