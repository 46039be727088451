"""`archcalc` and `python -m archcalc`: one process, its signals and its standard streams.

Nothing here reaches a person as a traceback, whatever becomes of the streams: a reader that goes away ends the process as it ends
`cat` (status 141 in a shell), an interrupt likewise (130), and a stream that is closed or full is said in a sentence (2).
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's, without importing it: until signals are taken, the less is done the better
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import TextIO

# What an output that cannot write Unicode gets instead.
_ASCII = {
    "×": "x", "−": "-", "·": "*", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "≤": "<=", "≥": ">=",
    "→": "->", "…": "...", "│": "|", "├": "|", "└": "`", "─": "-", "∂": "d", "σ": "sigmoid", "δ": "delta",
    "²": "^2", "≈": "~", "–": "-", "Σ": "sum", "⊙": "*", "ₜ": "_t", "₋": "-", "₊": "+", "₁": "1", "₂": "2",
    "ᵀ": "^T", "î": "i^", "ô": "o^", "ĝ": "g^", "\u0302": "^", "ε": "eps", "ŷ": "y^", "∈": "in", "═": "=",
    "╴": "-", "←": "<-", "η": "eta", "ₘ": "_m", "ₙ": "_n", "√": "sqrt", "✓": "+", "✗": "x", "±": "+-",
}  # fmt: skip


def _quiet(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An interrupt before the signals are taken ends the process as one after that does."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quiet


def main() -> None:
    """Runs the command line. ARCHCALC_DEBUG=1 shows where an internal fault is."""
    take_signals()
    if not take_streams():
        sys.exit(2)
    sys.exit(run())


def run() -> int:
    """The status of the command line's run, when all it wrote has arrived."""
    import gc

    # A short process that makes many small objects: the collector would walk them again and again for nothing.
    gc.set_threshold(200_000, 20, 20)
    from archcalc.cli import cli

    status = 0
    try:
        cli(prog_name="archcalc")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except OSError as error:
        status = say(f"archcalc: the answer cannot be written: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("ARCHCALC_DEBUG"):
            raise
        status = say(f"archcalc: internal fault, a bug in archcalc: {type(error).__name__}: {str(error)[:200]}")
    if why := failure(sys.stdout):
        status = say(f"archcalc: the answer cannot be written: {why}")
    return 2 if failure(sys.stderr) else status


def failure(stream: TextIO) -> str:
    """Why what was written to a standard stream cannot arrive; empty where it has.

    What is left in the stream is lost then, and is not tried again when the interpreter ends.
    """
    try:
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error.strerror or str(error)
    return ""


def say(sentence: str) -> int:
    """Writes a sentence to standard error, if that can be written to; the status that goes with it."""
    import contextlib

    with contextlib.suppress(OSError):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    return 2


def take_signals() -> None:
    """An interrupt, and a reader that went away, end the process as they end any other."""
    import signal

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in a shell's background
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Gives the terminal back the cursor that a progress bar hid, and dies of the signal."""
    import signal

    if sys.stderr.isatty():
        os.write(2, b"\x1b[?25h\n")
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def take_streams() -> bool:
    """Makes the standard streams fit to be written to; False, and a sentence, where standard output is closed."""
    closed = sys.stdout is None
    while (free := os.open(os.devnull, os.O_RDWR)) < 3:
        pass  # the number of a closed stream, which the next file opened would have got
    os.close(free)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if closed:
        say("archcalc: standard output is closed")
        return False
    for stream in (sys.stdout, sys.stderr):
        tame(stream)
    return True


def tame(stream: object) -> None:
    """Lets an output that cannot write a character receive plain signs instead of failing."""
    import codecs
    import io

    if not isinstance(stream, io.TextIOWrapper):
        return
    if (stream.encoding or "").lower().replace("-", "").startswith("utf"):
        stream.reconfigure(errors="backslashreplace")  # half a pair, as in a file's name that is not UTF-8
    else:
        codecs.register_error("archcalc", _replace)
        stream.reconfigure(errors="archcalc")


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    bad = error.object[error.start : error.end]
    return "".join(_ASCII.get(c, "?") for c in bad), error.end


if __name__ == "__main__":
    main()
