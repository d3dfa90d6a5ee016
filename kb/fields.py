"""The one table of fields: the parser, the index, `/v1/fields`, completion and the docs read it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kb.records import Kind

# keyword: matched whole, folded as a slug. names: by words side by side, folded. prose: the same, stemmed.
# number: a value or a range. date: a day, month or year, or a range; a value holds when it lies inside.
Type = Literal["keyword", "names", "prose", "number", "date"]


class Field(Struct, frozen=True):
    """A field of the query language.

    `weight` is the share of a bare word that matches here (BM25F's w), or 0 where bare words do not look.
    `own` are the kinds of record that have the field themselves, where the others take it from their talk.
    """

    name: str
    type: Type
    example: str
    says: str
    many: bool = False
    weight: float = 0.0
    facet: bool = False
    sort: bool = False
    own: frozenset[Kind] = frozenset()


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("kind", "keyword", "kind:speaker", "the kind of record that is asked for", facet=True),
        Field("title", "prose", 'title:"service workers"', "words of the talk's title", weight=15.0, sort=True),
        Field(
            "speaker",
            "names",
            "speaker:gregg",
            "a speaker's name, whole or in part",
            many=True,
            weight=14.0,
            facet=True,
            sort=True,
            own=frozenset({"speaker"}),
        ),
        Field(
            "affiliation",
            "names",
            "affiliation:netflix",
            "the company or institute a speaker is from",
            many=True,
            weight=6.0,
            facet=True,
            own=frozenset({"speaker"}),
        ),
        Field(
            "handle",
            "keyword",
            "handle:brendangregg",
            "a speaker's handle, without @",
            many=True,
            own=frozenset({"speaker"}),
        ),
        Field(
            "event",
            "names",
            "event:velocity",
            "the event's name, whole or in part",
            weight=2.0,
            facet=True,
            sort=True,
        ),
        Field("date", "date", "date:2014..2016", "the day, month or year of the talk", sort=True),
        Field("year", "number", "year:2015", "the year of the talk", facet=True, sort=True),
        Field(
            "rating",
            "number",
            "rating:4..",
            "the rating out of 5",
            facet=True,
            sort=True,
            own=frozenset({"rating"}),
        ),
        Field(
            "tool",
            "keyword",
            "tool:strace",
            "a tool the talk mentions, by its name or another spelling",
            many=True,
            weight=4.0,
            facet=True,
            own=frozenset({"tool", "mention"}),
        ),
        Field("path", "names", "path:velocity", "words of the note's path", sort=True),
        Field("text", "prose", 'text:"tail latency"', "words of the talk's notes", weight=1.0),
    )
}

WEIGHTS: dict[str, float] = {field.name: field.weight for field in FIELDS.values() if field.weight}
FACETS: tuple[str, ...] = tuple(field.name for field in FIELDS.values() if field.facet)
SORTS: tuple[str, ...] = tuple(field.name for field in FIELDS.values() if field.sort)
