"""Generated requests over all endpoints, parameters, cursors, methods and headers, and the notes that they are asked of."""

from __future__ import annotations

import base64
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from kb.fields import FACETS, FIELDS, SORTS
from kb.records import KINDS
from tests.reliability.notes import PEOPLE, TITLES, TOOLS, note

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "notes"
LISTINGS = ("talks", "speakers", "tools", "ratings", "mentions", "notes")
COMMON = ("q", "kind", "sort", "limit", "cursor", "facet", "highlight", "explain")
FIELD_NAMES = tuple(name for name in FIELDS if name != "kind")
HOSTILE = (
    "", "%20", "%00", "%ff%fe", "%ED%A0%80", "%", "%zz", "%2", "%25", "..", "../../etc/passwd", "'", '%22"', "\\", "<script>",
    "a" * 3000, "(" * 300, "%F0%9F%A6%80", "%E2%80%8D", "%0d%0aX:%20y", "null", "NaN", "-1", "1e999", "9" * 40, "[]", "{}",
    "true,false", "rating:", ":", "::", "a:b:c", "*", "**", "~", "x~9", "*e*", "AND", "OR%20OR", "NOT+NOT+x", "sort:", "kind:",
    "%D9%A3", "%C4%B0", "%EF%BC%95", "%CC%81", "%E2%80%AE", "${7*7}", "{{7*7}}", "%3B", "%26", "%23", "+", "++", "/", "//",
)  # fmt: skip
TALKS = (
    '# "Quoted" & <b>bold</b> AND OR NOT ★★★★\n**Ada Lovelace (R&D "Labs")**\n\nWe use `strace`, rating:5 -perf (x\n',
    "# C++ / C#: a:b ~2 * 5/5\n**Čeněk Říha; 李明 @ming**\n\nnode.js and `c++filt`; latency 等待\n",
    "# sort:-rating kind:note 3/5\n**O'Brien-Smith, Node.js Inc.**\n\n`redis` \\ path:x has:rating\n",
    "# ..2014.. 2.5/5\n**A. B. C. (42)**\n\n100% of `k8s` \u202e\u200d\u0301 caf\u00e9 cafe\u0301\n",
)
WORDS = (
    "latency", "caches", "cache", "tail", "linux", "queues", "performance", "strace", "perf", "redis", "ada", "lovelace",
    "kay", "hopper", "velocity", "latncy", "strce", "quotd", "labs", "node.js", "c++", "c#", "等待", "café", "the", "of", "nothing",
)  # fmt: skip
ENGLISH = (
    "five-star talks", "4+ stars", "at least three stars", "unrated talks", "best talks", "latest talks", "talks by Ada Lovelace",
    "talks mentioning strace but not perf", "tools mentioned in five-star talks", "speakers from Acme", "talks since 2014",
    "who talked about caches", "talks at Velocity", "notes", "ratings", "mentions of redis", "speakers", "talks by people from acme",
)  # fmt: skip
OPERATED = (
    "{} {}", "{} OR {}", "{} -{}", "NOT {}", "({} OR {}) {}", '"{} {}"', "{}*", "{}~", "{}~2", "title:{}", "text:{}", "speaker:{}",
    "tool:{}", "affiliation:{}", "handle:{}", "event:{}", "path:{}", 'title:"{} {}"', "speaker:({} OR {})", "-({} {})",
    "tool:{}*", "speaker:{}~", "{} sort:-rating", "{} kind:tool", "{} kind:speaker", "{} rating:4..", "{} has:rating",
    "{} date:2014..2016", "{} year:2015", "-has:affiliation {}", "rating:..3 {}", "{}  AND {}", "unknown:{}",
)  # fmt: skip
VALUES = {
    "rating": ("5", "4..", "..3", "2..4", ">=4", "high", "2,5"),
    "year": ("2014", "2015..", "..2016", "x"),
    "date": ("2014", "2015-05", "2015-05-28", "2014..2016", "2015-13", "yesterday"),
    "kind": (*KINDS, "tools", "Tool", "tols"),
    "sort": (*SORTS, *(f"-{name}" for name in SORTS), "-rating,title", "rating,,date", "ratng"),
    "limit": ("1", "2", "3", "7", "20", "100", "0", "101", "-1", "1.0", "07", "+5"),
    "facet": (*FACETS, "tool,event", "rating,rating", "colour"),
    "highlight": ("true", "false", "0", "yes", "maybe"),
    "explain": ("true", "false", "1", "No", "?"),
}
METHODS = ("HEAD", "HEAD", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT")
HEADERS = (
    ("Host", "evil.example"), ("Host", "[::1]:80"), ("Host", ""), ("Host", "localhost:99999999"), ("Accept", "text/html"),
    ("Accept", "*/*;q=x"), ("Accept-Encoding", "gzip"), ("If-None-Match", "*"), ("If-None-Match", '"abc"'),
    ("If-None-Match", 'W/"abc", "d'), ("If-None-Match", ",,,"), ("If-Match", '"abc"'), ("If-Modified-Since", "yesterday"),
    ("Range", "bytes=0-10"), ("Range", "bytes=x"), ("Content-Type", "application/json"), ("Cookie", "a=b; c"),
    ("X-Forwarded-For", "10.0.0.1"), ("Authorization", "Bearer x"), ("Origin", "https://evil.example"), ("Content-Type", "\xff"),
)  # fmt: skip


class Asked(NamedTuple):
    """A request: its path and query are percent-encoded, as they go over the wire."""

    path: str
    query: str = ""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def world(folder: Path, draw: random.Random) -> None:
    """Writes the notes that the campaign is asked of."""
    shutil.copytree(GOLDEN, folder)
    for n in range(12):
        (folder / f"{'deep/er/' if n % 3 == 0 else ''}").mkdir(parents=True, exist_ok=True)
        (folder / f"{'deep/er/' if n % 3 == 0 else ''}note {n}.md").write_text(
            note(draw) + note(draw), encoding="utf-8"
        )
    (folder / "hostile.md").write_text("\n".join(TALKS), encoding="utf-8")


class Requests:
    """Draws requests; what answers have shown, ids and cursors, is asked for later."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.ids: dict[str, list[str]] = {kind: ["x"] for kind in KINDS}
        self.cursors: list[str] = ["AAAA"]
        self.tags: list[str] = ["x"]

    def learn(self, answer: dict[str, Any]) -> None:
        """Takes ids and cursors out of an answer."""
        for hit in answer.get("hits", ()):
            self._remember(self.ids[hit["kind"]], hit["id"])
        if answer.get("next"):
            self._remember(self.cursors, answer["next"])

    def learn_tag(self, tag: str) -> None:
        """Takes an entity tag."""
        self._remember(self.tags, tag)

    def _remember(self, known: list[str], one: str) -> None:
        if len(known) < 200:
            known.append(one)
        else:
            known[self.draw.randrange(200)] = one

    def any(self) -> Asked:
        """Returns any request."""
        draw = self.draw
        make: Callable[[], Asked] = draw.choices(
            (self.search, self.record, self.other, self.nonsense), weights=(60, 15, 15, 10)
        )[0]
        asked = make()
        if draw.random() < 0.2:
            asked = asked._replace(method=draw.choice(METHODS))
        if draw.random() < 0.2:
            headers = draw.sample(HEADERS, draw.randint(1, 2))
            if draw.random() < 0.4:
                headers.append(("If-None-Match", draw.choice(self.tags)))
            asked = asked._replace(headers=tuple(dict(headers).items()))
        return asked

    def search(self) -> Asked:
        """Returns a question with any parameters."""
        draw = self.draw
        listing = draw.choice((None, *LISTINGS))
        known = COMMON if listing is None else (*COMMON, *FIELD_NAMES)
        said = [("q", quote_plus(self.question()))] if draw.random() < 0.8 else []
        names = draw.sample(known[1:], min(len(known) - 1, draw.choice((0, 0, 1, 1, 2, 3, 5))))
        said += [(name, self._value(name)) for name in names]
        if draw.random() < 0.06:
            said.append(
                (draw.choice((*known, "ratng", "Q", "q[]", "", "limit%20", *HOSTILE[:8])), draw.choice(HOSTILE))
            )
        if said and draw.random() < 0.06:
            said.append(draw.choice(said))
        return Asked(f"/v1/{listing or 'search'}", "&".join(f"{name}={value}" for name, value in said))

    def plain_search(self) -> Asked:
        """Returns a question whose parameters are all known and right."""
        draw = self.draw
        listing = draw.choice((None, *LISTINGS))
        said = [("q", quote_plus(self.question()))] if draw.random() < 0.9 else []
        said += [("limit", draw.choice(("1", "2", "3", "7", "20")))]
        said += [("sort", draw.choice(VALUES["sort"][:-2]))] if draw.random() < 0.3 else []
        said += [("facet", draw.choice(FACETS)) for _ in range(draw.choice((0, 0, 1, 2)))]
        said += [("explain", "true")] if draw.random() < 0.1 else []
        said += [("highlight", "false")] if draw.random() < 0.1 else []
        if listing and draw.random() < 0.5:
            name = draw.choice(FIELD_NAMES)
            said.append((name, quote_plus(draw.choice(VALUES[name][:2] if name in VALUES else WORDS))))
        elif draw.random() < 0.3:
            said.append(("kind", draw.choice(KINDS)))
        return Asked(f"/v1/{listing or 'search'}", "&".join(f"{name}={value}" for name, value in said))

    def question(self) -> str:
        """Returns a question: words, English, the language, any of them mixed, or what makes no sense."""
        draw = self.draw
        kind = draw.random()
        if kind < 0.3:
            form = draw.choice(OPERATED)
            return form.format(*(draw.choice(WORDS) for _ in range(3)))
        if kind < 0.5:
            return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 4)))
        if kind < 0.7:
            return draw.choice(ENGLISH)
        if kind < 0.9:
            return " ".join(self.question() for _ in range(2))
        if kind < 0.95:
            return draw.choice((*TITLES, *PEOPLE, *TOOLS))
        return "".join(draw.choice("ab:\"()*~-. OR'\\\u00e9\u200d5★#,<>=") for _ in range(draw.randint(1, 30)))

    def _value(self, name: str) -> str:
        draw = self.draw
        if draw.random() < 0.1:
            return draw.choice(HOSTILE)
        if name == "cursor":
            return quote_plus(self.cursor())
        return quote_plus(draw.choice(VALUES.get(name, WORDS)))

    def cursor(self) -> str:
        """Returns a cursor: of this or another question, altered, or none that kb gave."""
        return draw_altered(self.draw, self.draw.choice(self.cursors))

    def record(self) -> Asked:
        """Returns a request for one record, or talks like it; of known and of unknown ids."""
        draw = self.draw
        kind = draw.choice(("talk", "talk", "speaker", "tool", "note"))
        id = draw.choice(self.ids[kind])
        if draw.random() < 0.2:
            id = draw.choice((id[:-1], id + "x", id.upper(), f"{id}/", f"{id}/x", "", *HOSTILE[:14], *WORDS))
        path = f"/v1/{kind}s/{id if '%' in id else quote(id, safe='/' if kind == 'talk' else '')}"
        if kind == "talk" and draw.random() < 0.4:
            return Asked(
                f"{path}/similar", draw.choice(("", "", "limit=3", "limit=0", "limit=x", "q=1", "limit=1&limit=2"))
            )
        return Asked(path, draw.choice(("", "", "", "q=1", "limit=3", "&", "=")))

    def other(self) -> Asked:
        """Returns a request for what is neither a question nor a record."""
        draw = self.draw
        path = draw.choice(("suggest", "suggest", "explain", "explain", "fields", "problems", "status"))
        said = draw.choice(
            ("", f"q={quote_plus(self.question())}", f"q={draw.choice(HOSTILE)}", "q=a&q=b", "limit=3", "x=1")
        )
        if path == "suggest" and said.startswith("q"):
            said += draw.choice(("", "", "&limit=5", "&limit=1000"))
        return Asked(
            "/health" if draw.random() < 0.1 else f"/v1/{path}", said if path in ("suggest", "explain") else ""
        )

    def nonsense(self) -> Asked:
        """Returns a request for nothing that there is."""
        draw = self.draw
        part = draw.choice((*HOSTILE, *WORDS)).replace("?", "%3F").replace("#", "%23")
        path = draw.choice(("/", "/v1", "/v1/", "/v2/search", f"/{quote(part, safe='%/')}", f"/v1/{quote(part, safe='%/')}",
            "/v1/search/", "/v1//search", "/V1/search", f"/v1/talks/{quote(part, safe='%')}", "/v1/ratings/x", "/health/x"))  # fmt: skip
        return Asked(path, draw.choice(("", "", "q=x", "=", "&&&", "%", draw.choice(HOSTILE))))


def draw_altered(draw: random.Random, cursor: str) -> str:
    """Returns a cursor as it is, or altered in one of many ways."""
    at = draw.randrange(len(cursor))
    ways: Sequence[Callable[[], str]] = (
        lambda: cursor,
        lambda: cursor,
        lambda: cursor[:at],
        lambda: cursor + draw.choice(("A", "=", " ", cursor, "A" * 5000)),
        lambda: cursor[:at] + draw.choice("ABCxyz019-_+/=é\x00") + cursor[at + 1 :],
        lambda: cursor.swapcase(),
        lambda: _flipped(draw, cursor),
        lambda: _encoded(
            draw.choice(("[]", "{}", '["a",[NaN],"x"]', "[" * 500, '["s",["5"],"id"]', "null", "1e999", ""))
        ),
        lambda: base64.urlsafe_b64encode(draw.randbytes(20)).decode().rstrip("="),
    )
    return draw.choice(ways)()


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _flipped(draw: random.Random, cursor: str) -> str:
    data = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")
