"""What reading plain English needs to know of an index: the names in it, whole and in part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Name(Struct, frozen=True):
    """A name that the index knows: `field` is speaker, affiliation, tool or event; `talks` is how many have it.

    `whole` tells whether all of the name, or another spelling of it, was said.
    """

    field: str
    value: str
    talks: int
    whole: bool = True


class Names(Protocol):
    """What the index knows by name."""

    def find(self, text: str, fields: Sequence[str] = (), whole: bool = False) -> list[Name]:
        """Returns the names that are, or, unless only whole ones are asked for, contain as words, the text: whole before
        part, then most talks.
        """

    def begins(self, word: str) -> bool:
        """Tells whether a name of several words, or another spelling of one, may begin with a word."""

    def has_word(self, word: str) -> bool:
        """Tells whether any talk has the word, in any field that bare words look in."""

    def like(self, word: str) -> list[str]:
        """Returns the words of the index that a misspelt one most likely stands for, the likeliest first."""

    def near(self, text: str, fields: Sequence[str] = ()) -> list[str]:
        """Returns names or words within one or two edits, the nearest and most frequent first."""
