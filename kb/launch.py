"""Starts kb's own processes so that they import kb and what is installed, and no file of the working folder.

Python looks there first when it is started by `-m` or `-c`, and where PYTHONPATH has an empty or a relative entry.
Nothing but `os` and `sys`, which every Python has loaded at its start, is imported before that is put right.
"""

import os
import sys

START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")


def command(*arguments: str) -> list[str]:
    """Returns the command that runs this very kb, wherever it was found, with some arguments."""
    return [sys.executable, "-P", START, *arguments]


def prepare() -> None:
    """Prepares this process, and all that it starts, to import nothing of the working folder."""
    if sys.flags.ignore_environment and not sys.flags.safe_path:  # Its children would not be told by PYTHONSAFEPATH.
        os.execv(sys.executable, [sys.executable, "-E", "-P", START, *sys.argv[1:]])
    _leave_working_folder_out()
    os.environ["PYTHONSAFEPATH"] = "1"
    # What multiprocessing tidies up after a process that was killed is nothing that a user could do anything about.
    warnings = os.environ.get("PYTHONWARNINGS", "").split(",")
    os.environ["PYTHONWARNINGS"] = ",".join([*filter(None, warnings), "ignore:resource_tracker:UserWarning"])
    # Processes that multiprocessing starts run the main module first, which is how they find this very kb.
    main = sys.modules["__main__"]
    main.__spec__, main.__file__ = None, START


def _leave_working_folder_out() -> None:
    """Takes the working folder, and what is named by its place in there, off this process's path and PYTHONPATH."""
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    absolute = [entry for entry in named if os.path.isabs(entry)]
    relative = {entry for entry in named if not os.path.isabs(entry)}
    try:
        here = os.getcwd()
        left_out = {"", *relative, *map(os.path.abspath, relative)}
    except FileNotFoundError:  # There is no working folder any more.
        here, left_out = "", {"", *relative}
    if not sys.flags.safe_path and sys.path[:1] == [here]:
        del sys.path[0]
    sys.path[:] = [entry for entry in sys.path if entry not in left_out or entry in absolute]
    os.environ["PYTHONPATH"] = os.pathsep.join(absolute)
