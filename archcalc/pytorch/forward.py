"""What a class's `forward` says: its units in order, values in as few names as stay clear."""

from __future__ import annotations

import keyword
import re

from archcalc.network.names import TAKEN
from archcalc.pytorch.outline import Box, Leaf


def plain_name(name: str) -> bool:
    """Whether a path's part can be written as an attribute."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in TAKEN and not name.startswith("_")


def attribute(path: str, root: str = "self") -> str:
    """self.block.conv1, with _modules["…"] for a part that is no plain name."""
    for part in path.split("."):
        root += f".{part}" if plain_name(part) else f"._modules[{part!r}]"
    return root


def identifier(text: str, otherwise: str = "x") -> str:
    """A variable's name made of a text."""
    name = re.sub(r"\W", "_", text).strip("_").lower()
    return (
        name
        if plain_name(name) and not name[0].isdecimal() and name not in ("torch", "nn")
        else f"{otherwise}_{name}".rstrip("_")
    )


class Forward:
    """The statements of one box's forward, and the names of its inputs."""

    def __init__(self, box: Box, input_names: list[str], shapes: bool) -> None:
        self.box = box
        self.shapes = shapes
        self.units = box.units()
        self.inputs = input_names
        self.names: dict[int, str] = dict(zip(box.reads, input_names, strict=True))
        self.used = {*input_names, "torch", "nn", "self"}
        last = [at for at, unit in enumerate(self.units) for value in unit.reads if value in box.reads]
        self.slot = input_names[0] if len(input_names) == 1 and max(last, default=0) == 0 else self._fresh("y")
        self.used.add(self.slot)
        self.lines: list[str] = []
        self._write()

    def _fresh(self, name: str) -> str:
        found, count = name, 2
        while found in self.used:
            found, count = f"{name}_{count}", count + 1
        return found

    def _write(self) -> None:
        last: tuple[str, int] | None = None
        for at, unit in enumerate(self.units):
            text = self._expression(unit)
            targets = [self._target(value, at) for value in unit.gives]
            for value, target in zip(unit.gives, targets, strict=True):
                self.names[value] = target
            if last and self._folds(unit, at, last[0]):
                inner = self.lines.pop().partition("  #")[0].partition(" = ")[2]
                text = f"{self._module(unit)}({inner})"
            line = f"{', '.join(targets)} = {text}"
            last = (line, at)
            comment = f"  # {'×'.join(map(str, unit.row.output))}" if self.shapes and isinstance(unit, Leaf) else ""
            self.lines.append(line + comment)
        self.lines.append(f"return {', '.join(self.names[value] for value in self.box.gives)}")

    def _folds(self, unit: Leaf | Box, at: int, before: str) -> bool:
        """Whether an activation or normalisation is written around the layer before it."""
        previous = self.units[at - 1]
        simple = isinstance(unit, Leaf) and unit.is_module and unit.row.layer.follows and isinstance(previous, Leaf)
        alone = len(previous.gives) == 1 and unit.reads == previous.gives and self._only_next(previous.gives[0], at - 1)
        return simple and alone and previous.is_module and len(before) + len(unit.name) < 80  # type: ignore[union-attr]

    def _only_next(self, value: int, at: int) -> bool:
        """Whether a value is read by the next unit and by nothing else."""
        readers = [n for n, unit in enumerate(self.units) for v in unit.reads if v == value]
        return value not in self.box.gives and bool(readers) and set(readers) == {at + 1}

    def _target(self, value: int, at: int) -> str:
        """The name a value gets: the passing one where only the next unit reads it, or where it is returned at once."""
        final = at == len(self.units) - 1 and len(self.box.gives) == 1
        if self._only_next(value, at) or final:
            return self.slot
        leaf = next(leaf for leaf in self.box.leaves() if leaf.number == value)
        path = leaf.row.path.removeprefix(self.box.path + ".") if self.box.path else leaf.row.path
        name = self._fresh(identifier(path))
        self.used.add(name)
        return name

    def _module(self, unit: Leaf | Box) -> str:
        path = unit.path if isinstance(unit, Box) else unit.row.path
        return attribute(path.removeprefix(self.box.path + ".") if self.box.path else path)

    def _expression(self, unit: Leaf | Box) -> str:
        given = [self.names[value] for value in unit.reads]
        if isinstance(unit, Leaf):
            written = unit.row.layer.expression(given)
            if written is not None:
                return written
            if unit.row.node.shares is not None:
                return f"{self._owner(unit)}({', '.join(given)})"
        return f"{self._module(unit)}({', '.join(given)})"

    def _owner(self, unit: Leaf) -> str:
        """The layer whose weights this one uses: open boxes see to it that it is in this class."""
        shares = unit.row.node.shares
        owner = next(leaf for leaf in self.box.leaves() if leaf.number == shares)
        path = owner.row.path
        return attribute(path.removeprefix(self.box.path + ".") if self.box.path else path)
