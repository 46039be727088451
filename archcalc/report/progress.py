"""A progress bar on the terminal for what takes longer than a second; nothing otherwise."""

from __future__ import annotations

import sys
import time
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

            self.progress = Progress(console=Console(stderr=True), transient=True)
            self.progress.start()
            self.task = self.progress.add_task(self.title, total=1.0)
        self.progress.update(self.task, completed=share, description=f"{self.title} ({tried:,} tried)")

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()
