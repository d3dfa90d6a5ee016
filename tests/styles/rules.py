"""The rules that say which habits go together: what cannot stand there, and what nobody could read, is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from tests.styles.habits import AXES, Habit
from tests.styles.kinds import Form, Frame, Join, Seat, Spot

Allows = Callable[..., bool]


class Rule(Struct, frozen=True):
    """Why some combinations are not written: `says` it in words, `allows` looks at the habits of the axes."""

    says: str
    axes: tuple[str, ...]
    allows: Allows

    def holds(self, habits: Mapping[str, Habit]) -> bool:
        """Returns whether the habits may go together, as far as they are chosen."""
        chosen: list[Any] = [habits[axis] for axis in self.axes if axis in habits]
        return len(chosen) < len(self.axes) or self.allows(*chosen)


_HEADED = {"heading", "setext", "front", "property"}
_EAST = {"han", "kana"}
_ENGLISH_FORMS = {"at-company", "from-company", "of-company", "role-at-company"}
_ENGLISH_STARS = {"stars-word", "of-five-stars", "half-stars-word", "out-of-five", "remark", "remark-in-parenthesis"}
_STARRED = {
    "filled-and-empty",
    "filled",
    "emoji",
    "emoji-selected",
    "emoji-and-empty",
    "glowing",
    "shortcode",
    "filled-half",
}


def _headed(frame: Frame) -> bool:
    return frame.kind in _HEADED and frame.level > 0


def _emphasised(pattern: str) -> bool:
    return "*" in pattern.removeprefix("* ") or "_" in pattern


def _each(seat: Seat) -> bool:
    return seat.place == "each" or seat.name in ("front-list", "front-flow")


def _seated(frame: Frame, seat: Seat) -> bool:
    """Returns whether speakers may stand there."""
    if frame.kind == "table":
        return seat.place in ("column", "none") or seat.name in ("hyphen", "dash", "by", "parenthesis", "first-colon")
    if seat.place == "column":
        return frame.kind == "property"
    if seat.place == "front":
        return frame.alone
    if seat.place == "title":
        return _headed(frame) and frame.level < 6
    if frame.kind == "record" or frame.name == "property-titled":
        return seat.place in ("none", "head") or ("label" in seat.name and "item" not in seat.name)
    if frame.name == "alone-front":
        return seat.place != "head"
    if frame.name in ("paragraph", "alone-first-line"):
        return seat.place == "head" or (frame.alone and seat.labelled)
    return True


def _rated(frame: Frame, spot: Spot) -> bool:
    """Returns whether a rating may stand there."""
    if frame.kind == "table":
        return spot.place in ("column", "none") or spot.name in ("head-end", "head-end-parenthesis", "head-start")
    if spot.place == "column":
        return frame.kind == "property"
    if spot.place == "front":
        return frame.alone
    if spot.place == "section":
        return _headed(frame) and frame.level < 6
    if frame.kind == "record":
        return spot.place == "none" or (spot.labelled and "item" not in spot.name)
    return spot.place != "head" or frame.name != "alone-front"


def _separate(form: Form, join: Join, seat: Seat) -> bool:
    signs = {sign for sign in (join.sign + join.last) if sign in ",/;"}
    return join.count == 1 or _each(seat) or not signs & form.signs


def _company(form: Form, frame: Frame, seat: Seat) -> bool:
    return "{c}" in form.pattern or ("{company}" in frame.header and seat.place == "column")


def _shareable(join: Join, form: Form) -> bool:
    return not join.shared or form.name in ("company-in-parenthesis", "hyphen-company", "dash-company", "pipe-company")


def _sectioned(frame: Frame, section: Any) -> bool:
    if section.name == "none":
        return True
    if section.name == "bold-items":
        return frame.kind == "item" and frame.name != "item-bold"
    if section.name.startswith("heading") or section.name == "links-section":
        return _headed(frame) and frame.level < 5
    return frame.kind in ("heading", "setext", "front") or (section.name == "labels" and frame.kind == "record")


def _noisy(frame: Frame, noise: Any) -> bool:
    if frame.name == "alone-first-line":
        return noise.name in ("none", "link-definitions", "tags-each")
    if frame.alone:
        return noise.name in (
            "none",
            "html-comment",
            "obsidian-comment",
            "tags-top",
            "tags-each",
            "link-definitions",
            "rules-between",
            "contents",
        )
    if frame.kind == "table":
        return noise.name not in ("agenda-table", "tags-each", "rules-between", "break-timed")
    if noise.name == "agenda-list":
        return frame.kind != "item"
    return noise.name != "day-headings" or frame.level not in (1, 2)


def _occasional(frame: Frame, place: str) -> bool:
    if place in ("folder", "file", "front"):
        return True
    if frame.alone:
        return False
    if place == "days":
        return frame.level not in (1, 2)
    return place == "front-title" or frame.level != 1


RULES = (
    Rule("Speakers stand where the layout has room for them.", ("frame", "seat"), _seated),
    Rule("So does the rating.", ("frame", "spot"), _rated),
    Rule("Items, lines and two levels are talks by their speakers or ratings: one of both is there.", ("frame", "seat", "spot"),
         lambda f, seat, spot: (f.kind not in ("item", "line") and f.name != "two-levels") or seat.place != "none" or spot.place != "none"),
    Rule("A file of one talk holds one talk.", ("frame", "count"), lambda f, count: not f.alone or count.name == "one"),
    Rule("Nobody has no form, no name and no company.", ("seat", "form"), lambda seat, form: seat.place != "none" or form.name == "name"),
    Rule("Nobody is not several.", ("seat", "join"), lambda seat, join: seat.place != "none" or join.count == 1),
    Rule("Nobody has no name of any kind.", ("seat", "people"), lambda seat, people: seat.place != "none" or people.name == "english"),
    Rule("A company that is not written has no shape.", ("form", "firms", "frame", "seat"),
         lambda form, firms, f, seat: firms.name == "word" or _company(form, f, seat)),
    Rule("A company with a column of its own is not in the speaker's.", ("form", "frame", "seat"),
         lambda form, f, seat: not ("{company}" in f.header and seat.place == "column") or ("{c}" not in form.pattern and "{r}" not in form.pattern)),
    Rule("A table of properties has some.", ("frame", "seat", "spot"), lambda f, seat, spot: f.kind != "property" or "column" in (seat.place, spot.place)),
    Rule("No rating stands nowhere.", ("stars", "spot"), lambda stars, spot: (stars.name == "unrated") == (spot.place == "none")),
    Rule("A bare number needs a label.", ("stars", "spot"), lambda stars, spot: not stars.bare or spot.labelled),
    Rule("Asterisks need a label.", ("stars", "spot"), lambda stars, spot: stars.name != "asterisks" or (spot.labelled and spot.place != "front")),
    Rule("What begins a title as its rating has stars or brackets.", ("stars", "spot"),
         lambda stars, spot: not spot.name.startswith("head-start") or stars.name in _STARRED or (spot.name.endswith("brackets") and stars.name == "of-five")),
    Rule("A remark does not stand in a title or in front matter.", ("stars", "spot"),
         lambda stars, spot: not stars.name.startswith("remark") or spot.place not in ("head", "front")),
    Rule("Front matter has no emphasis and no brackets.", ("stars", "spot"),
         lambda stars, spot: spot.place != "front" or stars.name not in ("bracketed", "bold-of-five", "shortcode", "shortcodes-spaced")),
    Rule("Brackets do not stand within brackets.", ("stars", "spot"),
         lambda stars, spot: not ("[" in spot.pattern and "[" in stars.pattern) and not ("(" in spot.pattern and "(" in stars.pattern)),
    Rule("Nor those of speakers.", ("seat", "form"),
         lambda seat, form: not any(sign in seat.pattern and sign in form.pattern for sign in "([（【")),
    Rule("Emphasis does not stand within emphasis.", ("seat", "form"), lambda seat, form: not (_emphasised(seat.pattern) and "*" in form.pattern)),
    Rule("Nor in an emphasised line.", ("frame", "form", "seat"),
         lambda f, form, seat: not _emphasised(f.mark) or seat.place != "head" or not _emphasised(seat.pattern + form.pattern)),
    Rule("Nor does that of a title.", ("frame", "mark"), lambda f, mark: not (_emphasised(f.mark) and "*" in mark.pattern)),
    Rule("Nor that of a rating.", ("frame", "stars", "spot"),
         lambda f, stars, spot: not (_emphasised(f.mark) and spot.place == "head" and "*" in stars.pattern)),
    Rule("Nor in an emphasised rating.", ("stars", "spot"), lambda stars, spot: not ("*" in stars.pattern + stars.full and "*" in spot.pattern.removeprefix("* "))),
    Rule("Asterisks of a title do not stand within emphasis.", ("topic", "frame", "mark", "seat"),
         lambda topic, f, mark, seat: topic.name != "star-args" or not (_emphasised(f.mark) or "*" in mark.pattern or (seat.place == "head" and "*" in seat.pattern))),
    Rule("Code does not stand within a link's brackets or another's quotes.", ("topic", "mark"),
         lambda topic, mark: topic.name != "quoted-word" or "quote" not in mark.name),
    Rule("One word is a name only where a word, a place or a handle says so.", ("people", "seat", "form"),
         lambda people, seat, form: people.name != "mononym" or seat.labelled or "{h}" in form.pattern),
    Rule("A handle alone has no name of any kind.", ("form", "people"), lambda form, people: form.name != "handle-alone" or people.name == "english"),
    Rule("The sign between people is not the sign within one.", ("form", "join", "seat"), _separate),
    Rule("Nor one in their companies.", ("firms", "join", "seat"),
         lambda firms, join, seat: join.count == 1 or _each(seat) or not (("&" in join.sign + join.last and firms.name in ("ampersand", "gmbh"))
                                                                       or ("," in join.sign and firms.name == "comma-inc"))),
    Rule("One company is of all only where it stands after them.", ("join", "form"), _shareable),
    Rule("A line or an item a person needs no sign.", ("seat", "join"), lambda seat, join: not _each(seat) or join.name in ("one", "comma", "commas-and")),
    Rule("Commas in a list of YAML part people.", ("seat", "form", "firms"),
         lambda seat, form, firms: seat.name != "front-flow" or (not set(form.pattern) & set(",[*|@") and firms.name != "comma-inc")),
    Rule("Front matter has no emphasis.", ("seat", "form"), lambda seat, form: seat.place != "front" or "*" not in form.pattern),
    Rule("Names before a title that has their sign again end nowhere.", ("seat", "form", "topic"),
         lambda seat, form, topic: not (seat.name.startswith("first-") and topic.name in ("hyphen", "dash") and form.signs & {"-", "–"})),
    Rule("A role or company before the title ends at another sign.", ("seat", "form"),
         lambda seat, form: seat.name != "first-pipe" or "|" not in form.signs),
    Rule("A cell holds one line, and neither bars nor runs of spaces.", ("frame", "form", "mark", "seat"),
         lambda f, form, mark, seat: f.kind not in ("table", "property") or ("|" not in form.pattern and (f.level > 0 or "|" not in mark.pattern))),
    Rule("A cell has no body.", ("frame", "body"), lambda f, body: f.kind != "table" or body.name == "none"),
    Rule("Sections stand where headings may.", ("frame", "section"), _sectioned),
    Rule("Sections have a body.", ("section", "body"), lambda section, body: section.name == "none" or body.name != "none"),
    Rule("What stands between talks has room there.", ("frame", "noise"), _noisy),
    Rule("A legend explains marks.", ("noise", "stars"), lambda noise, stars: not noise.name.startswith("legend") or stars.name != "unrated"),
    Rule("The event stands above its talks.", ("frame", "occasion"), lambda f, occasion: _occasional(f, occasion.place)),
    Rule("Days stand once.", ("occasion", "noise"), lambda occasion, noise: occasion.place != "days" or noise.name != "day-headings"),
    Rule("Days are of a conference with several talks.", ("occasion", "count"), lambda occasion, count: occasion.place != "days" or count.name != "one"),
    Rule("A date that is not written has no spelling.", ("occasion", "day"), lambda occasion, day: occasion.dated or day.name == "iso"),
    Rule("A path has no spaces or slashes in a date.", ("occasion", "day"),
         lambda occasion, day: occasion.place not in ("folder", "file") or day.name in ("iso", "compact", "year-month")),
    Rule("A day's heading says the day.", ("occasion", "day"), lambda occasion, day: occasion.place != "days" or day.name not in ("month", "year-month", "range")),
    Rule("Days with names of English are in English.", ("day", "tongue"),
         lambda day, tongue: tongue.name == "en" or day.name in ("in-language", "compact") or ("onth" not in day.pattern and "{mon}" not in day.pattern)),
    Rule("Full-width signs stand in Chinese and Japanese.", ("seat", "tongue"), lambda seat, tongue: not seat.full or tongue.script in _EAST),
    Rule("Full-width labels, too.", ("spot", "tongue"), lambda spot, tongue: "：" not in spot.pattern or tongue.script in _EAST),
    Rule("Full-width brackets, too.", ("form", "people"), lambda form, people: form.name != "company-full-width" or people.script in _EAST),
    Rule("Brackets of the East, too.", ("mark", "tongue"), lambda mark, tongue: mark.name not in ("lenticular", "corner-brackets") or tongue.script in _EAST),
    Rule("The ideographic comma parts names of its script.", ("join", "people"), lambda join, people: join.name != "ideographic-comma" or people.script in _EAST),
    Rule("Guillemets stand where they are quotes.", ("mark", "tongue"), lambda mark, tongue: mark.name != "guillemets" or tongue.name in ("fr", "es", "ru", "el")),
    Rule("English words stand in English notes.", ("form", "tongue"), lambda form, tongue: tongue.name == "en" or form.name not in _ENGLISH_FORMS),
    Rule("English ratings, too.", ("stars", "tongue"), lambda stars, tongue: tongue.name == "en" or stars.name not in _ENGLISH_STARS),
    Rule("English labels, too.", ("spot", "tongue"), lambda spot, tongue: tongue.name == "en" or not any(w in spot.pattern for w in ("My", "Score"))),
    Rule("English lead-ins, too.", ("seat", "tongue"), lambda seat, tongue: tongue.name == "en" or seat.name not in ("with", "below-presented")),
    Rule("English times, too.", ("mark", "tongue"), lambda mark, tongue: tongue.name == "en" or mark.name != "time-am"),
    Rule("The language's own 'and' is another than English.", ("join", "tongue"), lambda join, tongue: tongue.name == "en" or "and " not in (join.sign + join.last).replace("{and}", "")),
    Rule("A title has one number or time.", ("frame", "mark"),
         lambda f, mark: f.name not in ("table-time", "table-number", "numbered", "numbered-parenthesis") or not mark.whole),
    Rule("A number after an item's mark is another item.", ("frame", "mark"), lambda f, mark: f.kind not in ("item", "record") or mark.name not in ("number", "letter", "talk-number")),
    Rule("Only a line of its own ends with a colon or an anchor.", ("frame", "mark"),
         lambda f, mark: _headed(f) or f.kind == "line" or mark.name not in ("colon-after", "attribute", "anchor")),
    Rule("Front matter's title is plain text.", ("frame", "mark"), lambda f, mark: f.name != "alone-front" or mark.name in ("bare", "keynote", "emoji", "emoji-after", "workshop-parenthesis")),
    Rule("One of several talks lacks something.", ("gap", "count"), lambda gap, count: gap.name in ("nothing", "first-bodiless") or count.name != "one"),
    Rule("A rating is left out where others are.", ("gap", "spot"),
         lambda gap, spot: gap.name != "second-unrated" or spot.place != "none"),
    Rule("It is left empty beside a label.", ("gap", "spot"),
         lambda gap, spot: gap.name != "empty-rating" or (spot.labelled and spot.place in ("below", "column"))),
    Rule("Speakers are left out where others are.", ("gap", "seat"),
         lambda gap, seat: gap.name not in ("last-speakerless", "last-bare") or seat.place != "none"),
    Rule("They are to be announced beside a label.", ("gap", "seat"),
         lambda gap, seat: gap.name != "to-be-announced" or (seat.labelled and seat.place in ("below", "column"))),
    Rule("Items and lines without their speakers are no talks.", ("gap", "frame"),
         lambda gap, f: gap.name not in ("last-speakerless", "last-bare") or f.kind not in ("line", "item", "record")),
    Rule("Nor are those without rating and speakers.", ("gap", "seat", "frame"),
         lambda gap, seat, f: gap.name not in ("second-unrated", "empty-rating") or seat.place != "none" or f.kind not in ("line", "item", "record")),
    Rule("A body is left out only where there is one.", ("gap", "body"), lambda gap, body: gap.name != "first-bodiless" or body.name != "none"),
)  # fmt: skip

_OF_AXIS = {axis: tuple(rule for rule in RULES if axis in rule.axes) for axis in AXES}


def allowed(habits: Mapping[str, Habit], axis: str) -> bool:
    """Returns whether the habit of an axis may go with the others that are chosen."""
    return all(rule.holds(habits) for rule in _OF_AXIS[axis])


def tied(habits: Mapping[str, Habit], axis: str) -> int:
    """Returns how many rules tie the axis to those that are chosen."""
    return sum(sum(other in habits for other in rule.axes) * 10 // len(rule.axes) for rule in _OF_AXIS[axis])
