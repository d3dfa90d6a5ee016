"""The resources: each reads its parameters, asks the KnowledgeBase, and writes the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import falcon
from rapidfuzz import process

from kb import answers
from kb.errors import BadParameterError
from kb.fields import FIELDS
from kb.query.explanation import PLURALS
from kb.records import Kind
from kb.service import KnowledgeBase

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


def write(request: falcon.Request, response: falcon.Response, value: object) -> None:
    """Writes a wire record, or 304 where the client has the same bytes already."""
    data = answers.encode(value)
    response.set_header("Cache-Control", "no-cache")
    etag = hashlib.blake2b(data, digest_size=12).hexdigest()
    response.etag = etag
    if request.if_none_match and any(tag in ("*", etag) for tag in request.if_none_match):
        response.status = falcon.HTTP_304
        response.content_type = None
        return
    response.content_type = falcon.MEDIA_JSON
    response.data = data


class Resource:
    """Answers HEAD as GET; the server leaves the body out."""

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers a GET."""
        raise NotImplementedError

    def on_head(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers a HEAD."""
        self.on_get(request, response, **parts)


class Search(Resource):
    """`/v1/search`, and the listing of each kind, which also takes every field as a parameter."""

    def __init__(self, kb: KnowledgeBase, kind: Kind | None = None) -> None:
        self.kb, self.kind = kb, kind
        self.path = f"/v1/{PLURALS[kind]}" if kind else "/v1/search"
        self.fields = tuple(name for name in FIELDS if name != "kind") if kind else ()

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers a question with a page of hits."""
        said = parameters(request, (*COMMON, *self.fields), ("facet", *self.fields))
        first = {name: values[0] for name, values in said.items()}
        answer = self.kb.search(
            q=first.get("q", ""),
            kind=first.get("kind") or self.kind,
            sort=first.get("sort"),
            limit=first.get("limit", "20"),
            cursor=first.get("cursor"),
            facet=[name for value in said.get("facet", []) for name in value.split(",")],
            highlight=_flag("highlight", first.get("highlight", "true")),
            explain=_flag("explain", first.get("explain", "false")),
            fields={name: said[name] for name in self.fields if name in said},
            path=self.path,
        )
        write(request, response, answer)


def _flag(name: str, value: str) -> bool:
    if value.lower() in ("true", "1", "yes", "false", "0", "no"):
        return value.lower() in ("true", "1", "yes")
    raise BadParameterError(name, f"{name} is true or false, not {value!r}", code="bad_value")


class Record(Resource):
    """One whole record by its id; a talk's has two parts, its note's and its own."""

    def __init__(self, kb: KnowledgeBase, kind: Kind) -> None:
        self.kb, self.kind = kb, kind

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with the record."""
        parameters(request, ())
        write(request, response, self.kb.whole(self.kind, "/".join(parts.values()), html=True))


class Similar(Resource):
    """`/v1/talks/{note}/{talk}/similar`: talks like one."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with the most similar talks."""
        said = parameters(request, ("limit",))
        write(request, response, self.kb.similar("/".join(parts.values()), said.get("limit", ["20"])[0]))


class Suggest(Resource):
    """`/v1/suggest`: completions of what is being typed."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with completions, the likeliest first."""
        said = parameters(request, ("q", "limit"))
        write(request, response, self.kb.suggest(said.get("q", [""])[0], said.get("limit", ["10"])[0]))


class Explain(Resource):
    """`/v1/explain`: how a question is understood."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with the `query` object alone, and what each rule took the words for."""
        said = parameters(request, ("q",))
        write(request, response, self.kb.explain(said.get("q", [""])[0]))


class Plain(Resource):
    """A resource without parameters: fields, problems, status."""

    def __init__(self, kb: KnowledgeBase, verb: str) -> None:
        self.kb, self.verb = kb, verb

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers with what the verb returns."""
        parameters(request, ())
        write(request, response, getattr(self.kb, self.verb)())


class Health(Resource):
    """`/health`: 200 when questions can be answered, 503 when not."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb

    def on_get(self, request: falcon.Request, response: falcon.Response, **parts: str) -> None:
        """Answers by opening the index as a question would."""
        self.kb.index.snapshot()
        response.content_type = falcon.MEDIA_JSON
        response.set_header("Cache-Control", "no-store")
        response.data = b'{"status":"ok"}'
