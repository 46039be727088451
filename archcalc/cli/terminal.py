"""What the standard streams are: whether a terminal, how wide, in colours or not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO


def painter(stream: TextIO) -> Callable[[str, str], str]:
    """What paints for a stream: colours on a terminal that wants them, nothing for a pipe or with NO_COLOR."""
    if not is_terminal(stream) or os.environ.get("NO_COLOR"):
        return lambda text, style: text
    from archcalc.report.formats.terminal import paint

    return paint


def is_terminal(stream: TextIO) -> bool:
    """Whether a standard stream is a terminal that wants more than plain text."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Columns of the terminal: COLUMNS where it is set, as every shell has it."""
    stated = os.environ.get("COLUMNS", "")
    try:
        told = int(stated) if stated.isdecimal() and len(stated) < 6 else 0
        return told or os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80
