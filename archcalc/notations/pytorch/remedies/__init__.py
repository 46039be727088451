"""What to type instead where a network of a source does not fit: every remedy is tried before it is named.

A fault of shapes has few causes: a size that a layer states, a flatten, the order of dimensions, groups, a stride or padding on
one of two ways that meet. Each of these is typed into a copy of the text, the likeliest first, and the copy is read; the first
that reads to its end leads the repairs. Trials take their time from the budget of the reading, `MOST_STEPS` at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from archcalc.interpreter.machine import Machine
from archcalc.notations.pytorch.remedies.text import Remedy, Text
from archcalc.notations.pytorch.vocabulary.trace import Failed, shown, trace, where
from archcalc.text.faults import Fault, SpecError, Why
from archcalc.text.source import Span

MOST_TRIALS = 40
MOST_STEPS = 900_000

# Whether a network is read once a remedy is typed.
Reads = Callable[[Remedy], bool]


def mended(machine: Machine, error: SpecError, reads: Reads) -> None:
    """Puts what was tried and reads in front of what a fault advises, and says where its tensors were made."""
    run = trace(machine)
    failed, run.failed = run.failed, None
    if failed is None or len(error.faults) != 1:
        return
    fault = error.faults[0]
    _ends(machine, failed, fault)
    spent = machine.budget.spent
    limit = spent["steps"] + MOST_STEPS
    for remedy in islice(candidates(machine, failed), MOST_TRIALS):
        if spent["steps"] > limit:
            return
        if reads(remedy):
            _lead(fault, remedy)
            return


def candidates(machine: Machine, failed: Failed) -> Iterator[Remedy]:
    """What may mend a fault, the likeliest first; nothing twice."""
    from archcalc.notations.pytorch.remedies import layers, order, spatial

    texts: dict[int, Text] = {}
    seen = set()
    rooms = [layers.candidates, spatial.candidates]
    if order.may_help(failed):
        rooms.insert(1, order.candidates)
    for room in rooms:
        for remedy in room(machine, failed, texts):
            key = (id(remedy.places), remedy.edits)
            if key not in seen:
                seen.add(key)
                yield remedy


def _ends(machine: Machine, failed: Failed, fault: Fault) -> None:
    """Says where both ends are: the layer as it is written, and for a map of another size the input it was meant for."""
    from archcalc.notations.pytorch.remedies.inputs import fitting
    from archcalc.notations.pytorch.remedies.text import making
    from archcalc.notations.pytorch.remedies.upstream import modules_above

    texts: dict[int, Text] = {}
    notes = list(fault.notes)
    made = making(texts, failed.module)
    other = fitting(machine, failed) if failed.tensors else None
    first = next((i for i, n in enumerate(notes) if n.startswith("made at ")), -1)
    if first >= 0 and made is not None:
        notes[first] = _as_written(notes[first], made.text.of(made.node))
    if other is not None:
        fault.repairs = [*fault.repairs, f"--input {'x'.join(map(str, other.shape))}"]
        if first >= 0:
            notes[first] += f"; {other.said}"
        else:
            notes.insert(0, other.said)
    if failed.module is None and len(failed.tensors) > 1:
        for tensor in failed.tensors[:3]:
            source = next(iter(modules_above(machine, [tensor])), None)
            if source is not None and source.place is not None and source.place.places.source.notation != "library":
                notes.append(f"{shown(tensor)} comes from {where(source.place)}: {source.written()}")
    fault.notes = notes


def _as_written(note: str, written: str) -> str:
    """`made at 11:20: …` with the call as it stands there, and its values where it has names in it."""
    place, _, values = note.partition(": ")
    words = re.findall(r"[A-Za-z_]\w*(?!\s*[=(\w.])", written.partition("(")[2])
    plain = all(word in ("True", "False", "None") for word in words)
    said = written if plain or values == written else f"{written}, here {values}"
    return note if "\n" in written or len(said) > 140 else f"{place}: {said}"


def _lead(fault: Fault, remedy: Remedy) -> None:
    """A remedy in front, with its place where the fault does not point there."""
    made = next((n for n in fault.notes if n.startswith("made at ")), "")
    where = Span(remedy.places.source, remedy.line, remedy.column).at
    by_name = not remedy.words.startswith(("`", "without"))
    words = remedy.words
    if not (made.startswith(f"made at {where}:") if made and by_name else _here(fault, remedy, by_name)):
        words = f"{words} at {where}"
    name = remedy.words.partition("=")[0] if by_name else ""
    others = [
        r for r in fault.repairs if r != remedy.words and not isinstance(r, Why) and not (name and r.startswith(f"{name}="))
    ]
    fault.repairs = [words, *[r for r in others if not r.endswith("in front")]]


def _here(fault: Fault, remedy: Remedy, inside: bool) -> bool:
    """Whether a fault points at the characters that a remedy changes, or into the call whose argument it names."""
    span = fault.span
    if span is None or span.source is not remedy.places.source:
        return False
    at = (span.line, span.column)
    return at == (remedy.line, remedy.column) or (inside and (remedy.line, remedy.column) <= at < remedy.end)
