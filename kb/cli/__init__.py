"""The command line: data to stdout, everything else to stderr; 0 done, 1 nothing found, 2 wrong use, 3 could not.

Each command imports what it needs when it runs, so that none waits for another's libraries.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from kb import __version__, launch
from kb.cli import streams
from kb.cli.asking import explain, search, show_
from kb.cli.notes import check, export, ingest_, parse, status, style, watch
from kb.cli.running import DONE, FAILED, USAGE, fail
from kb.cli.serving import serve
from kb.errors import KbError

EXAMPLES = """\b
Examples:
  kb ingest ~/notes
  kb search five-star talks
  kb search "talks mentioning strace" --format json
"""


def main() -> NoReturn:
    """Runs the command line; a closed pipe or an interrupt ends it quietly."""
    launch.prepare()
    # NumPy would start threads for linear algebra, of which there is none here, and wait for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    streams.take()
    try:
        status = _run()
        streams.flush()
    except streams.UnreadError:
        status = DONE
    except streams.UnwrittenError as error:
        streams.say(f"kb: {error}")
        status = FAILED
    _end(status)


def _run() -> int:
    """Runs a command and returns its exit status."""
    # Without standalone mode click hands the status of `Exit` back, and a command's own result, None.
    try:
        status: object = cli.main(standalone_mode=False, prog_name="kb")
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        status = USAGE
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except SystemExit as ended:
        if ended.code == 1:  # So click ends where nobody reads its help any more; kb itself ends so only with 0.
            raise streams.UnreadError from None
        raise
    except OSError as error:  # click could not write its help.
        streams.drop(sys.stdout)
        raise streams.UnwrittenError(error) from None
    return status if isinstance(status, int) else DONE


def _end(status: int) -> NoReturn:
    """Ends the process. Taken apart object by object it would take a fifth as long again as a question."""
    if "multiprocessing" in sys.modules:  # Which has more to tidy up than the system does by itself.
        sys.exit(status)
    os._exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(__version__, prog_name="kb")
@click.option("--index", type=click.Path(path_type=Path), help="Where the index is (KB_INDEX, default index).")
@click.pass_context
def cli(context: click.Context, index: Path | None) -> None:
    """Reads your conference notes and answers questions about them."""
    import msgspec

    from kb.config import from_environment

    try:
        config = from_environment()
    except KbError as error:
        fail(error, USAGE)
    context.obj = msgspec.structs.replace(config, index=index) if index else config


for command in (ingest_, watch, check, parse, style, status, export, search, show_, explain, serve):
    cli.add_command(command)
