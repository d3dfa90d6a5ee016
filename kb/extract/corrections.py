"""Single talks put right by the user: `fix` in a kb.yaml."""

from __future__ import annotations

from kb.extract.speakers import Cast
from kb.extract.talks import Found
from kb.extract.taught import named
from kb.records import Rating
from kb.schema import NONE
from kb.settings import Settings
from kb.words import slug


def corrected(talk: Found, settings: Settings) -> Found:
    """Returns a talk with what the user says of it, by its title or line; the last word counts."""
    names = (slug(talk.title), slug(f"line {talk.line}"))
    for fix in settings.fix:
        if fix.of not in names:
            continue
        first = fix.values[0] if fix.values else ""
        if fix.field == "speakers":
            people = tuple(person for text in fix.values for person in named(text))
            talk = talk._replace(cast=Cast(people, 9.0, True), cast_line=talk.line)
        elif fix.field == "rating":
            talk = talk._replace(rating=None if first == NONE else Rating(float(first), first, talk.line))
        elif fix.field == "title":
            talk = talk._replace(title=first)
        elif fix.field == "event":
            talk = talk._replace(event=first)
        else:
            talk = talk._replace(date=first)
    return talk
