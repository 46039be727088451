"""A network as a readable Python file that needs torch and nothing else.

Blocks become classes (one class for all blocks of the same build; what differs between them becomes its arguments), runs
of plain layers nn.Sequential, and every weight is named by its path in the table. Writing the file needs no torch.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.analysis import analyse
from archcalc.layers.base import Argument
from archcalc.pytorch.forward import Forward, attribute, identifier, plain_name
from archcalc.pytorch.meant import Allowed, Made, Unmeant, hold, hold_body, modules
from archcalc.pytorch.outline import Box, Leaf, outline
from archcalc.text.faults import Fault, SpecError, Why

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.network.nodes import Network

Key = tuple[Any, ...]
# Names of types that the modules of ours use, and what they stand for.
IMPORTS = frozenset(
    "__future__.annotations torch torch.nn.functional torch.nn torch.Tensor "
    "collections.OrderedDict functools.reduce typing.Any".split()
)
ALIASES = {"Shape": "tuple[int, ...]", "Size": "int | tuple[int, ...]"}


@dataclass
class Block:
    """A class to be written: the boxes that are built alike, and the arguments by which they differ."""

    name: str
    boxes: list[Box]
    forward: Forward
    columns: list[list[Any]]
    labels: list[str]
    parameters: dict[int, str] = field(default_factory=dict)


class Exporter:
    """Writes one network. Use `export`."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.own: list[str] = []  # the modules of ours that are written as they stand
        self.forward: Forward | None = None  # the network's own, where it is no run of layers
        self.root = outline(analysis)
        self.blocks: dict[Key, Block] = {}
        self.names: set[str] = {"nn", "torch", "OrderedDict", "Tensor", "F", "Any", "Shape", "Size", "reduce"}
        self.support: set[str] = set()
        self.keys: dict[str, Key] = {}
        nodes = analysis.network.nodes
        ties = analysis.network.ties().items()
        self.ties = {f"{nodes[number].path}.weight": f"{nodes[owner].path}.weight" for number, owner in ties}
        self.root_name = self._class_name(analysis.network.name or "Net")
        self.repeated = self._repeated()
        self._collect(self.root)
        for block in self.blocks.values():
            self._name_parameters(block)

    # -- which classes ----------------------------------------------------------------------------------------------

    def _class_name(self, text: str) -> str:
        words = re.findall(r"[A-Za-z0-9]+", text)
        name = "".join(w[:1].upper() + w[1:] for w in words) or "Net"
        name = f"Net{name}" if name[0].isdecimal() or iskeyword(name) else name
        found, count = name, 2
        while found in self.names or found in support_source():
            found, count = f"{name}{count}", count + 1
        self.names.add(found)
        return found

    def _collect(self, box: Box) -> None:
        """Finds the class of every box that needs one, those inside first."""
        for child in box.children:
            if isinstance(child, Box):
                self._collect(child)
        if box is self.root or box.open or self._inline(box):
            return
        names = ["x"] if len(box.reads) == 1 else [f"x{i + 1}" for i in range(len(box.reads))]
        forward = Forward(box, names, shapes=False)
        key = self.keys[box.path] = (tuple(forward.lines), len(box.reads), self._skeleton(box))
        values = [value for _, value in self._constants(box)]
        if key not in self.blocks:
            group = self.analysis.network.groups.get(box.path, box.name)
            labels = [label for label, _ in self._constants(box)]
            name = self._class_name(re.sub(r"\d+$", "", group.split()[0] if group else box.name))
            self.blocks[key] = Block(name, [], forward, [[] for _ in values], labels)
        block = self.blocks[key]
        block.boxes.append(box)
        for column, value in zip(block.columns, values, strict=True):
            column.append(value)

    def _sequential(self, box: Box) -> bool:
        return box.is_chain() and all(plain_name(child.name) for child in box.children)

    def _inline(self, box: Box) -> bool:
        """Whether a box is a run of layers written where it stands: short, or the only one of its build."""
        return self._sequential(box) and self._skeleton(box) not in self.repeated

    def _repeated(self) -> set[Key]:
        """The builds of the longer runs of layers that come more than once."""
        counts: dict[Key, int] = {}
        waiting = [self.root]
        while waiting:
            inner = [child for child in waiting.pop().children if isinstance(child, Box)]
            waiting += inner
            for box in inner:
                if len(box.children) >= 3 and not box.open and self._sequential(box):
                    key = self._skeleton(box)
                    counts[key] = counts.get(key, 0) + 1
        return {key for key, count in counts.items() if count > 1}

    def _skeleton(self, box: Box) -> Key:
        """What must be the same for two boxes to be of one class: layers, names, arguments, but not their values."""
        found: list[Any] = []
        for child in box.children:
            if isinstance(child, Leaf):
                found.append((child.name, child.call.name, tuple(a.name for a in child.call.arguments)))
            elif child.path in self.keys:
                found.append((child.name, self.keys[child.path]))
            else:
                found.append((child.name, child.open, self._skeleton(child)))
        return tuple(found)

    def _constants(self, box: Box) -> list[tuple[str, Any]]:
        """Every value in a box's definition with what it is called, in a fixed order."""
        found: list[tuple[str, Any]] = []
        for child in box.children:
            if isinstance(child, Box):
                found += [(f"{child.name}.{label}", value) for label, value in self._constants(child)]
            elif child.is_module:
                found += [(f"{child.name}.{a.name}", a.value) for a in child.call.arguments]
        return found

    def _name_parameters(self, block: Block) -> None:
        """Columns that differ become arguments; columns that are always equal to each other become one."""
        groups: dict[str, list[int]] = {}
        for index, column in enumerate(block.columns):
            if any(repr(value) != repr(column[0]) for value in column):
                groups.setdefault(repr(column), []).append(index)
        used: set[str] = {"self"}
        for indices in groups.values():
            path = block.labels[indices[0]].split(".")
            short, whole = identifier(path[-1]), identifier("_".join(path))
            name, count = short if short not in used else whole, 2
            while name in used:
                name, count = f"{whole}_{count}", count + 1
            used.add(name)
            block.parameters |= dict.fromkeys(indices, name)

    # -- the text ---------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The whole file."""
        body: list[str] = []
        for block in self.blocks.values():
            body += self._class(block)
        body += self._root()
        source = support_source()
        self.own = sorted(self._needed(), key=list(source).index)
        own = [source[name] for name in self.own]
        imports = ["import torch"]
        whole = "\n".join([*own, *body])
        if "F." in whole:
            imports.append("import torch.nn.functional as F")
        imports.append("from torch import Tensor, nn" if "Tensor" in whole else "from torch import nn")
        standard = ["from collections import OrderedDict"] if "OrderedDict(" in whole else []
        standard += ["from functools import reduce"] if "reduce(" in whole else []
        standard += ["from typing import Any"] if ": Any" in whole else []
        head = [self._docstring(), "", "from __future__ import annotations", ""]
        head += [*standard, ""] if standard else []
        parts = [*head, *imports, "", ""]
        aliases = [f"{name} = {meaning}" for name, meaning in ALIASES.items() if re.search(rf"\b{name}\b", "\n".join(own))]
        parts = [*parts[:-1], *aliases, "", ""] if aliases else parts
        for source_text in own:
            parts += [source_text, "", ""]
        return "\n".join([*parts, *body, *self._main()]) + "\n"

    def _needed(self) -> set[str]:
        """Modules of ours that are used, and what these use themselves."""
        source, found = support_source(), set(self.support)
        while True:
            named = {n.id for name in found for n in ast.walk(ast.parse(source[name])) if isinstance(n, ast.Name)}
            more = (named & set(source)) - found
            if not more:
                return found
            found |= more

    def _docstring(self) -> str:
        network, totals = self.analysis.network, self.analysis.totals
        shapes = [f"{n} {'×'.join(map(str, s))}" for n, s in network.inputs.items()]
        lines = [f"{network.name or self.root_name}: {', '.join(shapes)} (the batch comes first)."]
        if network.origin:
            lines += ["", f"Source: {network.origin}"]
        lines += ["", f"{totals.params:,} parameters, {totals.multiplies:,} multiplications for one input."]
        lines += ["Written by `archcalc export --to torch`; weights are named as the paths of its table."]
        text = "\n".join(lines).replace("\\", "\\\\").replace('"', "'")
        return f'"""{text}\n"""'

    def _class(self, block: Block) -> list[str]:
        box = block.boxes[0]
        parameters = list(dict.fromkeys(block.parameters.values()))
        paths = [b.path for b in block.boxes]
        most = 3 if sum(map(len, paths[:3])) < 60 else 1  # one line holds them, and what they are
        listed = ", ".join(paths[:most]) + (f" and {len(paths) - most} more" if len(paths) > most else "")
        how = self.analysis.network.groups.get(box.path, "")
        doc = f"{listed}: {how}" if how and how.split()[0] not in ("layers",) else listed
        chain = self._sequential(box)
        lines = [f"class {block.name}(nn.{'Sequential' if chain else 'Module'}):", f'    """{_quotable(doc)}."""', ""]
        lines += [*layout("def __init__", ["self", *parameters], 4)]
        lines[-1] += ":"
        values: list[str | None] = [block.parameters.get(i) for i in range(len(block.columns))]
        if chain:
            return [*lines, "        super().__init__(", *self._ordered(box, values, 12), "        )", "", ""]
        lines.append("        super().__init__()")
        lines += self._definitions(box, "", values, 8)
        lines += ["", f"    def forward(self, {', '.join(f'{n}: Tensor' for n in block.forward.inputs)}):"]
        return [*lines, *folded(block.forward.lines), "", ""]

    def _definitions(self, box: Box, prefix: str, values: list[str | None], indent: int) -> list[str]:
        """The statements that define a box's children; `values` are the arguments' names, used up from the front."""
        lines = []
        for child in box.children:
            target = attribute(prefix + child.name)
            if isinstance(child, Box) and child.open:
                if not any(isinstance(c, Leaf) and c.name == child.name for c in box.children):
                    lines.append(f"{' ' * indent}{target} = nn.Module()")
                lines += self._definitions(child, f"{prefix}{child.name}.", values, indent)
            elif isinstance(child, Box) or child.is_module:
                lines += self._expression(f"{target} = ", child, values, indent)
        return lines

    def _expression(self, head: str, unit: Leaf | Box, values: list[str | None], indent: int, end: str = "") -> list[str]:
        """`head` and the text that makes a unit: a layer, a class, a run of layers."""
        if isinstance(unit, Leaf):
            words = [w for a in unit.call.arguments if (w := _word(a, values.pop(0)))]
            lines = layout(head + self._call_name(unit), words, indent)
        elif unit.path in self.keys:
            lines = layout(head + self.blocks[self.keys[unit.path]].name, self._passed(unit, values), indent)
        else:
            lines = [f"{' ' * indent}{head}nn.Sequential(", *self._ordered(unit, values, indent + 4), f"{' ' * indent})"]
        lines[-1] += end
        return lines

    def _ordered(self, box: Box, values: list[str | None], indent: int, shapes: bool = False) -> list[str]:
        """OrderedDict(name=layer, …) of a run of layers."""
        lines = [f"{' ' * indent}OrderedDict("]
        for child in box.children:
            made = self._expression(f"{child.name}=", child, values, indent + 4, ",")
            if shapes and isinstance(child, Leaf):
                made[-1] += f"  # {'×'.join(map(str, child.row.output))}"
            lines += made
        return [*lines, f"{' ' * indent})"]

    def _passed(self, box: Box, values: list[str | None]) -> list[str]:
        """What a box's class is called with, here."""
        block = self.blocks[self.keys[box.path]]
        which = next(i for i, b in enumerate(block.boxes) if b.path == box.path)
        mine = [values.pop(0) for _ in block.columns]
        first = {name: index for index, name in reversed(block.parameters.items())}
        names = dict.fromkeys(block.parameters.values())
        return [f"{name}={mine[first[name]] or repr(block.columns[first[name]][which])}" for name in names]

    def _call_name(self, leaf: Leaf) -> str:
        namespace, _, name = leaf.call.name.partition(".")
        if namespace == "support":
            self.support.add(name)
            return name
        return leaf.call.name

    def _root(self) -> list[str]:
        network = self.analysis.network
        values: list[str | None] = [None] * len(self._constants(self.root))
        if self._sequential(self.root):
            lines = [f"class {self.root_name}(nn.Sequential):", "    def __init__(self):", "        super().__init__("]
            return [*lines, *self._ordered(self.root, values, 12, shapes=True), "        )", *self._tied(), "", ""]
        names: list[str] = []
        for name in network.inputs if len(network.inputs) > 1 else ["x"]:
            made = identifier(name, "input")
            names.append(made if made not in names else f"{made}_{len(names)}")
        forward = Forward(self.root, names, shapes=True)
        self.forward = forward
        lines = [f"class {self.root_name}(nn.Module):", "    def __init__(self):", "        super().__init__()"]
        lines += [*self._definitions(self.root, "", values, 8), *self._tied()]
        lines += ["", f"    def forward(self, {', '.join(f'{n}: Tensor' for n in names)}):"]
        return [*lines, *folded(forward.lines), "", ""]

    def _tied(self) -> list[str]:
        """The statements by which a layer has the tensor of another."""
        return [f"        {attribute(path)} = {attribute(held)}" for path, held in self.ties.items()]

    # -- before it is let out ---------------------------------------------------------------------------------------

    def hold(self, text: str) -> None:
        """That a text is the program that is meant: every import, assignment, call and name, and so every parameter.

        Raises Unmeant, or SyntaxError where it is no program.
        """
        tree, source = ast.parse(text), support_source()
        verbatim = [source[name] for name in self.own] + [f"{name} = {meaning}" for name, meaning in ALIASES.items()]
        known = {ast.dump(ast.parse(part).body[0]) for part in [*verbatim, "\n".join(self._main())]}
        body = [node for node in tree.body if ast.dump(node) not in known]
        if not isinstance(body[0], ast.Expr) or not isinstance(tree.body[-1], ast.If) or tree.body[-1] in body:
            raise Unmeant("a head or an end of another program")
        classes = {node.name: node for node in body[1:] if isinstance(node, ast.ClassDef)}
        rest = [node for node in body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
        if len(classes) != len(rest) or list(classes) != [*(block.name for block in self.blocks.values()), self.root_name]:
            raise Unmeant("a statement between the classes")
        hold(ast.Module(body[1:], []), self._allowed(set(classes)))
        written = [(block.name, None if self._sequential(block.boxes[0]) else block.forward) for block in self.blocks.values()]
        for name, forward in [*written, (self.root_name, self.forward)]:
            hold_body(classes[name], "forward", forward.lines if forward else [])
        found, ties = modules(classes, self.root_name)
        self._compare(found)
        if ties != self.ties:
            raise Unmeant(f"other tensors that are shared: {', '.join(sorted(ties.keys() ^ self.ties.keys()))[:60]}")

    def _allowed(self, classes: set[str]) -> Allowed:
        """What may stand in the classes that are written."""
        leaves = self.root.leaves()
        constants = {a.value for leaf in leaves for a in leaf.call.arguments if isinstance(a.value, str)}
        parts = {part for leaf in leaves for part in leaf.row.path.split(".")}
        arguments = {name for block in self.blocks.values() for name in block.parameters.values()}
        forwards = {name for block in self.blocks.values() for name in block.forward.used}
        forwards |= self.forward.used if self.forward else set()
        calls = {leaf.call.name.removeprefix("support.") for leaf in leaves}
        words = {"self", "nn", "torch", "Tensor", "super", "OrderedDict", "__init__", "forward"}
        return Allowed(
            imports=IMPORTS,
            names=frozenset(words | classes | arguments | forwards | calls),
            calls=frozenset(
                classes | calls | {"nn.Sequential", "nn.Module", "OrderedDict", "super", "super().__init__", "torch.cat"}
            ),
            attributes=frozenset(
                parts
                | {name.partition(".")[2] for name in calls}
                | {"__init__", "_modules", "Sequential", "Module", "cat", *(["weight"] if self.ties else [])}
            ),
            texts=frozenset(parts | constants),
        )

    def _compare(self, found: dict[str, Made]) -> None:
        """That the layers which a program makes are those of the table, with their values."""
        meant = {leaf.row.path: leaf.call for leaf in self.root.leaves() if leaf.is_module}
        if found.keys() != meant.keys():
            raise Unmeant(f"other layers: {', '.join(sorted(found.keys() ^ meant.keys()))[:60]}")
        for path, made in found.items():
            call = meant[path]
            bare = [a.name for a in call.arguments if a.bare]
            given = dict(zip(bare, made.bare, strict=False)) | dict(made.named)
            whole = {a.name: a.default for a in call.arguments} | given
            if (
                made.called != call.name.removeprefix("support.")
                or len(made.bare) > len(bare)
                or whole != {a.name: a.value for a in call.arguments}
            ):
                raise Unmeant(f"another layer at {path}")

    def _main(self) -> list[str]:
        indices = self.analysis.network.integer_inputs()
        made = []
        for k, shape in enumerate(self.analysis.network.inputs.values()):
            size = ", ".join(map(str, (1, *shape)))
            made.append(f"torch.zeros({size}, dtype=torch.long)" if k in indices else f"torch.zeros({size})")
        return [
            'if __name__ == "__main__":',
            f"    net = {self.root_name}().eval()",
            f"    outputs = net({', '.join(made)})",
            "    for output in outputs if isinstance(outputs, tuple) else [outputs]:",
            '        print(*output.shape[1:], sep="×")',
            '    print(f"{sum(p.numel() for p in net.parameters()):,} parameters")',
        ]


def _word(argument: Argument, passed: str | None) -> str:
    """An argument as it is written; empty where the default says it."""
    if passed is None and argument.default is not ... and argument.value == argument.default:
        return ""
    text = passed or repr(argument.value)
    return text if argument.bare else f"{argument.name}={text}"


def layout(head: str, words: Sequence[str], indent: int, width: int = 100) -> list[str]:
    """head(words…) on one line, or a word a line where that is too long."""
    line = f"{' ' * indent}{head}({', '.join(words)})"
    if len(line) <= width:
        return [line]
    inner = " " * (indent + 4)
    return [f"{' ' * indent}{head}(", *(f"{inner}{word}," for word in words), f"{' ' * indent})"]


def folded(statements: Sequence[str], indent: int = 8, width: int = 120) -> list[str]:
    """The statements of a method, indented; one that is too long goes on behind the commas of its brackets."""
    from textwrap import wrap

    lines = []
    for statement in statements:
        head, more = " " * indent, " " * (indent + 4)
        wide = len(statement) + indent > width and "(" in statement and "#" not in statement
        lines += wrap(statement, width, initial_indent=head, subsequent_indent=more) if wide else [head + statement]
    return lines


def _quotable(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")


@cache
def support_source() -> dict[str, str]:
    """The source of each of our own modules, by name, in the order of the files."""
    found = {}
    for file in sorted((Path(__file__).parent / "support").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found[node.name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return found


def export(network: Network) -> str:
    """The network as the text of a self-contained Python file. Raises SpecError where its layers do not fit."""
    analysis = analyse(network)
    ties = network.ties()
    for number, row in enumerate(analysis.rows):
        node = row.node
        other = any(name != "weight" or number not in ties for name in node.tied)
        if node.layer.stands_in or node.times != 1 or node.unrun is not None or other:
            message = f"{row.path} ({row.layer}) cannot be written as a module of its own"
            known = "--to yaml, which has it as it stands here" if node.layer.stands_in else "`archcalc params` for its figures"
            raise SpecError([Fault(message, node.span, repairs=[known])])
    exporter = Exporter(analysis)
    text = exporter.text()
    try:
        exporter.hold(text)
    except (Unmeant, SyntaxError, ValueError) as error:
        message = f"the program would not be the network that is meant, and is not written: {error}"
        raise SpecError([Fault(message, repairs=[Why("a fault of archcalc's own, to be reported")])]) from None
    return text
