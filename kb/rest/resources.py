"""The resources: each reads its parameters, asks the KnowledgeBase, and writes the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from wsgiref.types import WSGIEnvironment

import falcon
from rapidfuzz import process

from kb.errors import BadParameterError
from kb.fields import FIELDS
from kb.query.explanation import PLURALS
from kb.records import Kind
from kb.rest.kept import Asked, Kept
from kb.service import COMPLETIONS, LIMIT, KnowledgeBase, Reader, Request

COMMON = ("q", "kind", "sort", "limit", "cursor", "facet", "highlight", "explain")


def parameters(request: falcon.Request, known: Iterable[str], repeated: Iterable[str] = ()) -> dict[str, list[str]]:
    """Returns the query parameters; raises BadParameterError for an unknown one, or one given twice."""
    known, repeated = tuple(known), frozenset(repeated)
    said: dict[str, list[str]] = {}
    for name, value in request.params.items():
        values = value if isinstance(value, list) else [value]
        if name not in known:
            near = process.extractOne(name, known, score_cutoff=50)
            hint = f"; there are: {', '.join(known)}" if known else "; this resource takes none"
            raise BadParameterError(
                name, f"there is no parameter {name!r}{hint}", near[0] if near else None, "unknown_parameter"
            )
        if len(values) > 1 and name not in repeated:
            raise BadParameterError(name, f"{name} is given {len(values)} times", code="repeated_parameter")
        said[name] = values
    return said


def asked(environ: WSGIEnvironment) -> Asked:
    """Returns what tells a request from those with other answers: its path and query, as the server gives them."""
    return environ["PATH_INFO"], environ["QUERY_STRING"]


class Resource:
    """Answers GET, and HEAD as GET: the server leaves the body out. What was answered is kept for a generation."""

    def __init__(self, kb: KnowledgeBase, kept: Kept | None = None) -> None:
        self.kb, self.kept = kb, kept

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns the wire record that answers a request, all of it out of what the reader reads."""
        raise NotImplementedError

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with the record, or 304 where the client has the same bytes already."""
        kept = self.kept or Kept()
        reader = self.kb.reader()
        ready = kept.answer(reader.snapshot, asked(request.env), lambda: self.answered(reader, request, **parts))
        response.set_header("Cache-Control", "no-cache")
        response.etag = ready.etag
        if request.if_none_match and any(tag in ("*", ready.etag) for tag in request.if_none_match):
            response.status = falcon.HTTP_304
            response.content_type = None
            return
        response.content_type = falcon.MEDIA_JSON
        response.data = ready.data

    def on_head(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers a HEAD."""
        self.on_get(request, response, **parts)


class Search(Resource):
    """`/v1/search`, and the listing of each kind, which also takes every field as a parameter."""

    def __init__(self, kb: KnowledgeBase, kept: Kept | None = None, kind: Kind | None = None) -> None:
        super().__init__(kb, kept)
        self.kind = kind
        self.path = f"/v1/{PLURALS[kind]}" if kind else "/v1/search"
        self.fields = tuple(name for name in FIELDS if name != "kind") if kind else ()

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns a page of hits."""
        said = parameters(request, (*COMMON, *self.fields), ("facet", *self.fields))
        first = {name: values[0] for name, values in said.items()}
        made = Request(
            q=first.get("q", ""),
            kind=first.get("kind") or self.kind,
            sort=first.get("sort"),
            limit=first.get("limit", LIMIT),
            cursor=first.get("cursor"),
            facets=[name for value in said.get("facet", []) for name in value.split(",")],
            highlight=_flag("highlight", first.get("highlight", "true")),
            explain=_flag("explain", first.get("explain", "false")),
            fields={name: said[name] for name in self.fields if name in said},
            path=self.path,
        )
        return reader.at(made).search(made)


def _flag(name: str, value: str) -> bool:
    if value.lower() in ("true", "1", "yes", "false", "0", "no"):
        return value.lower() in ("true", "1", "yes")
    raise BadParameterError(name, f"{name} is true or false, not {value!r}", code="bad_value")


class Record(Resource):
    """One whole record by its id; a talk's has two parts, its note's and its own."""

    def __init__(self, kb: KnowledgeBase, kept: Kept | None, kind: Kind) -> None:
        super().__init__(kb, kept)
        self.kind = kind

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns the record."""
        parameters(request, ())
        return reader.whole("/".join(parts.values()), self.kind, html=True)


class Similar(Resource):
    """`/v1/talks/{note}/{talk}/similar`: talks like one."""

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns the most similar talks."""
        said = parameters(request, ("limit",))
        return reader.similar("/".join(parts.values()), said.get("limit", [LIMIT])[0])


class Suggest(Resource):
    """`/v1/suggest`: completions of what is being typed."""

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns completions, the likeliest first."""
        said = parameters(request, ("q", "limit"))
        return reader.suggest(said.get("q", [""])[0], said.get("limit", [COMPLETIONS])[0])


class Explain(Resource):
    """`/v1/explain`: how a question is understood."""

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns the `query` object alone, and what each rule took the words for."""
        said = parameters(request, ("q",))
        return reader.explain(said.get("q", [""])[0])


class Plain(Resource):
    """A resource without parameters: fields, problems, status."""

    def __init__(self, kb: KnowledgeBase, kept: Kept | None, verb: Callable[[Reader], object]) -> None:
        super().__init__(kb, kept)
        self.verb = verb

    def answered(self, reader: Reader, request: falcon.Request, **parts: str) -> object:
        """Returns what the verb does."""
        parameters(request, ())
        return self.verb(reader)


class Health(Resource):
    """`/health`: 200 when questions can be answered, 503 when not."""

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers by opening the index as a question would."""
        self.kb.reader()
        response.content_type = falcon.MEDIA_JSON
        response.set_header("Cache-Control", "no-store")
        response.data = b'{"status":"ok"}'
