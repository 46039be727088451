"""What Python expressions stand for, walked on the syntax tree and never run: numbers, lists, modules.

Whatever is not known is a fault at its own characters. A name whose value could not be read keeps that fault (`Unread`), which
is raised only where the network needs the name.
"""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from archcalc.notations.own.expression import evaluate
from archcalc.notations.pytorch.modules import CONTAINERS, SIZES, Group, Module, known_modules, signature
from archcalc.notations.pytorch.places import Places
from archcalc.notations.pytorch.settings import bind, read_settings
from archcalc.text.faults import SpecError, ValueFault, suggestions

MOST_STEPS = 200_000
MOST_ITEMS = 20_000
DEEPEST = 200
# Methods that hand back the module they are called on.
SAME = frozenset(["to", "cuda", "cpu", "eval", "train", "float", "double", "half", "bfloat16", "apply", "requires_grad_"])
# On numbers and words, and on flat lists of them.
BUILT_IN: dict[str, Callable[..., Any]] = {
    "int": int, "float": float, "min": min, "max": max, "abs": abs, "round": round, "sum": sum, "bool": bool, "str": str,
}  # fmt: skip
LISTED: dict[str, Callable[..., Any]] = {
    "zip": zip, "enumerate": enumerate, "reversed": reversed, "list": list, "tuple": tuple,
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b, ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
ADVICE = "the layers written out in nn.Sequential(…)"
Number = int | float


class Unread(NamedTuple):
    """A name whose value could not be read, and why."""

    error: SpecError


class Class(NamedTuple):
    """A class of the text, and the names known where it stands."""

    node: ast.ClassDef


class Function(NamedTuple):
    """A callable of torch by its full name, given as a value (`activation=F.relu`)."""

    path: str


class Values:
    """Evaluates expressions in an environment. `make` instantiates a class of the text."""

    def __init__(self, places: Places, names: dict[str, Any], aliases: dict[str, str], make: Callable[..., Group]) -> None:
        self.places = places
        self.names = names
        self.aliases = aliases
        self.make = make
        self.steps = [0]
        self.depth = [0]
        self.notes: dict[str, None] = {}

    def inner(self, names: dict[str, Any]) -> Values:
        """The same with other names; steps are counted together."""
        child = copy.copy(self)
        child.names = names
        return child

    def read(self, node: ast.expr) -> Any:
        """The value of an expression. Raises SpecError."""
        self.steps[0] += 1
        if self.steps[0] > MOST_STEPS:
            raise self.places.fault(node, f"more than {MOST_STEPS:,} steps to read this source", ADVICE)
        self.depth[0] += 1
        if self.depth[0] > DEEPEST:
            raise self.places.fault(node, "nested too deep to be read")
        try:
            return self._read(node)
        finally:
            self.depth[0] -= 1

    def _read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None as value):
                if isinstance(value, int | float) and not abs(value) <= 10**15:
                    raise self.places.fault(node, "a number beyond 1e+15, the largest allowed")
                return value
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Tuple(elts=items):
                return tuple(self._items(items))
            case ast.List(elts=items):
                return list(self._items(items))
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {self.read(k): self.read(v) for k, v in zip(keys, values, strict=True) if k is not None}
            case ast.BinOp(left=left, right=right):
                return self._binary(node, self.read(left), self.read(right))
            case ast.UnaryOp(operand=operand):
                return self._unary(node, self.read(operand))
            case ast.BoolOp(op=op, values=parts):
                value = None
                for part in parts:
                    value = self.read(part)
                    if bool(value) is isinstance(op, ast.Or):
                        break
                return value
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.read(body if self.read(test) else orelse)
            case ast.Subscript(value=value, slice=index):
                return self._subscript(node, self.read(value), index)
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehension(node)
            case ast.JoinedStr(values=parts):
                return self._bounded(node, "".join(self._text(part) for part in parts))
            case ast.Call():
                return self._call(node)
            case ast.Attribute():
                return self._attribute(node)
        raise self.places.fault(node, f"`{self.places.written(node)}` is not read: the source is read, never run", ADVICE)

    # -- names ----------------------------------------------------------------------------------------------------

    def _name(self, node: ast.expr, name: str) -> Any:
        if name in self.names:
            value = self.names[name]
            if isinstance(value, Unread):
                raise value.error
            return value
        if self.path(node) is not None:
            return Function(self.path(node) or "")
        near = suggestions(name, [n for n, v in self.names.items() if not isinstance(v, Unread)])
        raise self.places.fault(
            node, f"`{name}` is not known here: no line above gives it a value", *(near or [f"`{name} = 64` above"])
        )

    def path(self, node: ast.expr) -> str | None:
        """The full dotted name of an imported thing (torch.nn.Conv2d); None where the first part is no import."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.names:
            return None
        root = self.aliases.get(node.id)
        if root is None:
            known = signature(node.id) is not None or node.id in CONTAINERS
            root = f"torch.nn.{node.id}" if known and not parts else None
        return None if root is None else ".".join([root, *reversed(parts)])

    def _attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and f"{node.value.id}." in self.names:
            attributes = self.names[f"{node.value.id}."]
            if node.attr in attributes:
                value = attributes[node.attr]
                if isinstance(value, Unread):
                    raise value.error
                return value
            raise self.places.fault(node, f"`{self.places.written(node)}` has no value here", *suggestions(node.attr, attributes))
        path = self.path(node)
        if path is not None:
            return Function(path)
        raise self.places.fault(node, f"`{self.places.written(node)}` is not read: the source is read, never run", ADVICE)

    # -- numbers and lists ----------------------------------------------------------------------------------------

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.read(node.value)
                found += self._listed(node.value, value)
            else:
                found.append(self.read(node))
            if len(found) > MOST_ITEMS:
                raise self.places.fault(node, f"more than {MOST_ITEMS:,} items")
        return found

    def _listed(self, node: ast.expr, value: Any) -> list[Any]:
        if isinstance(value, Group) and value.times == 1:
            return [module for _, module in value.items]
        if isinstance(value, dict):
            return list(value)
        if not isinstance(value, list | tuple | range) or len(value) > MOST_ITEMS:
            raise self.places.fault(node, f"`{self.places.written(node)}` is not a list that can be read")
        return list(value)

    def _binary(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        if isinstance(left, list | tuple) or isinstance(right, list | tuple):
            if isinstance(node.op, ast.Add) and type(left) is type(right) and len(left) + len(right) <= MOST_ITEMS:
                return left + right
            if isinstance(node.op, ast.Mult):
                times, items = (left, right) if isinstance(left, int) else (right, left)
                if isinstance(times, int) and isinstance(items, list | tuple) and len(items) * times <= MOST_ITEMS:
                    return items * times
            raise self.places.fault(node, f"`{self.places.written(node)}` is not read")
        if isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add):
            return self._bounded(node, left + right)
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise self.places.fault(node, f"`{self.places.written(node)}` is not arithmetic on numbers", ADVICE)
        sum_ = ast.unparse(ast.BinOp(ast.Name("left"), node.op, ast.Name("right")))
        try:
            return evaluate(sum_, {"left": left, "right": right})
        except ValueFault as error:
            raise self.places.fault(node, f"`{self.places.written(node)}`: {error.message}", *error.repairs) from None

    def _unary(self, node: ast.UnaryOp, value: Any) -> Any:
        if isinstance(node.op, ast.Not):
            return not value
        if not isinstance(value, int | float) or isinstance(node.op, ast.Invert):
            raise self.places.fault(node, f"`{self.places.written(node)}` is not arithmetic on numbers", ADVICE)
        return -value if isinstance(node.op, ast.USub) else value

    def _compare(self, node: ast.Compare) -> bool:
        left = self.read(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.read(part)
            if not is_plain(left) or not (is_plain(right) or (isinstance(op, ast.In | ast.NotIn) and is_flat(right))):
                raise self.places.fault(node, f"`{self.places.written(node)}` is not read", ADVICE)
            try:
                if not COMPARE[type(op)](left, right):
                    return False
            except TypeError as error:
                raise self.places.fault(node, f"`{self.places.written(node)}`: {error}") from None
            left = right
        return True

    def _subscript(self, node: ast.expr, value: Any, index: ast.expr) -> Any:
        key: Any
        if isinstance(index, ast.Slice):
            key = slice(*(None if part is None else self.read(part) for part in (index.lower, index.upper, index.step)))
        else:
            key = self.read(index)
        if isinstance(value, Group) and isinstance(key, int):
            value = [module for _, module in value.items]
        if not isinstance(value, list | tuple | dict | range | str):
            raise self.places.fault(node, f"`{self.places.written(node)}` is not read", ADVICE)
        try:
            return value[key]
        except (LookupError, TypeError, ValueError) as error:
            raise self.places.fault(node, f"`{self.places.written(node)}`: {error}") from None

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> list[Any]:
        found: list[Any] = []

        def level(at: int, names: dict[str, Any]) -> None:
            values = self.inner(names)
            if at == len(node.generators):
                found.append(values.read(node.elt))
                if len(found) > MOST_ITEMS:
                    raise self.places.fault(node, f"more than {MOST_ITEMS:,} items")
                return
            generator = node.generators[at]
            for item in self._listed(generator.iter, values.read(generator.iter)):
                inside = dict(names)
                self.assign(generator.target, item, inside)
                if all(self.inner(inside).read(test) for test in generator.ifs):
                    level(at + 1, inside)

        level(0, self.names)
        return found

    def assign(self, target: ast.expr, value: Any, names: dict[str, Any]) -> None:
        """Binds a target (a name, or names in a tuple) to a value. Raises SpecError."""
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, list | tuple) and len(value) == len(target.elts):
            for part, item in zip(target.elts, value, strict=True):
                self.assign(part, item, names)
        else:
            raise self.places.fault(target, f"`{self.places.written(target)}` is given a value that cannot be read", ADVICE)

    def _text(self, part: ast.expr) -> str:
        value = self.read(part.value) if isinstance(part, ast.FormattedValue) else self.read(part)
        if not is_plain(value):
            raise self.places.fault(part, "only numbers and words are read in a text")
        return str(value)

    def _bounded(self, node: ast.expr, text: str) -> str:
        if len(text) > MOST_ITEMS:
            raise self.places.fault(node, f"a text of more than {MOST_ITEMS:,} characters")
        return text

    # -- calls ----------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Any:
        path = self.path(node.func)
        if path is not None:
            return self.construct(node, path)
        if isinstance(node.func, ast.Name):
            name = node.func.id
            if name in self.names:
                value = self._name(node.func, name)
                if isinstance(value, Class):
                    return self.make(self, value, node)
            elif name in ("range", "len") or name in BUILT_IN or name in LISTED:
                return self._built_in(node, name)
        if isinstance(node.func, ast.Attribute) and node.func.attr in SAME:
            value = self.read(node.func.value)
            if isinstance(value, Module | Group):
                return value
        root: ast.expr = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root is not node.func and root.id not in self.names and f"{root.id}." not in self.names:
            raise self.places.fault(root, f"`{root.id}` is not known here; torch.nn is read, imported or not", ADVICE)
        if isinstance(node.func, ast.Name):
            near = nearest(node.func.id)
            raise self.places.fault(
                node.func,
                f"`{node.func.id}` is no module of torch.nn and no class of this text",
                *([f"nn.{n}" for n in near] or [ADVICE]),
            )
        raise self.places.fault(node, f"`{self.places.written(node)}` is not read: the source is read, never run", ADVICE)

    def _built_in(self, node: ast.Call, name: str) -> Any:
        args: list[Any] = [self._listed(node, a) if isinstance(a, Group) else a for a in self._items(node.args)]
        if node.keywords:
            raise self.places.fault(node, f"`{self.places.written(node)}` is not read")
        try:
            if name == "range":
                numbers = range(*args)
                if len(numbers) > MOST_ITEMS:
                    raise self.places.fault(node, f"a range of {len(numbers):,}; the most read is {MOST_ITEMS:,}")
                return numbers
            if name == "len":
                (items,) = args
                return len(self._listed(node, items))
            if name in LISTED:
                made = list(
                    LISTED[name](*[self._listed(node, a) if name != "enumerate" or i == 0 else a for i, a in enumerate(args)])
                )
                return tuple(made) if name == "tuple" else made
            if not all(is_plain(a) or is_flat(a) for a in args):
                raise self.places.fault(node, f"`{self.places.written(node)}` is not read")
            return BUILT_IN[name](*args)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.places.fault(node, f"`{self.places.written(node)}`: {error}") from None

    def construct(self, node: ast.Call, path: str) -> Any:
        """What a call of an imported thing makes: a module, a group, an ordered mapping."""
        if path in ("collections.OrderedDict", "typing.OrderedDict"):
            return self._ordered(node)
        if not path.startswith("torch.nn."):
            root = path.partition(".")[0]
            message = f"`{self.places.written(node.func)}` is not read"
            if root not in ("torch", "math"):
                message = f"`{self.places.written(node.func)}` is {root}'s, not torch.nn's"
            raise self.places.fault(node.func, message, ADVICE)
        name = path.rpartition(".")[2]
        if name == "Sequential":
            return self._sequential(node)
        if name == "ModuleList":
            return self._listed(node, self.read(node.args[0])) if node.args else []
        if name == "TransformerEncoder":
            return self._encoder(node)
        return self.module(node, name)

    def module(self, node: ast.Call, name: str) -> Module:
        """The module of a call of a class of torch.nn. Raises SpecError."""
        found = signature(name)
        if found is None:
            near = nearest(name)
            raise self.places.fault(
                node.func, f"nn.{name} is not read", *([f"nn.{n}" for n in near] or ["`archcalc layers` for what is"])
            )
        word, parameters = found
        given = bind(self.places, node, f"nn.{name}", parameters, node.args, strict=name != "Identity")
        made = Module(node, name, word, [])
        values = {parameter.name: (parameter, at, self.read(at)) for parameter, at in given}
        made.settings = read_settings(self.places, name, word, values)
        for parameter, _, value in values.values():
            if parameter.setting in SIZES and type(value) is int:
                made.facts["in"] = value
        self._say(name, values)
        return made

    def _say(self, name: str, values: dict[str, Any]) -> None:
        """Notes what a setting changes that is not counted."""
        if "padding_mode" in values and values["padding_mode"][2] != "zeros":
            self.notes[f"padding_mode='{values['padding_mode'][2]}' is read as zeros: shapes and counts are the same"] = None
        if name == "MultiheadAttention":
            self.notes["nn.MultiheadAttention is read as self-attention: query, key and value alike"] = None

    def _sequential(self, node: ast.Call) -> Group:
        items: list[tuple[str, Any]] = []
        if node.keywords:
            raise self.places.fault(node.keywords[0], "nn.Sequential takes no keywords")
        for argument in node.args:
            at = argument.value if isinstance(argument, ast.Starred) else argument
            value = self.read(at)
            added: list[tuple[str, Any]] = [("", value)]
            if isinstance(argument, ast.Starred):
                added = [("", item) for item in self._listed(at, value)]
            elif isinstance(value, dict) and len(node.args) == 1:
                added = [(str(key), item) for key, item in value.items()]
            elif isinstance(value, list | tuple):
                written = self.places.written(at, 20)
                raise self.places.fault(at, "nn.Sequential takes modules, not a list of them", f"*{written}")
            if not all(isinstance(item, Module | Group) for _, item in added):
                raise self.places.fault(at, f"`{self.places.written(at)}` is no module of torch.nn", ADVICE)
            items += added
            if len(items) > MOST_ITEMS:
                raise self.places.fault(at, f"more than {MOST_ITEMS:,} items")
        return Group(node, items)

    def _ordered(self, node: ast.Call) -> dict[str, Any]:
        if not node.args:
            return {keyword.arg: self.read(keyword.value) for keyword in node.keywords if keyword.arg}
        value = self.read(node.args[0])
        if isinstance(value, dict):
            return value
        pairs = self._listed(node.args[0], value)
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            raise self.places.fault(
                node.args[0], "an OrderedDict is made of pairs", "OrderedDict([('conv1', nn.Conv2d(1, 6, 5)), …])"
            )
        return dict(pairs)

    def _encoder(self, node: ast.Call) -> Group:
        """nn.TransformerEncoder: the layer copied anew `num_layers` times, and perhaps a normalisation."""
        names = ("encoder_layer", "num_layers", "norm")
        given = dict(zip(names, node.args, strict=False)) | {k.arg: k.value for k in node.keywords if k.arg in names}
        layer = self.read(given["encoder_layer"]) if "encoder_layer" in given else None
        times = self.read(given["num_layers"]) if "num_layers" in given else None
        if not isinstance(layer, Module) or type(times) is not int or not 1 <= times <= MOST_ITEMS:
            raise self.places.fault(
                node, "nn.TransformerEncoder takes a layer and how often", "nn.TransformerEncoder(layer, num_layers=6)"
            )
        stack = Group(node, [("", copy.copy(layer))], times=times)
        norm = self.read(given["norm"]) if "norm" in given else None
        return Group(node, [("", stack), ("", norm)]) if isinstance(norm, Module) else stack


def nearest(name: str) -> list[str]:
    """The modules a mistyped name may mean; the one that differs in its capitals alone, where there is one."""
    known = {module.lower(): module for module in known_modules()}
    if name.lower() in known:
        return [known[name.lower()]]
    return [known[near] for near in suggestions(name.lower(), known, 2)]


def is_plain(value: Any) -> bool:
    """Whether a value is a number, a word or nothing."""
    return value is None or isinstance(value, int | float | str)


def is_flat(value: Any) -> bool:
    """Whether a value is a list of plain values."""
    return isinstance(value, range) or (isinstance(value, list | tuple) and all(is_plain(item) for item in value))
