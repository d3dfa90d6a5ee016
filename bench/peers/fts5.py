"""SQLite FTS5 behind the verbs of the rows: a file with one table of talks, its full-text index, and join tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.peers import FACET_VALUES, FIELDS, TEN, Hits, How, Plain, Record
from kb.fields import WEIGHTS

# The text comes last, so that a row's id and title are read without it.
TABLES = f"""
create table talks(n integer primary key, id text, rating real, date integer, {", ".join(f"{f} text" for f in FIELDS)});
create table tools(n integer, name text, primary key (n, name)) without rowid;
create table speakers(n integer, name text, primary key (n, name)) without rowid;
"""
INDEXES = """
create index by_rating on talks(rating, date);
create index by_id on talks(id);
create index by_date on talks(date);
create index by_tool on tools(name);
create index by_speaker on speakers(name);
analyze;
insert into words(words) values ('optimize');
"""
HITS = "select id, talks.title from words join talks on n = words.rowid where words match ?"
FACETED = f"""
with hits(n, rank) as materialized
  (select n, rank from words join talks on n = words.rowid where words match ? and rating >= ?)
select id, title, null from (select n from hits order by rank limit {TEN}) join talks using (n)
union all select * from (select 'tool', name, count(*) from hits join tools using (n)
  group by name order by 3 desc limit {FACET_VALUES})
union all select * from (select 'speaker', name, count(*) from hits join speakers using (n)
  group by name order by 3 desc limit {FACET_VALUES})
"""


class Fts5:
    """Porter stems, weighted BM25 kept as the table's rank, mapped file."""

    name = "FTS5"
    lacks = frozenset({"fuzzy"})  # spellfix1 is an extension that Python's SQLite does not have.

    def __init__(self, file: Path) -> None:
        self.base = sqlite3.connect(file)
        self.base.executescript(
            "pragma mmap_size = 2000000000; pragma cache_size = -200000; pragma temp_store = memory; pragma query_only = on"
        )

    def _ask(self, sql: str, *values: object) -> Hits:
        return self.base.execute(sql, values).fetchall()

    def words(self, words: Sequence[str], how: How) -> Hits:
        """Finds words: all, any, or side by side."""
        return self._ask(f"{HITS} order by rank limit {TEN}", _match(words, how))

    def total(self, words: Sequence[str], how: How) -> int:
        """Returns how many talks have words."""
        ask = "select count(*) from words where words match ?"
        return int(self.base.execute(ask, (_match(words, how),)).fetchone()[0])

    def counted(self, word: str) -> Hits:
        """Finds a word, and counts all talks that have it."""
        self.total((word,), "all")
        return self.words((word,), "all")

    def prefix(self, beginning: str) -> Hits:
        """Finds words that begin so."""
        return self._ask(f"{HITS} order by rank limit {TEN}", f'"{beginning}"*')

    def fuzzy(self, word: str) -> Hits:
        """Has no means for it."""
        raise NotImplementedError

    def rated(self, rating: float) -> Hits:
        """Finds the newest talks with a rating."""
        return self._ask(f"select id, title from talks where rating = ? order by date desc limit {TEN}", rating)

    def faceted(self, word: str, least: float) -> Hits:
        """Finds a word in talks with at least a rating, and counts their tools and speakers, in one pass."""
        rows = self.base.execute(FACETED, (_match((word,), "all"), least)).fetchall()
        return [(id, title) for id, title, count in rows if count is None]

    def snippets(self, word: str) -> Hits:
        """Finds a word and marks it in a passage of each hit."""
        column = FIELDS.index("text")
        mark = f"snippet(words, {column}, '<mark>', '</mark>', '…', 40)"
        ask = HITS.replace("talks.title", f"talks.title, {mark}") + f" order by rank limit {TEN}"
        return [(id, title) for id, title, _ in self.base.execute(ask, (_match((word,), "all"),)).fetchall()]

    def question(self, asked: Plain) -> Hits:
        """Answers what a question in plain English means."""
        match = [f'"{word}"' for word in asked.words] + ([f'speaker: "{asked.speaker}"'] if asked.speaker else [])
        sql, values = HITS, [" AND ".join(match)] if match else []
        if not match:
            sql = "select id, title from talks where true"
        for condition, value in (("rating >= ?", asked.least), ("date >= ?", asked.since)):
            if value is not None:
                sql, values = f"{sql} and {condition}", [*values, str(value)]
        if asked.tool:
            sql, values = f"{sql} and n in (select n from tools where name = ?)", [*values, asked.tool]
        order = "rating desc" if asked.best else "rank" if match else "n"
        return self._ask(f"{sql} order by {order} limit {TEN}", *values)


def _match(words: Sequence[str], how: How) -> str:
    if how == "phrase":
        return '"' + " ".join(words) + '"'
    return (" AND " if how == "all" else " OR ").join(f'"{word}"' for word in words)


def build(file: Path, records: Iterable[Record], prefixes: str = "3 4 5") -> None:
    """Writes the file anew in one transaction, with an index of prefixes of some lengths; SQLite fsyncs it."""
    file.unlink(missing_ok=True)
    base = sqlite3.connect(file, isolation_level=None)
    weights = ", ".join(str(WEIGHTS[field]) for field in FIELDS)
    base.executescript(
        f"pragma cache_size = -200000; {TABLES} create virtual table words using fts5({', '.join(FIELDS)}, "
        f"content=[talks], content_rowid='n', tokenize='porter unicode61', prefix='{prefixes}');"
    )
    base.execute("begin")
    base.execute(f"insert into words(words, rank) values ('rank', 'bm25({weights})')")
    for n, record in enumerate(records):
        _add(base, n, record)
    for statement in INDEXES.strip().split("\n"):
        base.execute(statement)
    base.execute("commit")
    base.close()


def _add(base: sqlite3.Connection, n: int, record: Record) -> None:
    prose = tuple(record.prose().values())
    places = ", ".join("?" * len(prose))
    base.execute(f"insert into talks values (?, ?, ?, ?, {places})", (n, record.id, record.rating, record.date, *prose))
    base.execute(f"insert into words(rowid, {', '.join(FIELDS)}) values (?, {places})", (n, *prose))
    base.executemany("insert into tools values (?, ?)", [(n, name) for name in record.tools])
    base.executemany("insert into speakers values (?, ?)", [(n, name) for name in record.speakers])


class Edits:
    """Replaces talks in a transaction that is fsynced, with a write-ahead log."""

    def __init__(self, file: Path) -> None:
        self.base = sqlite3.connect(file, isolation_level=None)
        self.base.executescript("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -200000")

    def replace(self, records: Iterable[Record], word: str) -> int:
        """Replaces the talks with these ids, and returns how many have a word afterwards."""
        base = self.base
        base.execute("begin")
        for record in records:
            ask = f"select n, {', '.join(FIELDS)} from talks where id = ?"
            n, *prose = base.execute(ask, (record.id,)).fetchone()
            places = ", ".join("?" * len(prose))
            base.execute(
                f"insert into words(words, rowid, {', '.join(FIELDS)}) values ('delete', ?, {places})", (n, *prose)
            )
            for table in ("talks", "tools", "speakers"):
                base.execute(f"delete from {table} where n = ?", (n,))
            _add(base, n, record)
        base.execute("commit")
        return int(base.execute("select count(*) from words where words match ?", (word,)).fetchone()[0])
