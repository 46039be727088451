"""Text to graph: the text is checked token by token, parsed by Python's `ast`, and walked; it is never
evaluated as code.

The token check comes first so that a message names the character that is wrong, in the same words on
every Python.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from archcalc.homework.calculus import gates
from archcalc.homework.calculus.gates import FUNCTIONS, Gate
from archcalc.homework.calculus.tape import Graph, Node
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Source, Span

LONGEST = 2000
DEEPEST = 60
LONGEST_NAME = 40

CONSTANTS = {"pi": math.pi, "π": math.pi}

# What people paste from a page, and what it is here; one character for one, so that columns stay true.
_SAME = str.maketrans({"·": "*", "×": "*", "∗": "*", "−": "-", "–": "-", "÷": "/", "\n": " ", "\t": " ", "\r": " "})
_TOKEN = re.compile(r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<op>\*\*|//|[-+*/(),])")
_BINARY: dict[type[ast.operator], Gate] = {
    ast.Add: gates.ADD,
    ast.Sub: gates.SUBTRACT,
    ast.Mult: gates.MULTIPLY,
    ast.Div: gates.DIVIDE,
    ast.Pow: gates.POWER,
}
_INSTEAD = {"^": "** for a power", "[": "(", "{": "(", "]": ")", "}": ")"}


def parse(text: str, open_sigmoid: bool = False, name: str = "expression") -> Graph:
    """The computational graph of an expression.

    A variable used several times goes through one copy gate. With `open_sigmoid`, σ(x) is opened into
    −x, exp, + 1, 1/x. Raises SpecError with the place of every character that is wrong.
    """
    if len(text) > LONGEST:
        raise SpecError([Fault(f"an expression of {len(text)} characters; the longest allowed is {LONGEST}")])
    source = Source(name, text.translate(str.maketrans("\n\r", "  ")))
    if not text.strip():
        raise SpecError([Fault("the expression is empty", repairs=['"sigmoid(w0*x0 + w1*x1 + w2)"'])])
    clean = text.translate(_SAME)
    _check_tokens(clean, source)
    lead = len(clean) - len(clean.lstrip())
    try:
        tree = ast.parse(clean.strip(), mode="eval").body
    except SyntaxError as error:
        at = Span(source, 1, lead + max(1, error.offset or 1))
        raise SpecError([Fault("this is not an expression", at)]) from None
    except (ValueError, MemoryError, RecursionError):
        raise SpecError([Fault(f"an expression nested too deep; {DEEPEST} levels are allowed")]) from None
    return _Builder(source, clean.strip(), lead, open_sigmoid).build(tree)


def _check_tokens(clean: str, source: Source) -> None:
    """That operands and operators alternate, that brackets match, and that nothing else stands in the
    text."""

    def fail(message: str, start: int, length: int = 1, *repairs: str) -> SpecError:
        return SpecError([Fault(message, Span(source, 1, start + 1, length), repairs=repairs)])

    brackets: list[tuple[int, bool]] = []
    before: re.Match[str] | None = None
    operand_wanted = True
    for token in _tokens(clean, source):
        word, start = token.group(), token.start()
        if token["op"] == "(":
            call = not operand_wanted and before is not None and bool(before["name"])
            if not operand_wanted and not call:
                raise fail("an operator is missing before '('", start, 1, "*(")
            brackets.append((start, call))
            if len(brackets) > DEEPEST:
                raise fail(f"brackets nested more than {DEEPEST} deep", start)
            operand_wanted = True
        elif token["op"] == ")":
            if not brackets:
                raise fail("this bracket was never opened", start)
            _, call = brackets.pop()
            if operand_wanted and before is not None and not (call and before["op"] == "("):
                raise fail(f"something is missing between '{before.group()}' and ')'", start)
            operand_wanted = False
        elif token["op"] == ",":
            if operand_wanted:
                raise fail("something is missing before ','", start)
            if not brackets or not brackets[-1][1]:
                raise fail("a comma stands only between the operands of a function", start)
            operand_wanted = True
        elif token["op"] == "//":
            raise fail("'//' is not an operation here", start, 2, "/")
        elif token["op"]:
            if operand_wanted and word not in "+-":
                raise fail(f"something is missing before '{word}'", start, len(word))
            operand_wanted = True
        else:
            _check_operand(token, fail_at=(source, start))
            if not operand_wanted and before is not None:
                left = before.group()
                repair = f"{left}*{word}" if left != ")" else f")*{word}"
                raise fail(f"an operator is missing between '{left}' and '{word}'", start, len(word), repair)
            operand_wanted = False
        before = token
    if operand_wanted and before is not None:
        raise fail(f"something is missing after '{before.group()}'", before.start(), len(before.group()))
    if brackets:
        raise fail("this bracket is never closed", brackets[-1][0])


def _tokens(clean: str, source: Source) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(clean):
        if clean[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(clean, at)
        if token is None:
            repairs = [_INSTEAD[clean[at]]] if clean[at] in _INSTEAD else []
            character = Span(source, 1, at + 1)
            raise SpecError([Fault(f"{clean[at]!r} has no meaning here", character, repairs=repairs)])
        yield token
        at = token.end()


def _check_operand(token: re.Match[str], fail_at: tuple[Source, int]) -> None:
    source, start = fail_at
    word = token.group()
    span = Span(source, 1, start + 1, len(word))
    if token["number"]:
        if not math.isfinite(float(word)):
            raise SpecError([Fault(f"{word} is beyond the largest floating-point number", span)])
        if re.match(r"0\d", word):
            raise SpecError([Fault(f"{word} begins with a zero", span, repairs=[word.lstrip("0") or "0"])])
    elif not word.isidentifier():
        raise SpecError([Fault(f"'{word}' cannot be a name", span)])
    elif len(word) > LONGEST_NAME:
        raise SpecError([Fault(f"a name of {len(word)} characters; the longest allowed is {LONGEST_NAME}", span)])
    elif keyword.iskeyword(word):
        raise SpecError([Fault(f"'{word}' is a word of Python's and cannot be a name", span, repairs=[f"{word}_"])])


class _Builder:
    """Walks the parsed expression and lays the nodes down in the order they are computed."""

    def __init__(self, source: Source, text: str, lead: int, open_sigmoid: bool) -> None:
        self.source = source
        self.text = text
        self.lead = lead
        self.open_sigmoid = open_sigmoid
        self.nodes: list[Node] = []
        self.known: dict[str, int] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def build(self, tree: ast.expr) -> Graph:
        called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        names = sorted(
            (n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called),
            key=lambda n: n.col_offset,
        )
        uses = Counter(n.id for n in names)
        for name in names:
            if name.id in self.known or name.id in CONSTANTS:
                continue
            if name.id in FUNCTIONS:
                message = f"{name.id} is a function and needs its operand in brackets"
                self.faults.append(Fault(message, self.span(name), repairs=[f"{name.id}(…)"]))
                self.known[name.id] = -1
                continue
            variable = self.lay(Node(name.id, span=self.span(name)))
            if uses[name.id] > 1:
                variable = self.lay(Node(name.id, gates.COPY, (variable,), span=self.span(name), uses=uses[name.id]))
            self.known[name.id] = variable
        output = self.walk(tree, 0)
        if self.faults:
            raise SpecError(sorted(self.faults, key=lambda fault: fault.span.column if fault.span else 0))
        graph = Graph(self.source, self.nodes, output)
        if not graph.variables:
            raise SpecError([Fault("the expression has no variable, so there is nothing to differentiate by")])
        return graph

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
        data = self.text.encode()
        start = len(data[: node.col_offset].decode())
        end = len(data[: node.end_col_offset or node.col_offset + 1].decode())
        return Span(self.source, 1, self.lead + start + 1, max(1, end - start))

    def walk(self, node: ast.expr, depth: int) -> int:
        if depth > 4 * DEEPEST:
            raise SpecError([Fault(f"an expression nested more than {4 * DEEPEST} deep", self.span(node))])
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
            case ast.Name(id=name) if name in CONSTANTS:
                return self.lay(Node(name, span=self.span(node), constant=CONSTANTS[name]))
            case ast.Name(id=name):
                return self.known[name]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return self.constant(-value, node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.gate(gates.NEGATE, (self.walk(inner, depth + 1),), node)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.walk(inner, depth + 1)
            case ast.Call(func=ast.Name(id=name) as word, args=args):
                return self.call(name, word, [self.walk(a, depth + 1) for a in args], node)
        raise SpecError([Fault("this is not allowed in an expression", self.span(node))])

    def call(self, name: str, word: ast.Name, inputs: list[int], node: ast.expr) -> int:
        gate = FUNCTIONS.get(name)
        if gate is None:
            near = suggestions(name, FUNCTIONS)
            notes = [] if near else ["the functions are " + ", ".join(f for f in FUNCTIONS if f.isascii())]
            self.faults.append(Fault(f"unknown function '{name}'", self.span(word), repairs=near, notes=notes))
            return 0
        if len(inputs) != gate.operands and not (gate.more and len(inputs) > gate.operands):
            least = "at least " if gate.more else ""
            plural = "s" if gate.operands > 1 else ""
            message = f"{name} takes {least}{gate.operands} operand{plural}, not {len(inputs)}"
            self.faults.append(Fault(message, self.span(node)))
            return 0
        if gate is gates.SIGMOID and self.open_sigmoid:
            inner = self.gate(gates.EXP, (self.gate(gates.NEGATE, (inputs[0],), node),), node)
            plus = self.gate(gates.ADD, (inner, self.constant(1, node)), node)
            return self.gate(gates.RECIPROCAL, (plus,), node)
        return self.gate(gate, tuple(inputs), node)


def read_values(arguments: list[str] | tuple[str, ...]) -> dict[str, float]:
    """The numbers of arguments like `w0=2`. Raises SpecError naming every argument that is not one."""
    values: dict[str, float] = {}
    faults: list[Fault] = []
    for argument in arguments:
        source = Source("argument", argument)
        name, equals, text = argument.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())
        if not equals or not name.isidentifier():
            message = f"'{argument}' does not give a variable its value"
            faults.append(Fault(message, Span(source, 1, 1, len(argument)), repairs=["name=number, as in x0=-1"]))
            continue
        place = Span(source, 1, len(argument) - len(text) + 1, max(1, len(text)))
        if name in values:
            faults.append(Fault(f"{name} is given a value twice", Span(source, 1, 1, len(name))))
            continue
        try:
            values[name] = float(text.replace("−", "-"))
        except ValueError:
            values[name] = 0.0
            faults.append(Fault(f"'{text}' is not a number", place))
            continue
        if not math.isfinite(values[name]):
            faults.append(Fault(f"'{text}' is not a finite number", place))
    if faults:
        raise SpecError(faults)
    return values
