"""A progress bar on the terminal for what takes longer than a second; nothing otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds


class Bar:
    """Called with the share done and how many were tried; shows itself on standard error once patience is out."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.last = 0.0
        self.progress: Progress | None = None
        self.task: Any = None

    def __call__(self, share: float, tried: int) -> None:
        self._show(share, f"{self.title} ({tried:,} tried)")

    def steps(self, count: int) -> Callable[[int], None] | None:
        """A function to call with the number of each of so many steps; None where nobody watches."""
        if not sys.stderr.isatty():
            return None
        return lambda number: self._show((number + 1) / count, f"{self.title} {number + 1:,} of {count:,}")

    def _show(self, share: float, description: str) -> None:
        now = time.monotonic()
        if now - self.started < PATIENCE or now - self.last < 0.1:
            return
        self.last = now
        if self.progress is None:
            if not sys.stderr.isatty():
                self.started = float("inf")
                return
            from rich.console import Console
            from rich.progress import Progress

            # No thread of its own: it would run beside what is being measured.
            self.progress = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
            self.progress.start()
            self.task = self.progress.add_task(self.title, total=1.0)
        self.progress.update(self.task, completed=share, description=description, refresh=True)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()
