"""Subclasses of nn.Module: what __init__ makes, and a forward that hands one tensor from module to module.

A forward that branches, adds, or decides is refused with the characters that do so.
"""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from archcalc.notations.pytorch.modules import FUNCTIONS, Group, Module
from archcalc.notations.pytorch.settings import bind, read_settings
from archcalc.notations.pytorch.values import ADVICE, Class, Unread, Values
from archcalc.text.faults import Fault, SpecError

PLAIN = "a forward that hands one tensor from module to module is read"


class Flow(NamedTuple):
    """The tensor after these modules."""

    items: tuple[tuple[str, Module | Group], ...]


class Batch:
    """The number of inputs in a batch, as in x.size(0)."""


class Sizes:
    """The sizes of a tensor, as in x.shape."""


def make(values: Values, class_: Class, call: ast.Call | None) -> Group:
    """The modules of an instance of a class, in the order its forward calls them. Raises SpecError."""
    if values.depth[0] > 60:
        raise values.places.fault(call, "classes inside classes too deep to be read")
    return _Instance(values, class_, call).group()


class _Instance:
    """One instance: its attributes and its forward."""

    def __init__(self, values: Values, class_: Class, call: ast.Call | None) -> None:
        self.places = values.places
        self.node = class_.node
        self.call = call
        self.methods = {item.name: item for item in self.node.body if isinstance(item, ast.FunctionDef)}
        self.attributes: dict[str, Any] = {}
        self.values = values.inner(dict(values.names))

    def group(self) -> Group:
        bases = [self.places.written(base).rpartition(".")[2] for base in self.node.bases]
        if not any(base == "Sequential" or base.endswith(("Module", "Classifier")) for base in bases):
            raise self._no(self.node, f"`{self.node.name}` is no nn.Module")
        init = self.methods.get("__init__")
        if init is None:
            raise self._no(self.node, f"`{self.node.name}` has no __init__ that makes modules")
        self._arguments(init)
        me = init.args.args[0].arg if init.args.args else "self"
        self.values.names[f"{me}."] = self.attributes
        for statement in init.body:
            self._statement(statement, me)
        for name, value in self.attributes.items():
            if isinstance(value, Module | Group) and not value.label:
                value.label = name
        forward = self.methods.get("forward")
        if forward is not None:
            return Group(self.node, list(self._forward(forward).items))
        groups = [value for value in self.attributes.values() if isinstance(value, Group)]
        if len(groups) != 1:
            raise self._no(self.node, f"`{self.node.name}` has no forward, and {len(groups)} nn.Sequential to choose from")
        self.values.notes[f"{self.node.name} has no forward; its only nn.Sequential is read"] = None
        return groups[0]

    def _no(self, node: ast.expr | ast.stmt, message: str) -> SpecError:
        span = self.places.keyword(node) if isinstance(node, ast.stmt) else self.places.span(node)
        return SpecError([Fault(message, span, repairs=[ADVICE])])

    def _arguments(self, init: ast.FunctionDef) -> None:
        """The arguments of __init__: given, or at their defaults, or unread."""
        args = init.args
        names = [*args.posonlyargs, *args.args][1:]
        defaults = dict(zip([a.arg for a in reversed(names)], reversed(args.defaults), strict=False))
        defaults |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None}
        given: dict[str, Any] = {}
        if self.call is not None:
            for index, argument in enumerate(self.call.args):
                if isinstance(argument, ast.Starred) or index >= len(names):
                    raise self.places.fault(argument, f"`{self.node.name}` takes {len(names)} arguments")
                given[names[index].arg] = self.values.read(argument)
            for keyword in self.call.keywords:
                if keyword.arg is None or keyword.arg not in {a.arg for a in [*names, *args.kwonlyargs]}:
                    raise self.places.fault(keyword, f"`{self.node.name}` has no argument '{keyword.arg}'")
                given[keyword.arg] = self.values.read(keyword.value)
        found: dict[str, Any] = {}
        for parameter in [*names, *args.kwonlyargs]:
            name = parameter.arg
            if name in given:
                found[name] = given[name]
            elif name in defaults:
                found[name] = self._soft(defaults[name])
            else:
                fault = self.places.fault(parameter, f"`{name}` of `{self.node.name}` is given no value", f"{name}=10")
                found[name] = Unread(fault)
        self.values.names.update(found)

    def _soft(self, node: ast.expr) -> Any:
        try:
            return self.values.read(node)
        except SpecError as error:
            return Unread(error)

    def _statement(self, node: ast.stmt, me: str) -> None:
        """A statement of __init__."""
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                self._set(target, self._soft(value), me)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="add_module"), args=[key, value])) if (
                name == me
            ):
                label = self._soft(key)
                self.attributes[str(label)] = self._soft(value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=target, attr="append"), args=[value])):
                grown, item = self._soft(target), self._soft(value)
                if isinstance(grown, list):
                    grown.append(item) if not isinstance(item, Unread) else self._set(target, item, me)
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
                error = self._no(node, f"`{self.node.name}` makes modules in a statement that is not read")
                for part in ast.walk(node):
                    if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Store):
                        self._set(part, Unread(error), me)
                    elif (
                        isinstance(part, ast.Call)
                        and isinstance(part.func, ast.Attribute)
                        and part.func.attr in ("append", "add_module")
                    ):
                        self._set(part.func.value, Unread(error), me)
            case _:
                pass  # super().__init__(), weights filled in, a docstring

    def _set(self, target: ast.expr, value: Any, me: str) -> None:
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == me:
            self.attributes[target.attr] = value
        elif isinstance(target, ast.Name):
            self.values.names[target.id] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, tuple) and len(value) == len(target.elts):
            for part, item in zip(target.elts, value, strict=True):
                self._set(part, item, me)

    # -- forward --------------------------------------------------------------------------------------------------

    def _forward(self, forward: ast.FunctionDef) -> Flow:
        args = forward.args.args
        extra = args[2 : len(args) - len(forward.args.defaults)]
        if len(args) < 2 or extra:
            at = extra[0] if extra else forward
            span = self.places.keyword(at) if isinstance(at, ast.stmt) else self.places.span(at)
            raise SpecError([Fault(f"forward takes one tensor to be read; {PLAIN}", span, repairs=[ADVICE])])
        if args[0].arg + "." not in self.values.names:
            self.values.names[args[0].arg + "."] = self.attributes
        names = {**self.values.names, args[1].arg: Flow(())}
        inner = self.values.inner(names)
        for node in forward.body:
            match node:
                case ast.Return(value=ast.expr() as value):
                    return self._tensor(inner, value)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    names[name] = self._value(inner, value)
                case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name) as batch, *rest])], value=value):
                    found = self._value(inner, value)
                    last = found.items[-1][1] if isinstance(found, Flow) and found.items else None
                    if isinstance(last, Module) and last.word in ("LSTM", "GRU", "RNN", "MultiheadAttention"):
                        names[name] = found  # output, state
                    elif isinstance(found, Sizes):
                        names[batch.id] = Batch()
                        names |= {t.id: Sizes() for t in rest if isinstance(t, ast.Name)}
                    else:
                        raise self._no(node, f"two values are taken apart here; {PLAIN}")
                case ast.Expr() | ast.Assert() | ast.Pass():
                    pass
                case _:
                    raise self._no(node, f"this statement of forward is not read; {PLAIN}")
        raise self._no(forward, "forward returns nothing")

    def _tensor(self, values: Values, node: ast.expr) -> Flow:
        found = self._value(values, node)
        if not isinstance(found, Flow):
            raise self._no(node, f"`{self.places.written(node)}` is no tensor that can be followed; {PLAIN}")
        return found

    def _value(self, values: Values, node: ast.expr) -> Any:
        """A tensor after more modules, a size, or an ordinary value."""
        if isinstance(node, ast.Call):
            return self._called(values, node)
        if isinstance(node, ast.Name):
            return values.read(node)
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            self._tensor(values, node.value)
            return Sizes()
        if isinstance(node, ast.Subscript) and isinstance(self._try(values, node.value), Sizes):
            return Batch() if isinstance(node.slice, ast.Constant) and node.slice.value == 0 else Sizes()
        if isinstance(node, ast.Subscript) and re.fullmatch(r"\(?:, -1(, :)?\)?", ast.unparse(node.slice)):
            return self._last(self._tensor(values, node.value), node)
        if any(isinstance(part, ast.Name) and isinstance(values.names.get(part.id), Flow) for part in ast.walk(node)):
            raise self._no(node, f"`{self.places.written(node)}` is not read; {PLAIN}")
        return values.read(node)

    def _last(self, before: Flow, node: ast.Subscript) -> Flow:
        """x[:, -1] after a recurrent layer: only its last step goes on."""
        name, module = before.items[-1] if before.items else ("", None)
        if not isinstance(module, Module) or module.word not in ("LSTM", "GRU", "RNN"):
            raise self._no(node, f"`{self.places.written(node)}` is not read; {PLAIN}")
        last = Module(module.node, module.name, module.word, list(module.settings), module.label, module.facts)
        last.settings.append(("last", self.places.scalar(node, "true")))
        return Flow((*before.items[:-1], (name, last)))

    def _try(self, values: Values, node: ast.expr) -> Any:
        try:
            return self._value(values, node)
        except SpecError:
            return None

    def _called(self, values: Values, node: ast.Call) -> Any:
        path = values.path(node.func)
        if path is not None and (path.startswith("torch.nn.functional.") or path.count(".") == 1) and node.args:
            return self._function(values, node, path.rpartition(".")[2])
        if isinstance(node.func, ast.Attribute) and self._holds_tensor(values, node.func.value):
            return self._method(values, node, node.func)
        module = values.read(node.func)
        if not isinstance(module, Module | Group):
            raise self._no(node, f"`{self.places.written(node.func)}` is no module; {PLAIN}")
        if isinstance(module, Module) and module.word == "MultiheadAttention":
            tensors = {self._tensor(values, argument).items for argument in node.args}
            if len(tensors) != 1:
                raise self._no(node, f"attention between two tensors is not read; {PLAIN}")
        elif len(node.args) != 1:
            raise self._no(node, f"`{self.places.written(node)}` is not read; {PLAIN}")
        before = self._tensor(values, node.args[0])
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return Flow((*before.items, (name, module)))

    def _holds_tensor(self, values: Values, node: ast.expr) -> bool:
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            if isinstance(node, ast.Call) and any(self._holds_tensor(values, argument) for argument in node.args):
                return True
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and isinstance(values.names.get(node.id), Flow)

    def _function(self, values: Values, node: ast.Call, name: str) -> Flow:
        """F.relu(x), torch.flatten(x, 1)."""
        if name not in FUNCTIONS:
            raise self._no(node, f"`{self.places.written(node.func)}` is not read; {PLAIN}")
        before = self._tensor(values, node.args[0])
        return Flow((*before.items, ("", self._module(values, node, name, node.args[1:]))))

    def _module(self, values: Values, node: ast.Call, name: str, args: list[ast.expr]) -> Module:
        from archcalc.notations.pytorch.modules import parameters

        word, written = FUNCTIONS[name]
        given = bind(self.places, node, name, parameters(written), args)
        bound = {p.name: (p, at, values.read(at)) for p, at in given if p.setting or p.fixed}
        return Module(node, word, word, read_settings(self.places, word, word, bound))

    def _method(self, values: Values, node: ast.Call, func: ast.Attribute) -> Any:
        """x.view(-1, 400), x.flatten(1), x.relu(), x.size(0)."""
        before = self._tensor(values, func.value)
        if func.attr == "size":
            return Batch() if node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0 else Sizes()
        if func.attr in ("view", "reshape"):
            return Flow((*before.items, ("", self._view(values, node))))
        if func.attr in ("contiguous", "float", "to"):
            return before
        if func.attr in FUNCTIONS:
            return Flow((*before.items, ("", self._module(values, node, func.attr, node.args))))
        raise self._no(node, f"`.{func.attr}()` is not read; {PLAIN}")

    def _view(self, values: Values, node: ast.Call) -> Module:
        """x.view(batch, …): the batch is x.size(0), x.shape[0] or -1; the rest a flatten or a shape."""
        sizes = [self._value(values, argument) for argument in node.args]
        batch, rest = sizes[:1], sizes[1:]
        if rest and (isinstance(batch[0], Batch) or batch == [-1]):
            if rest == [-1] and isinstance(batch[0], Batch):
                return Module(node, "Flatten", "flatten", [])
            if all(type(size) is int and size > 0 for size in rest):
                from archcalc.notations.pytorch.settings import written

                shape = ast.copy_location(ast.Tuple(node.args[1:], ast.Load()), node.args[1])
                return Module(
                    node, "Unflatten", "reshape", [("shape", written(self.places, "view", "shape", shape, tuple(rest)))]
                )
        raise self.places.fault(node, f"`{self.places.written(node)}` is not read", "nn.Flatten()")
