"""`CliRunner` of click 8.1 as later releases have it: one run gives stdout, stderr, and both as a terminal shows them."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import click.testing


class Tee(io.BytesIO):
    """Keeps what is written, and writes it to a second place too."""

    def __init__(self, both: io.BytesIO) -> None:
        super().__init__()
        self.both = both

    def write(self, data: Any) -> int:
        self.both.write(data)
        return super().write(data)


class Result(click.testing.Result):
    """A result whose `output` is both streams in the order of writing; that old click offers `-h` is no difference of ours."""

    both: bytes

    @property
    def output(self) -> str:
        return self.both.decode("utf-8", "replace").replace("\r\n", "\n").replace(" -h' for help", " --help' for help")


class Runner(click.testing.CliRunner):
    """Keeps the streams apart, and together."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.mix_stderr = False

    @contextlib.contextmanager
    def isolation(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """As click's, with both streams written through: one that waits would come late in `output`."""
        with super().isolation(*args, **kwargs):
            self.both = io.BytesIO()
            streams = Tee(self.both), Tee(self.both)
            sys.stdout = io.TextIOWrapper(streams[0], encoding="utf-8", write_through=True)
            sys.stderr = io.TextIOWrapper(streams[1], encoding="utf-8", errors="backslashreplace", write_through=True)
            yield streams

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        result = super().invoke(*args, **kwargs)
        result.__class__ = Result
        result.both = self.both.getvalue()
        return result


def install() -> None:
    """Put it in click's place where click is that old."""
    if hasattr(click.testing.CliRunner(), "mix_stderr"):
        click.testing.CliRunner = Runner  # type: ignore[misc]
