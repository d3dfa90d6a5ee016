"""The names in an index: people, companies, tools and events, found whole, in part, and nearly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from rapidfuzz.distance import DamerauLevenshtein

from kb import words
from kb.extract import gazetteer
from kb.fields import WEIGHTS
from kb.index.documents import Documents
from kb.query.names import Name

NAMED = ("speaker", "affiliation", "tool", "event")


class Lexicon:
    """Looks names up; it implements `kb.query.names.Names`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    @cached_property
    def _names(self) -> dict[tuple[str, str], tuple[str, int]]:
        """The names by field and folded spelling, with how many talks have each."""
        found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        catalogue = self._documents.catalogue
        for talk in self._documents.talks:
            for field, label in {
                *(("speaker", catalogue.speakers[catalogue.speaker_id(p)].name) for p in talk.speakers),
                *(("affiliation", p.affiliation) for p in talk.speakers if p.affiliation),
                *(("tool", m.name) for m in talk.mentions),
                *((("event", talk.event),) if talk.event else ()),
            }:
                found[field, " ".join(words.terms(label))][label] += 1
        return {key: (labels.most_common(1)[0][0], labels.total()) for key, labels in found.items() if key[1]}

    @cached_property
    def _aliases(self) -> dict[tuple[str, str], str]:
        """Other spellings by field and folded spelling: the folded spelling that counts."""
        found: dict[tuple[str, str], str] = {}
        for tool in self._documents.catalogue.tools.values():
            for spelling in (*tool.aliases, *gazetteer.aliases(tool.name)):
                found["tool", " ".join(words.terms(spelling))] = " ".join(words.terms(tool.name))
        for speaker in self._documents.catalogue.speakers.values():
            for spelling in (*speaker.spellings, *speaker.handles):
                found["speaker", " ".join(words.terms(spelling))] = " ".join(words.terms(speaker.name))
        return {key: name for key, name in found.items() if key not in self._names and (key[0], name) in self._names}

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[str, str]]]:
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for field, spelling in self._names:
            for word in set(spelling.split()):
                found[word].append((field, spelling))
        return found

    def find(self, text: str, fields: Sequence[str] = ()) -> list[Name]:
        """Returns the names that are, or contain as words, the text: whole before part, then most talks."""
        said = words.terms(text)
        if not said:
            return []
        spelling = " ".join(said)
        found: dict[tuple[str, str], Name] = {}
        for field in fields or NAMED:
            whole = (field, spelling) if (field, spelling) in self._names else None
            alias = self._aliases.get((field, spelling))
            key = whole or ((field, alias) if alias else None)
            if key:
                label, talks = self._names[key]
                found[key] = Name(field, label, talks, True)
        for key in self._by_word.get(said[0], ()):
            if key[0] in (fields or NAMED) and key not in found and f" {spelling} " in f" {key[1]} ":
                label, talks = self._names[key]
                found[key] = Name(key[0], label, talks, False)
        return sorted(found.values(), key=lambda n: (not n.whole, -n.talks, NAMED.index(n.field), n.value))

    def has_word(self, word: str) -> bool:
        """Tells whether any talk has the word, in any field that bare words look in."""
        terms = words.terms(word)
        return bool(terms) and all(
            any(
                self._documents.postings(field, words.stem(t) if self._documents.is_stemmed(field) else t) is not None
                for field in WEIGHTS
            )
            for t in terms
        )

    def near(self, text: str, fields: Sequence[str] = ()) -> list[str]:
        """Returns names or words within one or two edits, the nearest and most frequent first."""
        spelling = " ".join(words.terms(text))
        if len(spelling) < 4 or any(c.isdigit() for c in spelling):
            return []
        edits = 1 if len(spelling) < 5 else 2
        ranked: list[tuple[int, int, str]] = []
        for label, folded, talks in self._spellings(fields):
            if abs(len(folded) - len(spelling)) <= edits and folded != spelling:
                distance = DamerauLevenshtein.distance(spelling, folded, score_cutoff=edits)
                if distance <= edits:
                    ranked.append((distance, -talks, label))
        names = dict.fromkeys(label for _, _, label in sorted(ranked))
        return [*names, *(() if fields or names else self.like(spelling))][:5]

    def like(self, word: str) -> list[str]:
        """Returns the words that a misspelt one most likely stands for."""
        return [known for known, _ in self._documents.like(word)]

    def _spellings(self, fields: Sequence[str]) -> Iterable[tuple[str, str, int]]:
        """Yields names, and single words of people's names, with how many talks have them."""
        for (field, folded), (label, talks) in self._names.items():
            if field in (fields or NAMED):
                yield label, folded, talks
                if field in ("speaker", "affiliation"):
                    for word, part in zip(label.split(), folded.split(), strict=False):
                        yield word, part, talks
