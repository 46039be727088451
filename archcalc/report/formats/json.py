"""JSON: the data of an answer, complete whatever is shown of it; `archcalc schema` prints the schema of a report."""

from __future__ import annotations

import json

from archcalc.report.document import Document

# What a screen or a reader of lines takes for more than a character; it stands inside strings alone.
_HIDDEN = {c: f"\\u{c:04x}" for c in (*range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}


def write(document: Document, width: int | None = None) -> str:
    """The data as JSON text."""
    data = document.data() if callable(document.data) else document.data
    text = json.dumps(data, indent=2, ensure_ascii=False).translate(_HIDDEN)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair
        text = json.dumps(data, indent=2)
    return text
