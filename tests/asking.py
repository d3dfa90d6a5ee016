"""Notes that are all of one round, and askers of every endpoint that hold each answer against that."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

NOTES = 6
ASKERS = 4
TOOLS = ("strace", "redis", "nginx", "docker", "kafka", "postgresql", "grafana")
PEOPLE = (
    "Lovelace",
    "Hopper",
    "Hamilton",
    "Liskov",
    "Perlman",
    "Knuth",
    "Dijkstra",
    "Lamport",
    "Wirth",
    "Backus",
    "Naur",
)
KINDS = ("talks", "speakers", "tools", "ratings", "mentions", "notes")

Ask = Callable[[str], tuple[int, Any]]


def person(round_: int) -> str:
    return f"Ada {PEOPLE[round_ % len(PEOPLE)]}"


def tool(round_: int) -> str:
    return TOOLS[round_ % len(TOOLS)]


def write(folder: Path, round_: int) -> None:
    """Writes the notes of a round, of which nothing is as it was in the one before: no name, tool, event or id."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for n in range(NOTES):
        said = f"---\nevent: RoundConf {round_}\ndate: {2000 + round_ % 25}\n---\n"
        said += f"# Talk {n} of round {round_} ★★★★\n**{person(round_)}**\n\nWe use `{tool(round_)}` for latency.\n"
        (folder / f"note-{n}-{round_}.md").write_text(said, encoding="utf-8")


class Asker:
    """Asks every endpoint, and follows what it is shown, until it is told to stop."""

    def __init__(self, ask: Ask, seen: dict[int, int], seed: int) -> None:
        self.ask, self.seen, self.draw = ask, seen, random.Random(seed)
        self.statuses: Counter[int] = Counter()
        self.errors: list[str] = []
        self.urls = ["/v1/talks/x/y"]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Waits until the asker has ended."""
        self._stopped.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set() and len(self.errors) < 5:
            path = self._path()
            try:
                self._look(path, *self.get(path))
            except Exception as error:
                self.errors.append(f"{path}: {type(error).__name__}: {error}"[:2000])

    def get(self, path: str) -> tuple[int, Any]:
        status, body = self.ask(path)
        self.statuses[status] += 1
        assert status in (200, 404), body
        return status, body

    def _path(self) -> str:
        draw, round_ = self.draw, max(self.seen.values(), default=0)
        words = draw.choice(("latency", "", "latncy", "talks+rated+4", f"talks+by+{quote(person(round_))}", "round"))
        more = draw.choice(("", "&facet=speaker&facet=event", "&explain=true", "&sort=-date,title", "&limit=2"))
        return draw.choice(
            (
                f"/v1/search?q={words}{more}",
                f"/v1/{draw.choice(KINDS)}?q={words}{more}",
                f"/v1/{draw.choice(KINDS)}?tool={tool(round_)}{more}",
                draw.choice(self.urls),
                f"{draw.choice(self.urls)}/similar",
                f"/v1/suggest?q={draw.choice(('ada', 'round', 'tool:', 'ta'))}",
                f"/v1/explain?q=talks+by+{quote(person(round_))}",
                *("/v1/fields", "/v1/problems", "/v1/status", "/health"),
            )
        )

    def _look(self, path: str, status: int, body: Any) -> None:
        """Checks that an answer is of one round, and that a generation is always of the same one."""
        if status == 404:
            assert body["code"] in ("unknown_record", "not_found"), body
        elif "hits" in body:
            self._look_at_pages(path, body)
        elif path == "/v1/status":
            assert body["counts"] == {k: 1 if k in ("speaker", "tool") else NOTES for k in body["counts"]}, body
        elif path == "/v1/fields":
            assert round_of([field["values"] for field in body["fields"]]) is not None
        elif "talks" in body:
            assert len(body["talks"]) == (1 if body["kind"] == "note" else NOTES), body
            assert round_of(body) is not None
        else:
            round_of(
                body.get("suggestions") or {name: body[name] for name in body.keys() & {"title", "speakers", "tools"}}
            )

    def _look_at_pages(self, path: str, answer: Any) -> None:
        pages = [answer]
        while pages[-1]["next_url"]:
            pages.append(self.get(pages[-1]["next_url"])[1])
        hits = [hit for page in pages for hit in page["hits"]]
        if not hits or any("the notes changed" in warning for page in pages for warning in page["query"]["warnings"]):
            return
        round_, generations = round_of([hits, answer["facets"]]), {page["index"]["generation"] for page in pages}
        assert len(generations) == 1, (path, generations)
        if "/similar" not in path:
            assert len({hit["id"] for hit in hits}) == len(hits) == answer["total"], (path, hits)
        self.urls = [self.draw.choice(hits)["url"], *self.urls[:5]]
        if round_ is not None:
            known = self.seen.setdefault(generations.pop(), round_)
            assert known == round_, (path, known, round_)


def round_of(said: Any) -> int | None:
    """Returns the round that something is of, or None where it says none; nobody and nothing of another is in it."""
    text = json.dumps(said)
    rounds = set(map(int, re.findall(r"(?:of round|RoundConf) (\d+)", text)))
    assert len(rounds) < 2, f"mixed: {text}"
    people, tools = (
        {name for name in names if f'"{of}{name}"' in text} for of, names in (("Ada ", PEOPLE), ("", TOOLS))
    )
    assert len(people) < 2, f"mixed: {text}"
    assert len(tools) < 2, f"mixed: {text}"
    for round_ in rounds:
        assert people <= {PEOPLE[round_ % len(PEOPLE)]}, f"mixed: {text}"
        assert tools <= {tool(round_)}, f"mixed: {text}"
    return rounds.pop() if rounds else None


def asked_meanwhile(asks: list[Ask], change: Callable[[int], None], rounds: int) -> Iterator[Asker]:
    """Changes everything again and again while askers ask; yields them when they have ended."""
    seen: dict[int, int] = {}
    askers = [Asker(ask, seen, n) for n, ask in enumerate(asks)]
    try:
        for round_ in range(1, rounds + 1):
            change(round_)
    finally:
        for asker in askers:
            asker.stop()
    yield from askers
