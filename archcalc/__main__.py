"""`archcalc` and `python -m archcalc`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Runs the command line. No traceback reaches a user; ARCHCALC_DEBUG=1 shows where an internal fault is."""
    # A short process that makes many small objects: the collector would walk them again and again for nothing.
    gc.set_threshold(200_000, 20, 20)
    from archcalc.cli import cli, tame_output

    tame_output()
    try:
        cli(prog_name="archcalc")
    except Exception as error:
        import os

        if os.environ.get("ARCHCALC_DEBUG"):
            raise
        sys.stderr.write(f"archcalc: internal fault, a bug in archcalc: {type(error).__name__}: {str(error)[:200]}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
