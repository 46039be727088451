"""Faults, and how they are written.

Inner code raises the bare fact (`Misfit`, `ValueFault`); the boundary that knows the place turns it into a `Fault`; the
library raises every fault of a file at once as one `SpecError`. Only the command line prints and exits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from archcalc.text.source import Span

MOST_FAULTS = 20
LONGEST = 1000  # characters of a message
MOST_KNOWN = 2000  # words a mistyped one is compared with


class ArchcalcError(Exception):
    """Every error archcalc raises on purpose."""


class Why(str):
    """Stands where a repair would: why there is nothing that could be typed instead."""

    __slots__ = ()


# What a fault says that was made with neither. No test lets one pass.
UNSAID = Why("nothing nearer is known")


class ValueFault(ArchcalcError):
    """A value that cannot be what it is written for, with what to type instead; the boundary adds the place.

    `part` is the expression in which it lies and the characters of it that are wrong; `span` their place, once it is known.
    """

    part: tuple[str, int, int] | None = None
    span: Span | None = None

    def __init__(self, message: str, repair: str, *more: str) -> None:
        super().__init__(message)
        self.message = message
        self.repairs = (repair, *more)


class Misfit(ArchcalcError):
    """A layer that cannot take the shape it is given; the boundary adds name, place and working.

    `figure` is the illegal result: where the layer ran on recording integers it remembers its sum.
    `least_input` says how large each spatial axis of this layer's input must at least be.
    """

    def __init__(
        self,
        message: str,
        repair: str,
        *more: str,
        figure: int | None = None,
        least_input: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.repairs = (repair, *more)
        self.figure = figure
        self.least_input = least_input


class Fault:
    """One thing that is wrong: the fact in one sentence, where, the sum that failed, what to type instead.

    Among the repairs may stand a `Why` alone, where nothing can be typed; there is always one or the other.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        path: str = "",
        working: str = "",
        *,
        repairs: Sequence[str],
        notes: Sequence[str] = (),
    ) -> None:
        self.message = message
        self.span = span
        self.path = path
        self.working = working
        self.repairs = repairs or (UNSAID,)
        self.notes = notes

    @property
    def tries(self) -> list[str]:
        """What to type instead."""
        return [repair for repair in self.repairs if not isinstance(repair, Why)]

    @property
    def reasons(self) -> list[str]:
        """Why there is nothing to type, where there is not."""
        return [] if self.tries else list(self.repairs)

    def __str__(self) -> str:
        return self.written(_unpainted)

    def written(self, paint: Callable[[str, str], str]) -> str:
        """The fault as text. `paint(text, style)` paints the place, the carets, the repair and what is quiet beside them."""
        from archcalc.text.visible import one_line

        place = f"{self.span}:" if self.span else ""
        said = (f"{self.path}: " if self.path else "") + _cut(self.message)
        lines = [" ".join(part for part in (paint(one_line(place), "place"), one_line(said)) if part)]
        if self.span:
            quoted, carets = _quote(self.span)
            gutter = carets.index("|") + 1
            lines += [paint(quoted[:gutter], "quiet") + quoted[gutter:]]
            lines += [paint(carets[:gutter], "quiet") + paint(carets[gutter:], "caret")]
        if self.working:
            lines.append(f"  {self.working}")
        for head, repairs in (("try:", self.tries), ("nothing to try:", self.reasons)):
            if repairs:
                lines.append("  " + paint(head, "repair") + one_line(" " + ", or ".join(map(_cut, repairs))))
        lines += ["  " + paint("note:", "quiet") + one_line(f" {note}") for note in self.notes]
        return "\n".join(lines)


class SpecError(ArchcalcError):
    """Everything wrong with one text, in the order it is written.

    `partial` is what stands before the first fault: a Network where a reader raises it, an Analysis where `load` or
    `analyse` does; None where that is nothing.
    """

    def __init__(self, faults: list[Fault], partial: object | None = None) -> None:
        super().__init__(faults)
        self.faults = faults
        self.partial = partial

    def __str__(self) -> str:
        return self.written(_unpainted)

    def written(self, paint: Callable[[str, str], str]) -> str:
        """Every fault under each other, painted."""
        return "\n".join(fault.written(paint) for fault in self.faults)


class Stop(Exception):
    """Reading cannot go on; the faults so far say why."""


class Faults:
    """What is wrong with one text, gathered while it is read: each fault once, the first twenty."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._seen: set[tuple[str, str]] = set()

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault; reading goes on to find the others. Raises Stop with the last that is shown."""
        place = (message, str(span))
        if place in self._seen:
            return  # what repeats is wrong once
        self._seen.add(place)
        self.found.append(Fault(message, span, repairs=(repair, *more)))
        if len(self.found) >= MOST_FAULTS:
            self.found[-1].notes = (f"the first {MOST_FAULTS} faults are shown",)
            raise Stop

    def stop(self, message: str, span: Span | None, repair: str, *more: str) -> Stop:
        """Notes a fault after which nothing more can be found, and returns what to raise."""
        self.add(message, span, repair, *more)
        return Stop()


def _unpainted(text: str, style: str) -> str:
    return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _quote(span: Span, width: int = 100) -> list[str]:
    """The quoted line and the carets under the part, cropped around the part when the line is long."""
    from archcalc.text import signs
    from archcalc.text.visible import one_line

    line = span.source.line(span.line)
    start = min(span.column - 1, len(line))
    first = max(0, start - width // 2) if len(line) > width else 0
    cut = line[first : first + width]
    length = max(1, min(span.length, len(cut) - (start - first)))
    # What stands before the part may grow when made visible; the carets must still stand under it.
    before, part = one_line(cut[: start - first]), one_line(cut[start - first : start - first + length])
    quoted = f"{before}{part}{one_line(cut[start - first + length :])}".rstrip()
    if signs.is_right_to_left(quoted):
        # Shown in the order it was typed, so that the carets stand under their characters.
        quoted = f"\u202d{quoted}\u202c"
    number = str(span.source.numbered(span.line)[1])
    return [
        f"  {number} | {quoted}".rstrip(),
        f"  {' ' * len(number)} | {' ' * signs.width(before)}{'^' * max(1, signs.width(part))}",
    ]


def suggestions(word: str, known: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """The known words nearest to a mistyped one, nearest first; empty when none is near. Worked out once for a word.

    `cutoff` is how alike they are at least, from 0 to 1.
    """
    return list(_nearest(word[:60], tuple(known)[:MOST_KNOWN], count, cutoff))


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...], count: int, cutoff: float) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, known, n=count, cutoff=cutoff)
