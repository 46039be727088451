"""Imports: what a caller answers, and what the machine makes of it."""

from __future__ import annotations

from archcalc.interpreter.values import Module
from archcalc.text.source import Source


class Absent:
    """The answer for a module that is known not to be there: the program's import raises ModuleNotFoundError."""

    __slots__ = ()


ABSENT = Absent()
Answer = Module | Source | Absent | None


class Importer:
    """Answers the names of modules. This one knows none: what is imported is unknown; a caller overrides `find`.

    `find(name)` is given the full dotted name (`torch.nn`, `torchvision.ops.misc`); a relative import was made absolute by the
    package of the file it stands in. It answers a `Module` of a vocabulary, a `Source` to be read the same way once, ABSENT, or
    None for a module that is not known. `is_package(name)` says whether the Source of a name is a package's `__init__`.
    `harmless` are modules nothing is known of but that they change nothing they are given (`os`, `argparse`, `json`).
    """

    harmless: frozenset[str] = frozenset()

    def find(self, name: str) -> Answer:
        return None

    def is_package(self, name: str) -> bool:
        return False
