"""`python -m kb` is `kb`. Run as a file it is the kb that it lies in, whichever one the path leads to."""

import os
import sys

if "kb" not in sys.modules:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    _spec = PathFinder.find_spec("kb", [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))])
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["kb"] = module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["kb"])

if __name__ == "__main__":
    from kb.launch import prepare

    prepare()

    from kb.cli import main

    main()
