"""From bytes to a text, files that are no text, and where those of the examples stand."""

from __future__ import annotations

import os
from typing import BinaryIO

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

MOST_BYTES = 2_000_000
MOST_HELD = 64_000_000  # of what is no text and comes through a pipe: it is held in memory, where a file is not


def examples_folder() -> str:
    """Where the examples stand: inside the installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "examples")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "examples")


def decode(name: str, data: bytes, *, path: str = "") -> Source:
    """Bytes as text: UTF-8, with or without a byte-order mark. Raises SpecError at the first byte that is none."""
    if len(data) > MOST_BYTES:
        raise SpecError(
            [
                Fault(
                    f"{name}: larger than {MOST_BYTES:,} bytes, the most allowed",
                    repairs=[
                        f"jupyter nbconvert --clear-output --inplace {name}, which takes the pictures out"
                        if name.endswith(".ipynb")
                        else "the network alone, without what is no layer"
                    ],
                )
            ]
        )
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        source = Source(name, before + "�")
        span = Span(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
        hint = "saving the file as UTF-8"
        raise SpecError([Fault(f"not UTF-8 text: byte 0x{data[error.start]:02x}", span, repairs=[hint])]) from None
    if "\x00" in text:
        at = text.index("\x00")
        span = Span(Source(name, text), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise SpecError([Fault("a zero byte: this is no text", span, repairs=["the text of the network, saved as UTF-8"])])
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"), path=path)


def mapped(name: str, file: BinaryIO, notation: str) -> Source:
    """A file that is no text: its bytes are looked at where they lie, and what nobody looks at is never read."""
    import mmap

    source = Source(name, "", notation, path=name)
    source.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.seek(0, 2) else b""
    return source


def held(name: str, data: bytes, notation: str) -> Source:
    """The same of bytes that came through a pipe. Raises SpecError."""
    if len(data) > MOST_HELD:
        message = f"{name}: larger than {MOST_HELD:,} bytes, the most that is taken through a pipe"
        raise SpecError([Fault(message, repairs=["the name of the file instead of `-`"])])
    source = Source(name, "", notation)
    source.data = data
    return source
