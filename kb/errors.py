"""What can go wrong, a class a case; each owns its message, the edges give it a status or an exit code."""

from __future__ import annotations


class KbError(Exception):
    """Base of everything that kb raises on purpose; its text is a line that says what to do."""

    code = "error"

    def __reduce__(self) -> tuple[object, ...]:
        """Returns how to make it anew in another process: its constructor takes other things than its message."""
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[KbError], args: tuple[object, ...], said: dict[str, object]) -> KbError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(said)
    return error


class UnknownRecordError(KbError):
    """No record has this id."""

    code = "unknown_record"

    def __init__(self, kind: str | None, id: str, suggestion: str | None = None) -> None:
        self.kind, self.id, self.suggestion = kind, id, suggestion
        meant = f"; did you mean {suggestion!r}?" if suggestion else ""
        super().__init__(f"there is no {kind or 'record'} {id!r}{meant}")


class BadParameterError(KbError):
    """A parameter of a request, or an option of a command, is unknown or has no usable value."""

    code = "bad_parameter"

    def __init__(self, param: str, message: str, suggestion: str | None = None, code: str | None = None) -> None:
        self.param, self.suggestion = param, suggestion
        self.code = code or type(self).code
        super().__init__(message)


class IndexMissingError(KbError):
    """No index has been built here."""

    code = "index_missing"

    def __init__(self, folder: str) -> None:
        super().__init__(f"there is no index in {folder}; run: kb ingest")


class IndexDamagedError(KbError):
    """The index is not what was written, or was written by another version; it can be rebuilt."""

    code = "index_damaged"

    def __init__(self, folder: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the index in {folder} cannot be used ({reason}); run: kb ingest --rebuild")


class IndexUnreadableError(KbError):
    """The system refused to read the index (too many open files, no memory, a broken disk); it may be whole."""

    code = "index_unreadable"

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(f"the index in {folder} could not be read ({reason}); try again, or run: kb ingest --rebuild")


class IndexBusyError(KbError):
    """Another process is writing the index."""

    code = "index_busy"

    def __init__(self, folder: str) -> None:
        super().__init__(f"another ingest is writing {folder}; try again when it has ended")


class IndexNotWrittenError(KbError):
    """The system refused to write the index (disk full, no permission); the old one is still whole."""

    code = "index_not_written"

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(f"the index in {folder} could not be written ({reason}); the one before is unchanged")


class NotAnIndexError(KbError):
    """A folder that is to hold an index holds something else already."""

    code = "not_an_index"

    def __init__(self, folder: str, name: str) -> None:
        super().__init__(
            f"kb keeps its index in a folder of its own, and {folder} holds {name!r}, which is none of it;"
            " name another folder, empty or new, with --index"
        )


class InTheWayError(KbError):
    """Something that is not kb's stands where kb writes the index."""

    code = "in_the_way"

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place} is in the way of the index: {what}; move it elsewhere and try again")


class NotesLeavingError(KbError):
    """Notes of folders that the index covers would leave it, which nobody asked for."""

    code = "notes_leaving"

    def __init__(self, leaving: dict[str, int | None], named: str) -> None:
        said = [f"{'the' if n is None else n} note{'' if n == 1 else 's'} of {place}" for place, n in leaving.items()]
        super().__init__(
            f"{' and '.join(said)} would leave the index; to keep them: kb ingest --add {named},"
            f" to let them go: kb ingest --replace {named}"
        )


class NotesUnreadableError(KbError):
    """A folder or file that was named cannot be read at all."""

    code = "notes_unreadable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")


class HtmlNotMadeError(KbError):
    """A talk's HTML could not be made, which is not its own fault: there is no room for another process, say."""

    code = "html_not_made"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the HTML of this talk could not be made now ({reason}); try again in a few seconds")
