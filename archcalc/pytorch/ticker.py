"""A progress bar on a terminal's standard error, and nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(steps: int, word: str) -> Iterator[Callable[[int], None] | None]:
    """A function to call with the number of each step; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(word), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # No thread of its own: it would run beside what is being measured.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task, shown = bar.add_task(word, total=steps), 0.0

        def step(number: int) -> None:
            nonlocal shown
            now = time.monotonic()
            bar.update(task, completed=number + 1, refresh=now - shown > 0.1)
            shown = now if now - shown > 0.1 else shown

        yield step
