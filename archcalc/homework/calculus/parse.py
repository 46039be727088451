"""Text to graph: the text is checked token by token, parsed by Python's `ast`, and walked; it is never
evaluated as code.

A text is an expression, or several lines (or parts between `;`): `s0 = w0*x0` names what it works out, `x0 = -1`
gives a variable its value, and the last line is what is differentiated.

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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archcalc.homework.calculus import gates
from archcalc.homework.calculus.gates import FUNCTIONS, Gate
from archcalc.homework.calculus.losses import LOSSES, huber
from archcalc.homework.calculus.tape import Graph, Node
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.source import Source, Span

LONGEST = 2000
DEEPEST = 60
LONGEST_NAME = 40

CONSTANTS = {"pi": math.pi, "π": math.pi}

# What people paste from a page, and what it is here; one character for one, so that columns stay true.
_SAME = str.maketrans({"·": "*", "×": "*", "∗": "*", "−": "-", "–": "-", "÷": "/", "\t": " "})
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>(?![²³])[^\W\d](?:(?![²³])\w)*)|(?P<index>\[\s*\d{1,3}\s*\])"
    r"|(?P<raised>[²³])|(?P<end>[;\n])|(?P<op>\*\*|//|==|[-+*/^(),=])"
)
_BINARY: dict[type[ast.operator], Gate] = {
    ast.Add: gates.ADD,
    ast.Sub: gates.SUBTRACT,
    ast.Mult: gates.MULTIPLY,
    ast.Div: gates.DIVIDE,
    ast.Pow: gates.POWER,
}
_INSTEAD = {"[": "(", "{": "(", "]": ")", "}": ")"}
_POWERS = {"^": "**", "²": "**2", "³": "**3"}
_EXAMPLE = '"sigmoid(w0*x0 + w1*x1 + w2)"'
SOFTMAX = "softmax"

Token = re.Match[str]


@dataclass(frozen=True)
class _Text:
    """The text of an expression, and where its characters stand."""

    source: Source
    clean: str

    def span(self, start: int, length: int = 1) -> Span:
        line = self.clean.count("\n", 0, start)
        column = start - (self.clean.rfind("\n", 0, start) + 1)
        return Span(self.source, line + 1, column + 1, max(1, length))

    def fail(self, message: str, start: int, length: int, repair: str, *more: str) -> SpecError:
        return SpecError([Fault(message, self.span(start, length), repairs=(repair, *more))])


@dataclass(frozen=True)
class _Statement:
    """One line: the names it assigns (none for an expression alone), and its expression, parsed."""

    names: Sequence[Token]
    tree: ast.expr
    code: str
    places: Sequence[int]  # of every character of the code, in the text

    @property
    def number(self) -> float | None:
        """The value of a line that is only a number with a sign."""
        node, sign = self.tree, 1.0
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = -sign if isinstance(node.op, ast.USub) else sign
            node = node.operand
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return sign * node.value
        return None


def parse(text: str, open_sigmoid: bool = False, name: str = "expression") -> Graph:
    """The computational graph of an expression, or of several lines.

    A variable used several times goes through one copy gate. With `open_sigmoid`, σ(x) is opened into
    −x, exp, + 1, 1/x. Raises SpecError with the place of every character that is wrong.
    """
    if len(text) > LONGEST:
        raise SpecError(
            [
                Fault(
                    f"an expression of {len(text)} characters; the longest allowed is {LONGEST}",
                    repairs=["parts of it on lines of their own"],
                )
            ]
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip("; \t\n"):
        raise SpecError([Fault("the expression is empty", repairs=[_EXAMPLE])])
    where = _Text(Source(name, text), text.translate(_SAME))
    tokens = list(_tokens(where))
    statements = [_statement(where, part) for part in _split(tokens)]
    notes = []
    if any(t["raised"] or t["op"] == "^" for t in tokens):
        notes.append("^ is read as a power, which is ** here")
    return _Builder(where, open_sigmoid).build(statements, notes)


def _tokens(where: _Text) -> Iterator[Token]:
    at, clean = 0, where.clean
    while at < len(clean):
        if clean[at] != "\n" and clean[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(clean, at)
        if token is None:
            repairs = [_INSTEAD[clean[at]]] if clean[at] in _INSTEAD else []
            raise where.fail(f"{clean[at]!r} has no meaning here", at, 1, *(repairs or ["the line without it"]))
        yield token
        at = token.end()


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of every statement. A line goes on inside brackets, and where it ends or the next begins with an operator."""
    assigns = any(t["op"] == "=" for t in tokens)
    parts: list[list[Token]] = [[]]
    depth = 0
    for i, token in enumerate(tokens):
        if not token["end"]:
            depth += {"(": 1, ")": -1}.get(token["op"] or "", 0)
            parts[-1].append(token)
            continue
        rest = next((t for t in tokens[i + 1 :] if t.group() != "\n"), None)
        before = parts[-1][-1]["op"] if parts[-1] else None
        going_on = rest is not None and rest["op"] in (
            ("*", "/", "**", "^", ")", ",") if assigns else ("*", "/", "**", "^", "+", "-", ")", ",")
        )
        if token.group() == ";" or not (depth > 0 or (before and before != ")") or going_on):
            parts.append([])
    return [part for part in parts if part]


def _statement(where: _Text, tokens: list[Token]) -> _Statement:
    """One statement, checked and parsed."""
    signs = [i for i, t in enumerate(tokens) if t["op"] in ("=", "==")]
    names: list[Token] = []
    if signs:
        front, sign = tokens[: signs[0]], tokens[signs[0]]
        if tokens[signs[-1]]["op"] == "==" or len(signs) > 1:
            raise where.fail(
                "a line has one '=', behind a name", tokens[signs[-1]].start(), len(tokens[signs[-1]].group()), "a line for each"
            )
        if not front or any(not t["name"] if i % 2 == 0 else t["op"] != "," for i, t in enumerate(front)) or len(front) % 2 == 0:
            start = front[0].start() if front else sign.start()
            raise where.fail("only a name can be given a value", start, sign.end() - start, "s0 = w0*x0")
        names = front[::2]
        for token in names:
            _check_operand(where, token)
            if token.group() in FUNCTIONS or token.group() in CONSTANTS or token.group() in (SOFTMAX, *LOSSES):
                raise where.fail(f"{token.group()} has a meaning already", token.start(), len(token.group()), f"{token.group()}_")
        tokens = tokens[signs[0] + 1 :]
        if not tokens:
            raise where.fail("something is missing after '='", sign.start(), 1, "an expression behind it, as in a = w*x")
    _check_tokens(where, tokens)
    code, places = "", []
    at = tokens[0].start()
    for token in tokens:
        written = _POWERS.get(token.group(), re.sub(r"\s", "", token.group()))
        gap = " " * min(1, token.start() - at)
        code += gap + written
        places += [token.start()] * len(gap)
        places += [token.start() + min(i, len(token.group()) - 1) for i in range(len(written))]
        at = token.end()
    try:
        tree = ast.parse(code, mode="eval").body
    except SyntaxError as error:
        at = places[min(len(places), max(1, error.offset or 1)) - 1]
        raise where.fail("this is not an expression", at, 1, "arithmetic of names and numbers, as in w*x + b") from None
    except (ValueError, MemoryError, RecursionError):
        raise SpecError(
            [
                Fault(
                    f"an expression nested too deep; {DEEPEST} levels are allowed",
                    repairs=["parts of it on lines of their own: a = w*x; a + b"],
                )
            ]
        ) from None
    return _Statement(names, tree, code, places)


def _check_tokens(where: _Text, tokens: Sequence[Token]) -> None:
    """That operands and operators alternate, that brackets match, and that nothing else stands in the
    text."""
    fail = where.fail
    brackets: list[tuple[int, bool]] = []
    before: Token | None = None
    operand_wanted = True
    for token in tokens:
        word, start = token.group(), token.start()
        if token["op"] == "(":
            call = not operand_wanted and before is not None and bool(before["name"])
            if not operand_wanted and not call:
                raise fail("an operator is missing before '('", start, 1, "*(")
            brackets.append((start, call))
            if len(brackets) > DEEPEST:
                raise fail(
                    f"brackets nested more than {DEEPEST} deep", start, 1, "parts of it on lines of their own: a = w*x; a + b"
                )
            operand_wanted = True
        elif token["op"] == ")":
            if not brackets:
                raise fail("this bracket was never opened", start, 1, "the line without it")
            _, call = brackets.pop()
            if operand_wanted and before is not None and not (call and before["op"] == "("):
                raise fail(f"something is missing between '{before.group()}' and ')'", start, 1, "a name or a number there")
            operand_wanted = False
        elif token["op"] == ",":
            if operand_wanted:
                raise fail("something is missing before ','", start, 1, "a name or a number there")
            if not brackets or not brackets[-1][1]:
                raise fail(
                    "a comma stands only between the operands of a function", start, 1, "a function around it, as in max(x, y)"
                )
            operand_wanted = True
        elif token["op"] == "//":
            raise fail("'//' is not an operation here", start, 2, "/")
        elif token["index"] or token["raised"]:
            if operand_wanted:
                raise fail(
                    f"{word[0]!r} has no meaning here",
                    start,
                    1,
                    *(([_INSTEAD[word[0]]] if word[0] in _INSTEAD else []) or ["the line without it"]),
                )
        elif token["op"]:
            if operand_wanted and word not in "+-":
                raise fail(f"something is missing before '{word}'", start, len(word), "a name or a number there")
            operand_wanted = True
        else:
            _check_operand(where, token)
            if not operand_wanted and before is not None:
                left = before.group()
                repair = f"{left}*{word}" if left != ")" else f")*{word}"
                raise fail(f"an operator is missing between '{left}' and '{word}'", start, len(word), repair)
            operand_wanted = False
        before = token
    if operand_wanted and before is not None:
        raise fail(
            f"something is missing after '{before.group()}'", before.start(), len(before.group()), "a name or a number there"
        )
    if brackets:
        raise fail("this bracket is never closed", brackets[-1][0], 1, "a ) at its end")


def _check_operand(where: _Text, token: Token) -> None:
    word = token.group()

    def fail(message: str, repair: str, *more: str) -> SpecError:
        return where.fail(message, token.start(), len(word), repair, *more)

    if token["number"]:
        if not math.isfinite(float(word)):
            raise fail(f"{word} is beyond the largest floating-point number", "a smaller number")
        if re.match(r"0\d", word):
            raise fail(f"{word} begins with a zero", word.lstrip("0") or "0")
    elif not word.isidentifier():
        raise fail(f"'{word}' cannot be a name", "letters, digits and _, as in w1")
    elif len(word) > LONGEST_NAME:
        raise fail(f"a name of {len(word)} characters; the longest allowed is {LONGEST_NAME}", "a shorter name")
    elif keyword.iskeyword(word):
        raise fail(f"'{word}' is a word of Python's and cannot be a name", f"{word}_")


class _Builder:
    """Walks the parsed statements and lays the nodes down in the order they are computed."""

    def __init__(self, where: _Text, open_sigmoid: bool) -> None:
        self.where = where
        self.open_sigmoid = open_sigmoid
        self.nodes: list[Node] = []
        self.known: dict[str, int] = {}
        self.vectors: dict[str, dict[int, int]] = {}  # a named softmax: the nodes of its parts
        self.faults: list[Fault] = []
        self.count = 0
        self.statement: _Statement
        self.uses: Counter[str] = Counter()
        self.parts: dict[str, set[int]] = {}  # which parts of a named softmax are used

    def build(self, statements: Sequence[_Statement], notes: list[str]) -> Graph:
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

    def sort(self, statements: Sequence[_Statement]) -> tuple[dict[str, float], list[_Statement]]:
        """The values that lines give, and the lines that work something out."""
        given: dict[str, float] = {}
        worked: list[_Statement] = []
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

    def count_uses(self, statement: _Statement, assigned: dict[str, Token]) -> None:
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

    def lay_variables(self, worked: Sequence[_Statement], assigned: dict[str, Token], given: dict[str, float]) -> None:
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

    def assign(self, statement: _Statement, last: bool) -> int:
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

    def refuse_unused(self, worked: Sequence[_Statement]) -> None:
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
            faults.append(Fault(f"{name} is given a value twice", Span(source, 1, 1, len(name)), repairs=["each name once"]))
            continue
        try:
            values[name] = float(text.replace("−", "-"))
        except ValueError:
            values[name] = 0.0
            faults.append(Fault(f"'{text}' is not a number", place, repairs=["a number such as 0.5 or 1/3"]))
            continue
        if not math.isfinite(values[name]):
            faults.append(Fault(f"'{text}' is not a finite number", place, repairs=["a number such as 0.5"]))
    if faults:
        raise SpecError(faults)
    return values
