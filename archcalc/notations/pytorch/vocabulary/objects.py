"""A module of the program as it is kept here: what it registered, in order, and how it was made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcalc.interpreter.code import Function
from archcalc.interpreter.places import Place
from archcalc.interpreter.values import UNSET, Class, Dict, Instance, List, Unknown, Value
from archcalc.notations.pytorch.vocabulary.tensors import Parameter

# What trains, moves or looks at a module, and leaves what it is made of.
IDLE = frozenset(
    "train eval to cuda cpu float double half bfloat16 type parameters named_parameters modules named_modules children buffers "
    "named_children named_buffers state_dict load_state_dict zero_grad requires_grad_ share_memory compile forward".split()
)


class ModuleObject(Instance):
    """A module: what it registered, in order, and how it was made.

    `node` is the number of its row, where it is one; `ready` whether `__init__` of nn.Module has been called.
    """

    __slots__ = ("arguments", "buffers", "hooks", "modules", "node", "parameters", "place", "ready", "unread_names")
    idle = IDLE
    runs = True

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.modules = Dict()
        self.parameters = Dict()
        self.buffers = Dict()
        self.arguments: tuple[tuple[Value, ...], dict[str, Value]] = ((), {})
        self.place: Place | None = None
        self.node: int | None = None
        self.ready = False
        self.hooks: list[Value] = []
        self.unread_names: dict[str, Unknown] = {}

    def parts(self) -> list[Value]:
        return [*self.modules.values(), *self.parameters.values(), *self.buffers.values()]

    def keep(self, other: ModuleObject) -> None:
        """Takes over what a subclass knows of another; the rest is copied by the program's rules."""

    def part(self, name: str) -> Value:
        """What torch has a module for, and this one holds itself; UNSET where there is nothing of that name."""
        return UNSET

    @property
    def torchs_own(self) -> bool:
        """Whether its class is one of torch's, and not derived from it."""
        return False

    @property
    def whole(self) -> bool:
        """Whether torch has one module for it, with a kernel of its own, which is made of layers here."""
        return any(cls.name in ("RNNCellBase", "Bilinear") for cls in self.cls.mro)

    def written(self) -> str:
        """How it was made: Bottleneck(64, 64, stride=2)."""
        args, kwargs = self.arguments
        words = [_short(a) for a in args] + [f"{k}={_short(v)}" for k, v in kwargs.items()]
        shown = ", ".join(words) if len(", ".join(words)) <= 60 else f"{', '.join(words)[:57]}…"
        return f"{self.cls.name}({shown})" if words else self.cls.name

    def children(self) -> Iterator[tuple[str, ModuleObject]]:
        """The modules registered in it, each once. Raises the fault of what is unread."""
        check_read(self)
        seen = set()
        for name, module in self.modules.items():
            if isinstance(module, ModuleObject) and id(module) not in seen:
                seen.add(id(module))
                yield str(name), module

    def walk(self, prefix: str = "") -> Iterator[tuple[str, ModuleObject]]:
        """It and everything in it, each once, under torch's names."""
        seen: set[int] = set()
        waiting: list[tuple[str, ModuleObject]] = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            check_read(module)
            yield path, module
            for name, child in reversed(module.modules.items()):
                if isinstance(child, ModuleObject):
                    waiting.append((f"{path}.{name}" if path else str(name), child))

    def named(self, recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Its parameters under torch's names, each once."""
        seen = set()
        for path, module in self.walk() if recurse else [("", self)]:
            for name, parameter in module.parameters.items():
                if isinstance(parameter, Parameter) and id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield (f"{path}.{name}" if path else str(name)), parameter


def check_read(module: ModuleObject) -> None:
    """Raises the fault of a module that something unknown may have changed: as it was made it can still be asked for."""
    if module.unread is not None:
        place = module.place
        error = module.unread.fault(f"{module.cls.name} may have been changed", place.span() if place else None)
        margin = place is not None and not place.places.lines[place.line - 1][:1].isspace()
        if place is not None and margin and isinstance(place.node, ast.Call) and (module.modules or module.cls.place is not None):
            asked = f'"{place.places.source.name}:{ast.unparse(place.node)}"'
            error.faults[0].repairs = [f"{asked}, as it is made there", *error.faults[0].tries]
        raise error


def _short(value: Value) -> str:
    if isinstance(value, Instance):
        return value.cls.name
    if isinstance(value, Class):
        return value.name
    if isinstance(value, Function):
        return value.name
    if isinstance(value, Unknown):
        return value.name
    if isinstance(value, List):
        return f"[{', '.join(map(_short, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_short, value))})"
    if isinstance(value, str | int | float) or value is None:
        return repr(value)[:40]
    return "…"
