"""Control characters made visible: what reaches a screen or a file passes here, so that no name can move a cursor."""

from __future__ import annotations

# C0 but for newline, DEL and C1; marks that turn the direction of a line or end it unseen.
_HIDDEN = {c: f"\\x{c:02x}" for c in (*range(9), *range(11, 32), *range(127, 160))}
_HIDDEN[9] = " "
_HIDDEN |= {c: f"\\u{c:04x}" for c in (0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}


def visible(text: str) -> str:
    """The text with every control character written as its escape (`\\x1b`, `\\u202e`); newlines stay, a tab is a space."""
    if text.isprintable():  # the usual case, and the quickest
        return text
    text = text.translate(_HIDDEN)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair, which no stream can write
        text = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def one_line(text: str) -> str:
    """The same for what must stay on its line, as a name does: a newline is written out too."""
    return visible(text.replace("\n", "\\n"))
