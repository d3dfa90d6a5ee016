"""What answers a question that no talk answers with all its words: those with the most of them, misspelt ones mended."""

from __future__ import annotations

from msgspec import Struct

from kb.query.names import Names
from kb.query.tree import And, Leaf, Like, Most, Node, Phrase, Term, conjunction, disjunction
from kb.words import terms

MENDED = 8  # Words of a question that are mended at most.


class Nearly(Struct, frozen=True):
    """A tree that is asked instead, the words to show it by, and what to say of it."""

    where: Most
    shown: Node
    warnings: tuple[str, ...]


def nearly(where: Node, names: Names) -> Nearly | None:
    """Returns what to ask where a tree selects nothing, or None where its bare words are not to blame."""
    factors = where.nodes if isinstance(where, And) else (where,)
    words = [n for n in factors if isinstance(n, Term | Phrase) and n.field is None and len(terms(n.text)) == 1]
    unknown = [word for word in words if not names.has_word(word.text)]
    if not words or (len(words) == 1 and not unknown):
        return None
    among = conjunction(*(n for n in factors if n not in words))
    mended = unknown[:MENDED]
    asked: list[Leaf] = [Like(word.text) if word in mended else Term(word.text) for word in words]
    likely = {word.text: names.like(terms(word.text)[0]) for word in mended}
    if len(unknown) == len(words) and not any(likely.values()):
        return None
    warnings = []
    for word, known in likely.items():
        meant = f"; words like it are {', '.join(known[:3])}" if known else ""
        warnings.append(f"no talk has {word!r}{meant}")
    if len(words) > 1:
        warnings.append("no talk has all of these words as they are; those with the most of them are shown")
    shown = disjunction(*(Term(text) for word in words for text in (word.text, *likely.get(word.text, ()))))
    return Nearly(Most(among, tuple(asked)), shown, tuple(warnings))
