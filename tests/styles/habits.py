"""The habits that notes are written by: small named objects, in axes that may be combined freely but for the rules."""

from __future__ import annotations

from msgspec import Struct

from tests.styles.people import FIRMS, PEOPLE, Firms, People
from tests.styles.titles import TOPICS, Topic
from tests.styles.tongues import TONGUES, Tongue


class Frame(Struct, frozen=True):
    """Where talks stand: `kind` says how they are laid out, `mark` what stands before a head, `level` of which heading."""

    name: str
    kind: str
    mark: str = ""
    level: int = 0
    header: str = ""
    alone: bool = False


class Mark(Struct, frozen=True):
    """How a title is decorated: {} is the title, {n} the talk's number, {t} and {u} when it begins and ends.

    `alt` is a title that may be read, too; `whole` says that it stands at the ends of the line, speakers included.
    """

    name: str
    pattern: str
    alt: str = ""
    whole: bool = False


class Seat(Struct, frozen=True):
    """Where speakers stand: in the line of the title, below it, in a column, in the front matter, nowhere.

    {t} is the title, {p} the people, {by}, {speaker} and so on words of the language; `labelled` says that a word or
    a place names them speakers, whatever their names look like.
    """

    name: str
    place: str
    pattern: str = ""
    labelled: bool = False
    full: bool = False


class Form(Struct, frozen=True):
    """How one speaker is written: {n} the name, {c} the company, {r} the role, {h} the handle."""

    name: str
    pattern: str

    @property
    def signs(self) -> frozenset[str]:
        """The signs that stand between the parts of one speaker."""
        return frozenset(
            sign for sign in (",", "-", "–", "|", "/", ";", "@") if sign in self.pattern.replace("http://", "")
        )


class Join(Struct, frozen=True):
    """How several speakers of a talk are joined; `shared` writes a company once, for all of them."""

    name: str
    count: int
    sign: str = ""
    last: str = ""
    shared: bool = False


class Stars(Struct, frozen=True):
    """How a rating is written: `pattern` of {v}, or a function of the writer; `values` are those it can say."""

    name: str
    values: tuple[float, ...]
    pattern: str = ""
    full: str = ""
    empty: str = ""
    bare: bool = False


class Spot(Struct, frozen=True):
    """Where the rating stands: at the head's end or beginning, below it, at the talk's end, in a column, in front matter."""

    name: str
    place: str
    pattern: str = "{s}"
    labelled: bool = False


class Occasion(Struct, frozen=True):
    """Where event and date are said."""

    name: str
    place: str
    dated: bool = False


class Day(Struct, frozen=True):
    """How a date is spelt, of {y}, {m}, {d} (numbers), {mm} and {dd} (two digits), {month}, {mon}; or as the language does."""

    name: str
    pattern: str


class Plain(Struct, frozen=True):
    """A habit that is all in its name; `pattern` where it is a shape of lines."""

    name: str
    pattern: str = ""


_COLUMNS = "{talk}|{title}|{speaker}|{company}|{rating}"
FRAMES = (
    *(Frame(f"heading-{n}", "heading", "#" * n + " ", n) for n in (2, 3, 1, 4, 5, 6)),
    Frame("two-levels", "heading", "## ", 2),
    Frame("setext-h1", "setext", "=", 1),
    Frame("setext-h2", "setext", "-", 2),
    Frame("bold-line", "line", "**{}**"),
    Frame("bold-italic-line", "line", "***{}***"),
    Frame("underline-bold", "line", "__{}__"),
    Frame("item-dash", "item", "- "),
    Frame("item-star", "item", "* "),
    Frame("item-plus", "item", "+ "),
    Frame("item-dot", "item", "• "),
    Frame("item-bold", "item", "- **{}**"),
    Frame("item-task", "item", "- [x] "),
    Frame("numbered", "item", "{n}. "),
    Frame("numbered-parenthesis", "item", "{n}) "),
    Frame("paragraph", "line", "{}"),
    Frame("record-talk", "record", "{talk}: "),
    Frame("record-title", "record", "{title}: "),
    Frame("record-bold", "record", "**{talk}:** "),
    Frame("table", "table", header="{title}|{speaker}|{company}|{rating}"),
    Frame("table-talk-first", "table", header="{talk}|{speaker}|{rating}"),
    Frame("table-rating-first", "table", header="{rating}|{title}|{speaker}"),
    Frame("table-speaker-first", "table", header="{speaker}|{title}|{rating}"),
    Frame("table-time", "table", header="#time|{title}|{speaker}|{rating}|#notes"),
    Frame("table-number", "table", header="##|{title}|{speaker}|{rating}"),
    Frame("table-org", "table", "+", header="{title}|{speaker}|{rating}"),
    Frame("property-table", "property", "## ", 2),
    Frame("property-titled", "property"),
    Frame("alone-heading", "heading", "# ", 1, alone=True),
    Frame("alone-h2", "heading", "## ", 2, alone=True),
    Frame("alone-setext", "setext", "=", 1, alone=True),
    Frame("alone-front", "front", alone=True),
    Frame("alone-front-heading", "front", "# ", 1, alone=True),
    Frame("alone-first-line", "line", "{}", alone=True),
    Frame("alone-property", "property", "# ", 1, alone=True),
)  # fmt: skip

MARKS = (
    Mark("bare", "{}"),
    Mark("number", "{n}. {}", whole=True),
    Mark("number-hash", "#{n} {}", whole=True),
    Mark("letter", "{l}. {}", whole=True),
    Mark("talk-number", "{talk} {n}: {}", whole=True),
    Mark("time", "{t} {}", whole=True),
    Mark("time-dash", "{t} - {}", whole=True),
    Mark("time-colon", "{t}: {}", whole=True),
    Mark("time-range", "{t}-{u} {}", whole=True),
    Mark("time-range-dash", "{t} – {u}: {}", whole=True),
    Mark("time-brackets", "[{t}] {}", whole=True),
    Mark("time-parenthesis", "({t}) {}", whole=True),
    Mark("time-h", "{h}h{i} : {}", whole=True),
    Mark("time-am", "{h}:{i}am {}", whole=True),
    Mark("time-after", "{} ({t})"),
    Mark("quotes", '"{}"'),
    Mark("quotes-typographic", "“{}”"),
    Mark("guillemets", "«{}»"),
    Mark("corner-brackets", "「{}」"),
    Mark("link", "[{}](https://example.org/talks/{n})"),
    Mark("link-after", "{} [link](https://example.org/talks/{n})"),
    Mark("wikilink", "[[{}]]"),
    Mark("wikilink-named", "[[talks/{n}|{}]]"),
    Mark("emoji", "🚀 {}", "🚀 {}"),
    Mark("emoji-after", "{} 🎉", "{} 🎉"),
    Mark("talk-in-brackets", "[{talk}] {}"),
    Mark("keynote", "Keynote: {}", "Keynote: {}"),
    Mark("workshop-parenthesis", "{} (Workshop)", "{} (Workshop)"),
    Mark("bold", "**{}**"),
    Mark("italic", "*{}*"),
    Mark("colon-after", "{}:", whole=True),
    Mark("tag-after", "{} #conference"),
    Mark("anchor", '<a name="t{n}"></a>{}', whole=True),
    Mark("attribute", "{} {#t{n}}", whole=True),
    Mark("lenticular", "【{}】"),
)

SEATS = (
    Seat("hyphen", "head", "{t} - {p}"),
    Seat("dash", "head", "{t} – {p}"),
    Seat("long-dash", "head", "{t} — {p}"),
    Seat("tight-long-dash", "head", "{t}—{p}"),
    Seat("double-hyphen", "head", "{t} -- {p}"),
    Seat("pipe", "head", "{t} | {p}"),
    Seat("double-slash", "head", "{t} // {p}"),
    Seat("tab", "head", "{t}\t{p}"),
    Seat("two-spaces", "head", "{t}  {p}"),
    Seat("colon", "head", "{t}: {p}"),
    Seat("middle-dot", "head", "{t} · {p}"),
    Seat("parenthesis", "head", "{t} ({p})"),
    Seat("brackets", "head", "{t} [{p}]"),
    Seat("by", "head", "{t} {by} {p}", True),
    Seat("comma-by", "head", "{t}, {by} {p}", True),
    Seat("parenthesis-by", "head", "{t} ({by} {p})", True),
    Seat("with", "head", "{t} with {p}"),
    Seat("italic", "head", "{t} *{p}*"),
    Seat("full-width-parenthesis", "head", "{t}（{p}）", full=True),
    Seat("full-width-colon", "head", "{t}：{p}", full=True),
    Seat("lenticular-first", "head", "【{p}】{t}", full=True),
    Seat("first-colon", "head", "{p}: {t}"),
    Seat("first-hyphen", "head", "{p} - {t}"),
    Seat("first-dash", "head", "{p} – {t}"),
    Seat("first-long-dash", "head", "{p} — {t}"),
    Seat("first-pipe", "head", "{p} | {t}"),
    Seat("first-quoted", "head", '{p}, "{t}"'),
    Seat("first-brackets", "head", "[{p}] {t}"),
    Seat("below", "below", "{p}"),
    Seat("below-bold", "below", "**{p}**"),
    Seat("below-italic", "below", "*{p}*"),
    Seat("below-underline", "below", "_{p}_"),
    Seat("below-item", "below", "- {p}"),
    Seat("below-star-item", "below", "* {p}"),
    Seat("below-dash", "below", "— {p}"),
    Seat("below-quote", "below", "> {p}"),
    Seat("below-parenthesis", "below", "({p})"),
    Seat("below-by", "below", "{by} {p}", True),
    Seat("below-capital-by", "below", "{By} {p}", True),
    Seat("below-italic-by", "below", "*{by} {p}*", True),
    Seat("below-by-comma", "below", "{By}, {p}", True),
    Seat("below-label", "below", "{speaker}: {p}", True),
    Seat("below-label-item", "below", "- {speaker}: {p}", True),
    Seat("below-label-bold", "below", "**{speaker}:** {p}", True),
    Seat("below-label-bold-item", "below", "* **{speaker}**: {p}", True),
    Seat("below-label-lower", "below", "{lower}: {p}", True),
    Seat("below-label-hyphen", "below", "{speaker} - {p}", True),
    Seat("below-label-full-width", "below", "{speaker}：{p}", True, True),
    Seat("below-property", "below", "{lower}:: {p}", True),
    Seat("below-emoji", "below", "🎤 {p}", True),
    Seat("below-presented", "below", "Presented by {p}", True),
    Seat("below-each-item", "each", "- {p}"),
    Seat("below-each-line", "each", "{p}"),
    Seat("below-label-items", "each", "{speaker}:\n- {p}", True),
    Seat("below-heading", "title", "{p}"),
    Seat("below-heading-label", "title", "{speaker}: {p}", True),
    Seat("column", "column", "{p}", True),
    Seat("front", "front", "speaker: {p}", True),
    Seat("front-list", "front", "speakers:\n  - {p}", True),
    Seat("front-flow", "front", "speakers: [{p}]", True),
    Seat("front-language", "front", "{lower}: {p}", True),
    Seat("nobody", "none"),
)

FORMS = (
    Form("name", "{n}"),
    Form("comma-company", "{n}, {c}"),
    Form("company-in-parenthesis", "{n} ({c})"),
    Form("hyphen-company", "{n} - {c}"),
    Form("dash-company", "{n} – {c}"),
    Form("pipe-company", "{n} | {c}"),
    Form("slash-company", "{n} / {c}"),
    Form("at-sign-company", "{n} @ {c}"),
    Form("at-company", "{n} at {c}"),
    Form("from-company", "{n} from {c}"),
    Form("of-company", "{n} of {c}"),
    Form("company-in-brackets", "{n} [{c}]"),
    Form("company-italic", "{n} *{c}*"),
    Form("company-full-width", "{n}（{c}）"),
    Form("comma-role", "{n}, {r}"),
    Form("role-company", "{n}, {r}, {c}"),
    Form("role-at-company", "{n}, {r} at {c}"),
    Form("role-at-sign-company", "{n}, {r} @ {c}"),
    Form("role-in-parenthesis", "{n} ({r}, {c})"),
    Form("hyphen-role-hyphen-company", "{n} - {r} - {c}"),
    Form("handle", "{n} @{h}"),
    Form("handle-in-parenthesis", "{n} (@{h})"),
    Form("handle-in-brackets", "{n} [@{h}]"),
    Form("handle-linked", "{n} [@{h}](https://twitter.com/{h})"),
    Form("name-linked-to-handle", "[{n}](https://twitter.com/{h})"),
    Form("handle-hyphen", "{n} - @{h}"),
    Form("handle-comma", "{n}, @{h}"),
    Form("handle-alone", "@{h}"),
    Form("company-handle", "{n} ({c}) @{h}"),
    Form("company-and-handle-in-parenthesis", "{n} ({c}, @{h})"),
    Form("handle-comma-company", "{n} (@{h}), {c}"),
    Form("handle-and-company-in-parenthesis", "{n} (@{h}, {c})"),
    Form("handle-hyphen-company", "{n} @{h} - {c}"),
    Form("comma-company-handle", "{n}, {c} (@{h})"),
    Form("linked", "[{n}](https://example.org/people/{h})"),
    Form("wikilink", "[[{n}]]"),
    Form("wikilink-named", "[[people/{h}|{n}]]"),
    Form("wikilink-company", "[[{n}]] ([[{c}]])"),
    Form("bold", "**{n}**"),
    Form("bold-comma-company", "**{n}**, {c}"),
    Form("bold-company-italic", "**{n}** (*{c}*)"),
)

JOINS = (
    Join("one", 1),
    Join("ampersand", 2, " & ", " & "),
    Join("and", 2, " and ", " and "),
    Join("and-in-language", 2, " {and} ", " {and} "),
    Join("comma", 2, ", ", ", "),
    Join("slash", 2, " / ", " / "),
    Join("tight-slash", 2, "/", "/"),
    Join("semicolon", 2, "; ", "; "),
    Join("plus", 2, " + ", " + "),
    Join("commas-ampersand", 3, ", ", " & "),
    Join("commas-and", 3, ", ", " and "),
    Join("oxford-comma", 3, ", ", ", and "),
    Join("commas-four", 4, ", ", ", "),
    Join("ideographic-comma", 2, "、", "、"),
    Join("shared-company", 2, " & ", " & ", True),
    Join("shared-company-and", 2, " {and} ", " {and} ", True),
)

_WHOLE = (5.0, 4.0, 3.0, 2.0, 1.0)
_HALVES = (4.5, 3.5, 2.5, 4.0, 1.5)
STARS = (
    Stars("filled-and-empty", _WHOLE, full="★", empty="☆"),
    Stars("filled", _WHOLE, full="★"),
    Stars("emoji", _WHOLE, full="⭐"),
    Stars("emoji-selected", _WHOLE, full="⭐️"),
    Stars("emoji-and-empty", _WHOLE, full="⭐", empty="☆"),
    Stars("glowing", _WHOLE, full="🌟"),
    Stars("shortcode", _WHOLE, full=":star:"),
    Stars("shortcodes-spaced", _WHOLE, full=":star: "),
    Stars("filled-spaced", _WHOLE, full="★ "),
    Stars("asterisks", _WHOLE, full="\\*"),
    Stars("filled-half", (3.5, 4.5, 2.5), full="★", pattern="½"),
    Stars("of-five", _WHOLE, "{v}/5"),
    Stars("of-five-spaced", _WHOLE, "{v} / 5"),
    Stars("half-of-five", _HALVES, "{v}/5"),
    Stars("comma-of-five", (4.5, 3.5, 2.5), "{w}/5"),
    Stars("of-ten", (4.0, 4.5, 3.5, 2.0), "{x}/10"),
    Stars("vulgar-half", (4.5, 3.5, 2.5), "{i}½", bare=True),
    Stars("vulgar-half-of-five", (4.5, 3.5, 2.5), "{i}½/5"),
    Stars("stars-word", _WHOLE, "{v} stars"),
    Stars("of-five-stars", _HALVES, "{v}/5 stars"),
    Stars("half-stars-word", (4.5, 3.5, 2.5), "{i} 1/2 stars"),
    Stars("out-of-five", _WHOLE, "{v} out of 5"),
    Stars("bracketed", _WHOLE, "[{v}/5]"),
    Stars("parenthesised", _WHOLE, "({v}/5)"),
    Stars("bold-of-five", _WHOLE, "**{v}/5**"),
    Stars("star-of-five", _WHOLE, "★ {v}/5"),
    Stars("emoji-of-five", _WHOLE, "⭐ {v}/5"),
    Stars("number-star", _WHOLE, "{v}★"),
    Stars("number-emoji", _WHOLE, "{v}⭐"),
    Stars("emoji-number", _WHOLE, "⭐ {v}"),
    Stars("emoji-times", _WHOLE, "⭐x{v}"),
    Stars("number", _WHOLE, "{v}", bare=True),
    Stars("number-half", _HALVES, "{v}", bare=True),
    Stars("remark", _WHOLE, "{v}/5: would see it again"),
    Stars("remark-in-parenthesis", _WHOLE, "{v}/5 (worth the queue)"),
    Stars("unrated", ()),
)

SPOTS = (
    Spot("head-end", "head", "{} {s}"),
    Spot("head-end-parenthesis", "head", "{} ({s})"),
    Spot("head-end-brackets", "head", "{} [{s}]"),
    Spot("head-end-hyphen", "head", "{} - {s}"),
    Spot("head-end-long-dash", "head", "{} — {s}"),
    Spot("head-end-pipe", "head", "{} | {s}"),
    Spot("head-end-comma", "head", "{}, {s}"),
    Spot("head-break", "head", "{}<br>{s}"),
    Spot("head-start", "head", "{s} {}"),
    Spot("head-start-brackets", "head", "[{s}] {}"),
    Spot("below", "below"),
    Spot("below-first", "first"),
    Spot("below-item", "below", "- {s}"),
    Spot("below-italic", "below", "*{s}*"),
    Spot("below-quote", "below", "> {s}"),
    Spot("below-label", "below", "{rating}: {s}", True),
    Spot("below-my-rating", "below", "My rating: {s}", True),
    Spot("below-label-item", "below", "- {rating}: {s}", True),
    Spot("below-label-bold", "below", "**{rating}:** {s}", True),
    Spot("below-label-bold-item", "below", "* **{rating}**: {s}", True),
    Spot("below-label-lower", "below", "{lower}: {s}", True),
    Spot("below-label-full-width", "below", "{rating}：{s}", True),
    Spot("below-label-hyphen", "below", "{rating} - {s}", True),
    Spot("below-property", "below", "rating:: {s}", True),
    Spot("last", "last"),
    Spot("last-label", "last", "{rating}: {s}", True),
    Spot("last-item-label", "last", "- {rating}: {s}", True),
    Spot("last-bold-label", "last", "**{rating}: {s}**", True),
    Spot("last-score", "last", "Score: {s}", True),
    Spot("section", "section", "{rating}\n{s}", True),
    Spot("section-in-heading", "section", "{rating}: {s}", True),
    Spot("column", "column", "{s}", True),
    Spot("front", "front", "rating: {s}", True),
    Spot("front-language", "front", "{lower}: {s}", True),
    Spot("nowhere", "none"),
)

OCCASIONS = (
    Occasion("heading", "heading"),
    Occasion("heading-dated", "heading", True),
    Occasion("heading-date-line", "line", True),
    Occasion("front", "front", True),
    Occasion("front-title", "front-title", True),
    Occasion("folder", "folder"),
    Occasion("folder-dated", "folder", True),
    Occasion("file-name", "file"),
    Occasion("file-name-dated", "file", True),
    Occasion("setext", "setext"),
    Occasion("days", "days", True),
)

DAYS = (
    Day("iso", "{y}-{mm}-{dd}"),
    Day("in-language", ""),
    Day("dots", "{dd}.{mm}.{y}"),
    Day("short-dots", "{d}.{m}.{y}"),
    Day("slashes-of-the-world", "{dd}/{mm}/{y}"),
    Day("slashes-year-first", "{y}/{mm}/{dd}"),
    Day("compact", "{y}{mm}{dd}"),
    Day("one-digit-iso", "{y}-{m}-{d}"),
    Day("short-month", "{d} {mon} {y}"),
    Day("short-month-first", "{mon} {d}, {y}"),
    Day("ordinal", "{d}th of {Month} {y}"),
    Day("weekday", "Thursday, {Month} {d}, {y}"),
    Day("month", "{Month} {y}"),
    Day("year-month", "{y}-{mm}"),
    Day("range", "{Month} {d}-{e}, {y}"),
    Day("iso-time", "{y}-{mm}-{dd}T09:30:00Z"),
)

SECTIONS = tuple(
    Plain(name)
    for name in (
        "none",
        "headings",
        "headings-two-levels",
        "headings-numbered",
        "headings-telling",
        "bold-lines",
        "labels",
        "links-section",
        "bold-items",
    )
)
BODIES = tuple(
    Plain(name)
    for name in (
        "bullets", "none", "prose", "numbered", "star-bullets", "nested", "tasks", "fence-with-comment", "tilde-fence", "indented-code",
        "quote", "callout", "image", "data-table", "numbers", "people", "links", "html", "formula", "headings-in-quote", "stars-in-prose",
    )
)  # fmt: skip
NOISES = tuple(
    Plain(name)
    for name in (
        "none", "lunch", "break-timed", "agenda-list", "agenda-table", "day-headings", "impressions", "todo", "legend-line", "legend-list",
        "html-comment", "obsidian-comment", "tags-top", "tags-each", "rules-between", "link-definitions", "introduction", "contents",
        "housekeeping", "code-before",
    )
)  # fmt: skip
FILES = tuple(
    Plain(name)
    for name in ("lf", "crlf", "cr", "bom", "bom-crlf", "decomposed", "no-last-newline", "trailing-spaces", "hard-breaks", "text", "no-break-spaces", "zero-width")
)  # fmt: skip
SPACINGS = (Plain("together"), Plain("loose"), Plain("tight"), Plain("two-blank-lines"))
GAPS = tuple(
    Plain(name)
    for name in (
        "nothing",
        "second-unrated",
        "last-speakerless",
        "first-bodiless",
        "last-bare",
        "empty-rating",
        "to-be-announced",
    )
)
COUNTS = (Plain("three", "3"), Plain("one", "1"), Plain("two", "2"), Plain("seven", "7"))


class Style(Struct, frozen=True):
    """One habit of each axis: a way to write notes."""

    frame: Frame
    seat: Seat
    spot: Spot
    stars: Stars
    form: Form
    join: Join
    mark: Mark
    topic: Topic
    tongue: Tongue
    people: People
    firms: Firms
    occasion: Occasion
    day: Day
    body: Plain
    section: Plain
    noise: Plain
    file: Plain
    spacing: Plain
    gap: Plain
    count: Plain


Habit = Frame | Mark | Seat | Form | Join | Stars | Spot | Occasion | Day | Plain | Topic | Tongue | People | Firms
AXES: dict[str, tuple[Habit, ...]] = {
    "frame": FRAMES, "seat": SEATS, "spot": SPOTS, "stars": STARS, "form": FORMS, "join": JOINS, "mark": MARKS, "topic": TOPICS,
    "tongue": TONGUES, "people": PEOPLE, "firms": FIRMS, "occasion": OCCASIONS, "day": DAYS, "body": BODIES, "section": SECTIONS,
    "noise": NOISES, "file": FILES, "spacing": SPACINGS, "gap": GAPS, "count": COUNTS,
}  # fmt: skip
