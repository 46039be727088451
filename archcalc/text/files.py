"""From bytes to a text."""

from __future__ import annotations

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

MOST_BYTES = 2_000_000


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
        text = data.decode("utf-8-sig")
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
