"""Generated requests, none of which is answered by 5xx, and whose answers never contradict one another."""

from __future__ import annotations

import gc
import http.client
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes, urlsplit
from wsgiref.util import setup_testing_defaults

import pytest
from click.testing import CliRunner

from kb.cli import cli
from kb.config import Config
from kb.fields import FIELDS
from kb.rest.app import create_app
from kb.service import KnowledgeBase
from tests.reliability.campaign import LISTINGS, Asked, Requests, world
from tests.reliability.counted import counted, times
from tests.reliability.served import Served

CASES = times(2_000, 50_000)
SERVED = CASES // 10
SEED = 20


class Given(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[[Asked], Given]


def in_process(kb: KnowledgeBase) -> Ask:
    """Returns what asks the application without a server between."""
    app = create_app(kb)

    def ask(asked: Asked) -> Given:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": unquote_to_bytes(asked.path).decode("latin-1"),
            "QUERY_STRING": asked.query,
            "HTTP_HOST": "localhost:8000",
            "wsgi.errors": io.StringIO(),
        }
        for name, value in asked.headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        setup_testing_defaults(environ)
        told: list[tuple[str, list[tuple[str, str]]]] = []
        body = b"".join(app(environ, lambda status, headers, _=None: told.append((status, headers))))  # type: ignore[arg-type]
        (status, headers) = told[0]
        return Given(int(status[:3]), {name.lower(): value for name, value in headers}, body)

    return ask


@contextmanager
def over_the_wire(url: str) -> Iterator[Ask]:
    """Gives what asks a server by one connection, which is opened anew where the server closes it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(asked: Asked) -> Given:
        connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
        headers = dict(asked.headers)
        for name, value in ({"Host": "localhost"} | headers).items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders()
        response = connection.getresponse()
        given = Given(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        if response.will_close:
            connection.close()
        return given

    try:
        yield ask
    finally:
        connection.close()


class Campaign:
    """Asks, and holds every response against the others."""

    def __init__(self, ask: Ask, requests: Requests, index: Path) -> None:
        self._ask, self.requests, self.index = ask, requests, index
        self.count = 0
        self.seen: Counter[str] = Counter()

    def ask(self, asked: Asked) -> Given:
        """Returns the response to a request, which in itself is as it has to be."""
        given = self._ask(asked)
        self.count += 1
        self.seen[f"{given.status}"] += 1
        assert given.status < 500, (asked, given)
        if given.status == 304 or asked.method == "HEAD":
            return given
        if given.status >= 400:
            said = given.json
            assert given.headers["content-type"] == "application/problem+json", (asked, given)
            assert {"type", "title", "status", "detail", "code"} <= said.keys(), (asked, given)
            assert said["status"] == given.status
            assert given.status != 405 or given.headers["allow"], (asked, given)
        elif asked.method == "GET":
            assert given.headers["content-type"] == "application/json", (asked, given)
            assert int(given.headers["content-length"]) == len(given.body)
            self._learn(asked, given)
        return given

    def _learn(self, asked: Asked, given: Given) -> None:
        if "etag" in given.headers:
            self.requests.learn_tag(given.headers["etag"])
        said = given.json
        if "hits" in said:
            assert len(said["hits"]) <= min(said["limit"], said["total"]), (asked, said)
            assert (said["next"] is None) == (said["next_url"] is None)
            self.requests.learn(said)

    def get(self, path: str, query: Iterable[tuple[str, str]] = ()) -> Any:
        """Returns the answer to a request that has one."""
        given = self.ask(Asked(path, "&".join(f"{name}={quote_plus(value)}" for name, value in query)))
        assert given.status == 200, (path, query, given)
        return given.json

    def question(self) -> None:
        """Asks a question whole: its pages, its facets, its canonical form, its records, HEAD, and the command line."""
        asked = self.requests.plain_search()
        given = self.ask(asked)
        if given.status == 400:
            assert given.json["code"] == "bad_value", (asked, given)
            return
        answer, query = given.json, parse_qsl(asked.query, keep_blank_values=True)
        self._facets(query, answer, self._pages(asked, answer))
        self._canonical(query, answer)
        if answer["hits"]:
            hit = self.requests.draw.choice(answer["hits"])
            assert self.get(hit["url"])["id"] == hit["id"].partition("@")[0], (asked, hit)
        head = self.ask(asked._replace(method="HEAD"))
        assert (head.status, head.headers.get("etag")) == (200, given.headers["etag"]), (asked, head)
        again = self.ask(asked._replace(headers=(("If-None-Match", given.headers["etag"]),)))
        assert (again.status, again.body) == (304, b""), (asked, again)
        if self.requests.draw.random() < 0.3:
            self._command_line(query)

    def _pages(self, asked: Asked, answer: Any) -> list[Any]:
        """Follows `next_url` to the end: every hit comes once, and no page says otherwise of the whole."""
        hits, page = list(answer["hits"]), answer
        while page["next_url"]:
            path, _, query = page["next_url"].partition("?")
            page = self.ask(Asked(path, query)).json
            for name in ("kind", "total", "limit", "facets", "query", "index"):
                assert page[name] == answer[name], (asked, name, page)
            assert page["hits"], (asked, page)
            hits += page["hits"]
        ids = {hit["id"] for hit in hits}
        assert len(ids) == len(hits) == answer["total"], (asked, [hit["id"] for hit in hits], answer["total"])
        return hits

    def _facets(self, query: list[tuple[str, str]], answer: Any, hits: list[Any]) -> None:
        """Asks for the talks with a value of a facet: there are as many as the facet says."""
        facets = [(name, value) for name, values in answer["facets"].items() for value in values]
        if answer["kind"] != "talk" or answer["query"]["warnings"] or not facets:
            return
        name, value = self.requests.draw.choice(facets)
        kept = [(n, v) for n, v in query if n == "q" or (n in FIELDS and n != "kind")]
        if name == "kind":
            self._counted(kept, value["value"], value["count"], answer["query"]["canonical"])
        elif name == "speaker":  # Of a person under any spelling, where a condition looks for the one that a talk has.
            people = self.get("/v1/speakers", [("limit", "100")])["hits"]
            ids = {person["id"] for person in people if person["name"] == value["value"]}
            spoken = [hit for hit in hits if ids & {who["id"] for who in hit["speakers"]}]
            assert len(spoken) == value["count"], (query, value, spoken)
        elif name not in dict(kept):
            found = self.get("/v1/talks", [*kept, (name, str(value["value"])), ("limit", "100"), ("facet", name)])
            counts = {v["value"]: v["count"] for v in found["facets"][name]}
            assert counts.get(value["value"]) == value["count"], (query, name, value, found)
            # Other names may have the words of this one, too; a number is a number.
            assert found["total"] == value["count"] or name not in ("rating", "year"), (query, name, value, found)

    def _counted(self, kept: list[tuple[str, str]], kind: str, count: int, canonical: str) -> None:
        """Asks for another kind: there are as many records of it as the facet says, or fewer if they are to satisfy more."""
        found = self.get("/v1/talks", [*kept, ("kind", kind)])
        if kind == "note":  # Those without talks count, too.
            assert found["total"] >= count, (kept, kind, count, found)
        elif any(f"{field.name}:" in canonical for field in FIELDS.values() if kind in field.own):
            assert found["total"] <= count, (kept, kind, count, found)
        else:
            assert found["total"] == count, (kept, kind, count, found)

    def _canonical(self, query: list[tuple[str, str]], answer: Any) -> None:
        """Asks the canonical form: it finds the same."""
        kept = [(n, v) for n, v in query if n in ("limit", "highlight", "explain", "facet")]
        again = self.get("/v1/search", [("q", answer["query"]["canonical"]), *kept])
        for name in ("kind", "hits", "total", "facets"):
            assert again[name] == answer[name], (query, answer["query"], name, again["query"])

    def _command_line(self, query: list[tuple[str, str]]) -> None:
        """Asks the same on the command line: it writes what REST gives, to the byte."""
        said = dict(query)
        given = self.ask(Asked("/v1/search", "&".join(f"{n}={quote_plus(v)}" for n, v in query if n not in FIELDS)))
        if any(n in FIELDS for n in said) or given.status != 200 or "\x00" in said.get("q", "") or not said.get("q"):
            return
        options = [f"--{n}={v}" for n, v in query if n in ("kind", "sort", "limit", "facet")]
        options += ["--explain"] if said.get("explain") == "true" else []
        if said.get("highlight") == "false":
            return
        result = CliRunner().invoke(
            cli, ["--index", str(self.index), "search", *options, "--format", "json", "--", said["q"]]
        )
        gc.enable()  # Which a command turns off for the short time that it runs.
        assert result.stdout_bytes == given.body + b"\n", (query, result)
        assert result.exit_code == (0 if given.json["hits"] else 1), (query, result)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Returns the folders of an index of two generations and of its notes."""
    folder, draw = tmp_path_factory.mktemp("campaign"), random.Random(SEED)
    world(folder / "notes", draw)
    kb = KnowledgeBase(Config(index=folder / "index", notes=str(folder / "notes")))
    kb.ingest()
    (folder / "notes" / "one more.md").write_text("# Caches, again ★★\n**Grace Hopper (Acme)**\n\nWe use strace.\n")
    kb.ingest()
    return folder / "index", folder / "notes"


def run(campaign: Campaign, cases: int) -> None:
    """Asks so many requests, some of them by the questions that are asked whole."""
    for listing in ("search", *LISTINGS):
        campaign.get(f"/v1/{listing}", [("limit", "100")])
    while campaign.count < cases:
        if campaign.requests.draw.random() < 0.1:
            campaign.question()
        else:
            campaign.ask(campaign.requests.any())


def test_a_campaign_of_requests(built: tuple[Path, Path]) -> None:
    index, notes = built
    kb = KnowledgeBase(Config(index=index, notes=str(notes)))
    with counted("a campaign of requests", CASES) as details:
        campaign = Campaign(in_process(kb), Requests(random.Random(SEED)), index)
        run(campaign, CASES - SERVED)
        with Served(index, notes) as server, over_the_wire(server.url) as ask:
            wired = Campaign(ask, Requests(random.Random(SEED + 1)), index)
            run(wired, SERVED)
            assert not [line for line in server.said if "Traceback" in line], server.said
        details.update(sorted((campaign.seen + wired.seen).items()))
