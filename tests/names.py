"""Names over a fixed list, for reading questions without an index."""

from __future__ import annotations

from collections.abc import Sequence

from kb import words
from kb.extract import gazetteer
from kb.query.names import Name
from tests.judge import distance

KNOWN = {
    "speaker": ("Brendan Gregg", "Patrick Meenan", "Ada Lovelace", "Cliff Crocker", "Allison McKnight"),
    "affiliation": ("Google", "Twitter", "SOASTA", "Netflix", "Acme Labs"),
    "tool": ("strace", "perf", "nagios", "kubernetes", "percona toolkit", "c++"),
    "event": ("Velocity 2015", "Strange Loop 2014", "PyCon 2016"),
}
WORDS = frozenset(
    words.stems(
        "service workers anomaly detection latency tail linux performance testing best practices streams empathy of the in a cold start talk session management"
    )
)


class FixedNames:
    def find(self, text: str, fields: Sequence[str] = (), whole: bool = False) -> list[Name]:
        said = words.terms(gazetteer.canonical(text) or text)
        spelling = " ".join(said)
        found = [
            Name(field, label, 1, " ".join(words.terms(label)) == spelling)
            for field in fields or KNOWN
            for label in KNOWN[field]
            if said and f" {spelling} " in f" {' '.join(words.terms(label))} "
        ]
        return sorted((name for name in found if name.whole or not whole), key=lambda name: not name.whole)

    def begins(self, word: str) -> bool:
        return True

    def has_word(self, word: str) -> bool:
        known = {t for labels in KNOWN.values() for label in labels for t in words.terms(label)}
        return all(t in known or words.stem(t) in WORDS for t in words.terms(word))

    def like(self, word: str) -> list[str]:
        return [known for known in sorted(WORDS) if 0 < distance(words.fold(word), known) <= 2]

    def near(self, text: str, fields: Sequence[str] = ()) -> list[str]:
        labels = [label for field in fields or KNOWN for label in KNOWN[field]]
        return [label for label in labels if len(text) < 30 and 0 < distance(words.fold(text), words.fold(label)) <= 2]
