"""How a command runs: its status, what it fails with, and the KnowledgeBase that it asks."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from kb.cli.streams import say
from kb.errors import BadParameterError, KbError, UnknownRecordError
from kb.printable import one_line

if TYPE_CHECKING:
    from kb.service import KnowledgeBase

DONE, NOTHING, USAGE, FAILED = 0, 1, 2, 3
TEXT_OR_JSON = "What to write (default text)."
F = TypeVar("F", bound=Callable[..., Any])


def fail(message: object, status: int = FAILED) -> NoReturn:
    """Says why on stderr, in one line, and ends."""
    say(f"kb: {one_line(str(message))}")
    raise click.exceptions.Exit(status)


def guarded(command: F) -> F:
    """Turns what kb raises on purpose into a line and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except UnknownRecordError as error:
            fail(error, NOTHING)
        except BadParameterError as error:
            fail(error, USAGE)
        except KbError as error:
            fail(error)
        except OSError as error:
            fail(f"{error.filename or 'the system'}: {error.strerror or error}")
        except MemoryError:
            fail("there is not enough memory; the index is as it was")

    return run  # type: ignore[return-value]


def brief(command: F) -> F:
    """Runs a command without looking for garbage, of which a process that soon ends makes little."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        gc.disable()
        return command(*args, **kwargs)

    return run  # type: ignore[return-value]


def opened(context: click.Context) -> KnowledgeBase:
    """Returns the KnowledgeBase that the options name."""
    from kb.service import KnowledgeBase

    return KnowledgeBase(context.obj)
