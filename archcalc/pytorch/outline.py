"""A network as nested boxes, for the exporter: which nodes form a class, what each reads and gives.

A box is a group of the table (a block, a branch, a shortcut). It becomes a class or an nn.Sequential of its own where its
nodes stand together; otherwise it is *open*: only a holder of names, its layers run by the class around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.layers.base import Call

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row


@dataclass
class Leaf:
    """One node: its number, its row, its torch equivalent."""

    number: int
    row: Row
    call: Call

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.row.name

    @property
    def reads(self) -> tuple[int, ...]:
        """The values it reads."""
        return self.row.node.fed

    @property
    def gives(self) -> tuple[int, ...]:
        """The value it makes."""
        return (self.number,)

    @property
    def is_module(self) -> bool:
        """Whether it is a module of its own: not an expression, and not another's weights used again."""
        return self.row.layer.expression(()) is None and self.row.node.shares is None


@dataclass
class Box:
    """A group: its path, its layers and boxes in order of execution."""

    path: str
    children: list[Leaf | Box] = field(default_factory=list)
    open: bool = False
    reads: tuple[int, ...] = ()
    gives: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition(".")[2]

    def leaves(self) -> list[Leaf]:
        """Every node inside, in order of execution."""
        found: list[Leaf] = []
        for child in self.children:
            found += [child] if isinstance(child, Leaf) else child.leaves()
        return sorted(found, key=lambda leaf: leaf.number)

    def units(self) -> list[Leaf | Box]:
        """What this box runs, in order: its layers, those of open boxes inside, and its closed boxes as wholes."""
        found: list[Leaf | Box] = []
        for child in self.children:
            found += child.units() if isinstance(child, Box) and child.open else [child]
        return sorted(found, key=lambda unit: unit.gives[-1])

    def is_chain(self) -> bool:
        """Whether each unit reads just what the one before gives, and nothing else is read or given."""
        if any(isinstance(child, Box) and child.open for child in self.children) or len(self.gives) != 1 or len(self.reads) != 1:
            return False
        before = self.reads
        for unit in self.children:
            if unit.reads != before or len(unit.gives) != 1 or (isinstance(unit, Leaf) and not unit.is_module):
                return False
            before = unit.gives
        return self.gives == before and not self._read_inside_again()

    def _read_inside_again(self) -> bool:
        inside = [value for unit in self.children for value in unit.reads]
        return len(set(inside)) != len(inside)


def outline(analysis: Analysis) -> Box:
    """The whole network as a box, what can be a class of its own closed."""
    root = Box("")
    boxes: dict[str, Box] = {"": root}
    paths = {row.path for row in analysis.rows}
    for number, row in enumerate(analysis.rows):
        parent = _box(row.path.rpartition(".")[0], boxes, paths)
        call = row.layer.torch(row.inputs, row.output)
        parent.children.append(Leaf(number, row, call))
    _open_shared(analysis, boxes)
    _connect(root, analysis)
    return root


def _box(path: str, boxes: dict[str, Box], paths: set[str]) -> Box:
    if path not in boxes:
        # A group that bears the name of a layer can only hold names: the layer is the module.
        boxes[path] = Box(path, open=path in paths)
        _box(path.rpartition(".")[0], boxes, paths).children.append(boxes[path])
    return boxes[path]


def _open_shared(analysis: Analysis, boxes: dict[str, Box]) -> None:
    """Opens the boxes between a layer that uses another's weights and that layer, so that one class sees both."""
    for row in analysis.rows:
        if row.node.shares is None:
            continue
        user, owner = row.path, analysis.rows[row.node.shares].path
        for path, other in ((user, owner), (owner, user)):
            box = path.rpartition(".")[0]
            while box and not other.startswith(box + "."):
                boxes[box].open = True
                box = box.rpartition(".")[0]


def _connect(root: Box, analysis: Analysis) -> None:
    """What every box reads and gives; boxes whose nodes do not stand together are opened."""
    readers: dict[int, list[int]] = {}
    for number, row in enumerate(analysis.rows):
        for value in row.node.fed:
            readers.setdefault(value, []).append(number)
    outputs = set(analysis.network.outputs)

    def visit(box: Box) -> None:
        leaves = box.leaves()
        inside = {leaf.number for leaf in leaves}
        box.reads = tuple(dict.fromkeys(v for leaf in leaves for v in leaf.reads if v not in inside))
        given = [n for n in inside if n in outputs or any(r not in inside for r in readers.get(n, []))]
        box.gives = tuple(sorted(given)) or (max(inside),)
        if len(inside) != max(inside) - min(inside) + 1:
            box.open = True
        for child in box.children:
            if isinstance(child, Box):
                visit(child)

    visit(root)
    root.open = False
    root.reads = tuple(-1 - k for k in range(len(analysis.network.inputs)))
    root.gives = analysis.network.outputs
