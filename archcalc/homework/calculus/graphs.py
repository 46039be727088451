"""Statements to a graph: the nodes in the order they are computed."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archcalc.homework.calculus import gates
from archcalc.homework.calculus.gates import FUNCTIONS, Gate
from archcalc.homework.calculus.losses import LOSSES, huber
from archcalc.homework.calculus.statements import CONSTANTS, DEEPEST, SOFTMAX, Statement, Text, Token
from archcalc.homework.calculus.tape import Graph, Node
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Span

_BINARY: dict[type[ast.operator], Gate] = {
    ast.Add: gates.ADD,
    ast.Sub: gates.SUBTRACT,
    ast.Mult: gates.MULTIPLY,
    ast.Div: gates.DIVIDE,
    ast.Pow: gates.POWER,
}


class Builder:
    """Walks the parsed statements and lays the nodes down in the order they are computed."""

    def __init__(self, where: Text, open_sigmoid: bool) -> None:
        self.where = where
        self.open_sigmoid = open_sigmoid
        self.nodes: list[Node] = []
        self.known: dict[str, int] = {}
        self.vectors: dict[str, dict[int, int]] = {}  # a named softmax: the nodes of its parts
        self.faults: list[Fault] = []
        self.count = 0
        self.statement: Statement
        self.uses: Counter[str] = Counter()
        self.parts: dict[str, set[int]] = {}  # which parts of a named softmax are used

    def build(self, statements: Sequence[Statement], notes: list[str]) -> Graph:
        given, worked = self.sort(statements)
        assigned = {t.group(): t for s in worked for t in s.names}
        for statement in worked:
            self.count_uses(statement, assigned)
        self.lay_variables(worked, assigned, given)
        output = 0
        for number, statement in enumerate(worked):
            self.statement = statement
            last = number == len(worked) - 1
            output = self.assign(statement, last) if statement.names else self.walk(statement.tree, 0)
        self.refuse_unused(worked)
        if self.faults:
            raise SpecError(sorted(self.faults, key=lambda f: (f.span.line, f.span.column) if f.span else (0, 0)))
        graph = Graph(self.where.source, self.nodes, output, {n: v for n, v in given.items() if n in self.known}, notes)
        if not graph.variables:
            raise SpecError(
                [
                    Fault(
                        "the expression has no variable, so there is nothing to differentiate by",
                        repairs=["sigmoid(w*x) w=2 x=1"],
                    )
                ]
            )
        return graph

    def sort(self, statements: Sequence[Statement]) -> tuple[dict[str, float], list[Statement]]:
        """The values that lines give, and the lines that work something out."""
        given: dict[str, float] = {}
        worked: list[Statement] = []
        seen: set[str] = set()
        for number, statement in enumerate(statements):
            last = number == len(statements) - 1
            for token in statement.names:
                if token.group() in seen:
                    message = f"{token.group()} is given a value twice"
                    self.faults.append(
                        Fault(message, self.where.span(token.start(), len(token.group())), repairs=["another name"])
                    )
                seen.add(token.group())
            value = statement.number
            if len(statement.names) == 1 and value is not None and not last:
                given[statement.names[0].group()] = value
            else:
                worked.append(statement)
                if not statement.names and not last:
                    place = self.where.span(statement.places[0], 1)
                    self.faults.append(
                        Fault("what this line works out has no name, so no other can use it", place, repairs=["s = …"])
                    )
        if self.faults:
            raise SpecError(self.faults)
        return given, worked

    def count_uses(self, statement: Statement, assigned: dict[str, Token]) -> None:
        """How often each name is read, and which parts of a named softmax are."""
        inside = {id(n.value) for n in ast.walk(statement.tree) if isinstance(n, ast.Subscript)}
        called = {id(n.func) for n in ast.walk(statement.tree) if isinstance(n, ast.Call)}
        for node in ast.walk(statement.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                self.uses[self.part_name(node.value.id, self.index(node))] += 1
                self.parts.setdefault(node.value.id, set()).add(self.index(node))
            elif isinstance(node, ast.Name) and id(node) not in called and id(node) not in inside:
                self.uses[node.id] += 1

    @staticmethod
    def part_name(name: str, index: int) -> str:
        return f"{name}[{index}]"

    @staticmethod
    def index(node: ast.Subscript) -> int:
        assert isinstance(node.slice, ast.Constant)
        assert isinstance(node.slice.value, int)
        return node.slice.value

    def lay_variables(self, worked: Sequence[Statement], assigned: dict[str, Token], given: dict[str, float]) -> None:
        for statement in worked:
            self.statement = statement
            called = {id(n.func) for n in ast.walk(statement.tree) if isinstance(n, ast.Call)}
            inside = {id(n.value) for n in ast.walk(statement.tree) if isinstance(n, ast.Subscript)}
            names = [n for n in ast.walk(statement.tree) if isinstance(n, ast.Name) and id(n) not in called | inside]
            for name in sorted(names, key=lambda n: n.col_offset):
                if name.id in self.known or name.id in CONSTANTS or name.id in assigned:
                    continue
                if name.id in FUNCTIONS or name.id == SOFTMAX or name.id in LOSSES:
                    message = f"{name.id} is a function and needs its operand in brackets"
                    self.faults.append(Fault(message, self.span(name), repairs=[f"{name.id}(…)"]))
                    self.known[name.id] = -1
                    continue
                variable = self.lay(Node(name.id, span=self.span(name)))
                self.known[name.id] = self.copied(variable, name.id, self.uses[name.id], self.span(name))

    def copied(self, index: int, name: str, uses: int, span: Span) -> int:
        """A node that is read several times, behind a gate that says so."""
        return self.lay(Node(name, gates.COPY, (index,), span=span, uses=uses)) if uses > 1 else index

    def assign(self, statement: Statement, last: bool) -> int:
        """The nodes of a line that names what it works out."""
        names, tree = [t.group() for t in statement.names], statement.tree
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == SOFTMAX:
            if len(names) == 1 and not last:
                return self.assign_vector(names[0], tree)
            return self.assign_parts(names, tree)
        if len(names) > 1:
            place = self.where.span(statement.names[0].start(), len(names[0]))
            self.faults.append(Fault("only softmax gives several values", place, repairs=["p1, p2 = softmax(z1, z2)"]))
            self.known |= dict.fromkeys(names, 0)
            return 0
        start = len(self.nodes)
        index = self.walk(tree, 0)
        if index >= start and index == len(self.nodes) - 1 and self.nodes[index].gate not in (None, gates.COPY):
            if self.nodes[index].name == f"g{self.count}":
                self.count -= 1
            self.nodes[index] = replace(self.nodes[index], name=names[0])
        self.known[names[0]] = self.copied(index, names[0], self.uses[names[0]], self.span(tree))
        return index

    def assign_vector(self, name: str, tree: ast.Call) -> int:
        wanted = sorted(self.parts.get(name, ()))
        made = self.softmax(tree, wanted, {k: self.part_name(name, k) for k in wanted})
        span = self.span(tree)
        self.vectors[name] = {
            k: self.copied(i, self.part_name(name, k), self.uses[self.part_name(name, k)], span) for k, i in made.items()
        }
        return 0

    def assign_parts(self, names: list[str], tree: ast.Call) -> int:
        if len(names) != len(tree.args):
            message = f"softmax of {len(tree.args)} operands gives {len(tree.args)} values, and {len(names)} names stand for them"
            self.faults.append(Fault(message, self.span(tree), repairs=["a name for every operand"]))
            self.known |= dict.fromkeys(names, 0)
            return 0
        wanted = [k for k, name in enumerate(names) if self.uses[name]]
        made = self.softmax(tree, wanted, dict(enumerate(names)))
        for k, index in made.items():
            self.known[names[k]] = self.copied(index, names[k], self.uses[names[k]], self.span(tree))
        return 0

    def softmax(self, node: ast.Call, wanted: Sequence[int], names: dict[int, str]) -> dict[int, int]:
        """The gates of the parts of a softmax that are used; each reads every operand."""
        operands = [self.walk(a, 1) for a in node.args]
        if len(operands) < 2 or node.keywords:
            self.faults.append(
                Fault(f"softmax takes at least 2 operands, not {len(operands)}", self.span(node), repairs=["softmax(x, y)"])
            )
            return {}
        for k in wanted:
            if k >= len(operands):
                message = f"softmax of {len(operands)} operands has no part [{k}]; they count from [0] to [{len(operands) - 1}]"
                self.faults.append(Fault(message, self.span(node), repairs=[f"[{len(operands) - 1}]"]))
                return {}
        operands = [self.copied(i, self.nodes[i].name, len(wanted), self.span(node)) for i in operands]
        made = {}
        for k in wanted:
            if k in names:
                made[k] = self.lay(Node(names[k], gates.softmax(k), tuple(operands), span=self.span(node)))
            else:
                made[k] = self.gate(gates.softmax(k), tuple(operands), node)
        return made

    def refuse_unused(self, worked: Sequence[Statement]) -> None:
        """Faults for lines whose result nobody reads."""
        for statement in worked[:-1]:
            read = any(self.uses[t.group()] or t.group() in self.parts for t in statement.names)
            if statement.names and not read:
                token = statement.names[0]
                message = f"{token.group()} is worked out and never used"
                repairs = [f"{token.group()} in a line below, or no such line"]
                self.faults.append(Fault(message, self.where.span(token.start(), len(token.group())), repairs=repairs))

    def lay(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def gate(self, gate: Gate, inputs: tuple[int, ...], node: ast.expr) -> int:
        self.count += 1
        return self.lay(Node(f"g{self.count}", gate, inputs, span=self.span(node)))

    def constant(self, value: float, node: ast.expr) -> int:
        return self.lay(Node(gates.short(value), span=self.span(node), constant=float(value)))

    def span(self, node: ast.expr) -> Span:
        # ast counts in bytes of UTF-8, a person in characters.
        data, places = self.statement.code.encode(), self.statement.places
        start = places[len(data[: node.col_offset].decode())]
        end = places[len(data[: node.end_col_offset or node.col_offset + 1].decode()) - 1] + 1
        line_end = self.where.clean.find("\n", start)
        return self.where.span(start, (min(end, line_end) if line_end >= 0 else end) - start)

    def walk(self, node: ast.expr, depth: int) -> int:
        if depth > 4 * DEEPEST:
            raise SpecError(
                [
                    Fault(
                        f"an expression nested more than {4 * DEEPEST} deep",
                        self.span(node),
                        repairs=["parts of it on lines of their own: a = w*x; a + b"],
                    )
                ]
            )
        chain: list[ast.BinOp] = []
        while isinstance(node, ast.BinOp):  # a sum of many terms is long, not deep
            chain.append(node)
            node = node.left
        left = self.operand(node, depth)
        for binary in reversed(chain):
            right = self.walk(binary.right, depth + 1)
            left = self.gate(_BINARY[type(binary.op)], (left, right), binary)
        return left

    def operand(self, node: ast.expr, depth: int) -> int:
        match node:
            case ast.Constant(value=int() | float() as value):
                return self.constant(value, node)
            case ast.Name(id=name) if name in CONSTANTS and name not in self.known:
                return self.lay(Node(name, span=self.span(node), constant=CONSTANTS[name]))
            case ast.Name(id=name):
                return self.named(name, node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return self.constant(-value, node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.gate(gates.NEGATE, (self.walk(inner, depth + 1),), node)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.walk(inner, depth + 1)
            case ast.Subscript():
                return self.part(node)
            case ast.Call(func=ast.Name(id=name) as word, args=args) if name == SOFTMAX:
                repairs = ["p1, p2 = softmax(z1, z2) on a line of its own", f"softmax({', '.join('…' for _ in args)})[0]"]
                self.faults.append(Fault("softmax has a value for each operand", self.span(word), repairs=repairs))
                return 0
            case ast.Call(func=ast.Name(id=name) as word, args=args):
                return self.call(name, word, [self.walk(a, depth + 1) for a in args], node)
        raise SpecError(
            [
                Fault(
                    "this is not allowed in an expression",
                    self.span(node),
                    repairs=["+ - * / **, numbers, names and the functions of `archcalc grad --help`"],
                )
            ]
        )

    def named(self, name: str, node: ast.expr) -> int:
        if name in self.vectors:
            message = f"{name} is a softmax, which has a value for each operand"
            self.faults.append(Fault(message, self.span(node), repairs=[f"{name}[0]"]))
            return 0
        if name not in self.known:
            self.faults.append(
                Fault(f"{name} is used before its line", self.span(node), repairs=[f"the line {name} = … above this one"])
            )
            return 0
        return self.known[name]

    def part(self, node: ast.Subscript) -> int:
        """One part of a softmax."""
        match node.value:
            case ast.Name(id=name) if name in self.vectors:
                return self.vectors[name].get(self.index(node), 0)
            case ast.Call(func=ast.Name(id=name)) if name == SOFTMAX:
                return self.softmax(node.value, [self.index(node)], {}).get(self.index(node), 0)
        self.faults.append(Fault("only a softmax has parts", self.span(node), repairs=["softmax(z1, z2)[0]"]))
        return 0

    def call(self, name: str, word: ast.Name, inputs: list[int], node: ast.Call) -> int:
        if normal(name) in LOSSES:
            return self.loss(normal(name), inputs, node)
        gate = FUNCTIONS.get(name)
        if gate is gates.LOG and len(inputs) == 2:
            gate = gates.LOG_BASE
        if gate is None:
            near = suggestions(name, [*FUNCTIONS, SOFTMAX, *LOSSES])
            notes = [] if near else ["the functions are " + ", ".join(f for f in (*FUNCTIONS, SOFTMAX, *LOSSES) if f.isascii())]
            self.faults.append(
                Fault(
                    f"unknown function '{name}'",
                    self.span(word),
                    repairs=near or ["`archcalc grad --help` for all of them"],
                    notes=notes,
                )
            )
            return 0
        if len(inputs) != gate.operands and not (gate.more and len(inputs) > gate.operands):
            least = "at least " if gate.more else ""
            plural = "s" if gate.operands > 1 else ""
            message = f"{name} takes {least}{gate.operands} operand{plural}, not {len(inputs)}"
            example = f"{name}({', '.join('xyz'[: gate.operands])})"
            self.faults.append(Fault(message, self.span(node), repairs=[example]))
            return 0
        if gate is gates.SIGMOID and self.open_sigmoid:
            inner = self.gate(gates.EXP, (self.gate(gates.NEGATE, (inputs[0],), node),), node)
            plus = self.gate(gates.ADD, (inner, self.constant(1, node)), node)
            return self.gate(gates.RECIPROCAL, (plus,), node)
        return self.gate(gate, tuple(inputs), node)

    def loss(self, name: str, inputs: list[int], node: ast.Call) -> int:
        """A loss of outputs against as many targets; Huber's may have its threshold behind them."""
        gate = LOSSES[name]
        if gate.name == "huber" and len(inputs) % 2 == 1 and len(inputs) > 2:
            threshold = self.nodes[inputs.pop()].constant
            if threshold is None or threshold <= 0:
                message = "the threshold of the Huber loss is a number above 0"
                self.faults.append(Fault(message, self.span(node.args[-1]), repairs=["1"]))
                return 0
            gate = huber(threshold)
        if len(inputs) < 2 or len(inputs) % 2:
            message = f"{name} takes outputs and then as many targets, not {len(inputs)} operand{'s' * (len(inputs) != 1)}"
            self.faults.append(Fault(message, self.span(node), repairs=[f"{name}(a1, a2, y1, y2)"]))
            return 0
        return self.gate(gate, tuple(inputs), node)


def normal(name: str) -> str:
    """A loss's name as it is compared."""
    word = name.replace("_", "").lower()
    return word if word in LOSSES else name
