"""The interpreter whole: a machine that answers all that instructions, natives and vocabularies ask, on one budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from archcalc.interpreter import (
    attributes,
    calls,
    containers,
    formatting,
    indexing,
    iteration,
    messages,
    operators,
    truth,
    unread,
)
from archcalc.interpreter.builtin import BUILTINS, class_of, more_attributes
from archcalc.interpreter.builtin.exceptions import make_error
from archcalc.interpreter.code import TASKS, Frame
from archcalc.interpreter.compiler import expression_code
from archcalc.interpreter.importing import Importer, Imports
from archcalc.interpreter.running import Runner
from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    Dict,
    Instance,
    MetUnknown,
    Module,
    Raised,
    Result,
    Task,
    Unknown,
    UnknownFault,
    Value,
)
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

if TYPE_CHECKING:
    from archcalc.interpreter.places import Place


class Interpreter(Runner):
    """Runs programs. `machine.Machine` says what each method is for."""

    def __init__(self, importer: Importer | None = None, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.tasks: list[Frame | Task] = []
        self.last: Frame | None = None
        self.builtins = BUILTINS
        self.imports = Imports(self, importer or Importer())
        self.state: dict[object, object] = {}
        self.changed_modules: dict[Module, Dict] = {}
        self.notes: dict[str, None] = {}
        self.writing: set[int] = set()  # what repr is inside of
        self.skipped: list[Fault] = []  # statements of modules that were not read; what they may have changed is unknown

    # From outside

    def load(self, source: Source, name: str, package: bool = False) -> Module:
        return cast(Module, self.finish(self.imports.run(source, name, package)))

    def evaluate(self, text: Source | str, module: Module) -> Value:
        from archcalc.interpreter.parsing import parse_expression

        source = Source("<expression>", text) if isinstance(text, str) else text
        places, tree = parse_expression(source, self.budget)
        code = expression_code(tree, places, module.name)
        return self.finish(Frame(code, module, module.names, {}))

    def run(self, function: Value, *args: Value, **kwargs: Value) -> Value:
        return self.finish(self._called(function, args, kwargs))

    def _called(self, function: Value, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
        return (yield calls.call(self, function, args, kwargs))

    # What may have to run the program

    def call(self, function: Value, *args: Value, **kwargs: Value) -> Result:
        return calls.call(self, function, args, kwargs)

    def find(self, value: Value, name: str) -> Result:
        return attributes.find(self, value, name)

    def get(self, value: Value, name: str) -> Result:
        try:
            return attributes.get(self, value, name)
        except MetUnknown as met:
            return met.unknown

    def set(self, value: Value, name: str, new: Value) -> Result:
        return attributes.assign(self, value, name, new)

    def delete(self, value: Value, name: str) -> Result:
        return attributes.remove(self, value, name)

    def set_plainly(self, value: Instance, name: str, new: Value) -> Result:
        return attributes.assign_plainly(self, value, name, new)

    def binary(self, symbol: str, left: Value, right: Value) -> Result:
        try:
            return operators.binary(self, symbol, left, right)
        except MetUnknown as met:
            return met.unknown

    def in_place(self, symbol: str, left: Value, right: Value) -> Result:
        try:
            return operators.in_place(self, symbol, left, right)
        except MetUnknown as met:
            self.make_unread(left, met.unknown)
            return met.unknown

    def unary(self, symbol: str, value: Value) -> Result:
        return operators.unary(self, symbol, value)

    def compare(self, symbol: str, left: Value, right: Value) -> Result:
        try:
            return operators.compare(self, symbol, left, right)
        except MetUnknown as met:
            return met.unknown

    def contains(self, container: Value, item: Value) -> Result:
        return self.compare("in", item, container)

    def truth(self, value: Value) -> Result:
        return truth.truth(self, value)

    def as_truth(self, result: Result) -> Result:
        return truth.as_truth(self, result)

    def negated(self, value: Value) -> Result:
        return truth.negated(self, value)

    def length(self, value: Value) -> Result:
        return truth.length(self, value)

    def index(self, value: Value, key: Value) -> Result:
        try:
            return indexing.get(self, value, key)
        except MetUnknown as met:
            return met.unknown

    def set_index(self, value: Value, key: Value, new: Value) -> Result:
        try:
            return indexing.assign(self, value, key, new)
        except MetUnknown as met:
            self.make_unread(value, met.unknown)
            return None

    def delete_index(self, value: Value, key: Value) -> Result:
        try:
            return indexing.remove(self, value, key)
        except MetUnknown as met:
            self.make_unread(value, met.unknown)
            return None

    def items(self, value: Value) -> Result:
        return iteration.items(self, value)

    def mapping(self, value: Value) -> Result:
        return containers.mapping(self, value)

    def text(self, value: Value) -> Result:
        return formatting.text(self, value)

    def written(self, value: Value) -> Result:
        return formatting.written(self, value)

    def formatted(self, value: Value, spec: Value, conversion: int) -> Result:
        return formatting.formatted(self, value, spec, conversion)

    def percent(self, template: str, value: Value) -> Result:
        return formatting.percent(self, template, value)

    def is_instance(self, value: Value, cls: Value) -> Result:
        return truth.is_instance(self, value, cls)

    # At once

    def is_task(self, result: Result) -> bool:
        return type(result) in TASKS

    def class_of(self, value: Value) -> Class:
        return class_of(value)

    def builtin(self, name: str) -> Class:
        return cast(Class, self.builtins[name])

    def special(self, value: Value, name: str) -> Value:
        cls = class_of(value)
        found = attributes.lookup(cls, name)
        if found is UNSET or found is OBJECT.names.get(name, UNSET):
            return UNSET
        return found if found is None else attributes.bind(self, found, value, cls)

    def own_equality(self, cls: Class) -> str:
        if attributes.lookup(cls, "__hash__") is None:
            return "unhashable"
        equal = attributes.lookup(cls, "__eq__")
        return "" if equal in (UNSET, OBJECT.names["__eq__"]) or cls.find("__hash_by_identity__") is not UNSET else "own"

    def more_attributes(self, value: Value, name: str) -> Value:
        return more_attributes(self, value, name)

    def import_module(self, name: str, last: bool) -> Result:
        return self.imports.module(name, last)

    def import_name(self, module: Module, source: str, level: int, name: str) -> Result:
        return self.imports.name(module, source, level, name)

    def import_all(self, module: Module, source: str, level: int) -> Result:
        return self.imports.all(module, source, level)

    def names_of_module(self, module: Module) -> Result:
        return self.imports.names(module)

    def below_module(self, module: Module, name: str) -> Result:
        return self.imports.below(module, name)

    def union(self, left: Value, right: Value) -> Value:
        parts: list[Value] = []
        for side in (left, right):
            if side is None:
                parts.append(self.class_of(None))
            elif isinstance(side, Class):
                parts.append(side)
            elif isinstance(side, tuple) and side and all(isinstance(part, Class) for part in side):
                parts += side
            else:
                return UNSET
        return tuple(parts)

    def undefined(self, module: Module, name: str) -> Value:
        if (unknown := self.imports.stars.get(module)) is not None:
            return unknown.part(name)
        raise self.error("NameError", f"name '{name}' is not defined")

    def unknown_in(self, value: Value) -> Unknown | None:
        return unread.unknown_in(value)

    def unknown(self, name: str, why: str = "") -> Unknown:
        return Unknown(name, self.place(), why, harmless=True)

    def known(self, value: Value) -> Value:
        return unread.known(value)

    def make_unread(self, value: Value, unknown: Unknown) -> None:
        unread.make_unread(self, value, unknown)

    def hand_over(self, value: Value, unknown: Unknown) -> None:
        if not unknown.harmless:
            self.make_unread(value, unknown)

    # Costs

    def take_items(self, count: int) -> None:
        spent = self.budget.spent
        spent["items"] += count
        if spent["items"] > self.budget.limits["items"].most:
            spent["items"] -= count
            raise self.budget.refusal("items", count, self.span)

    def take_characters(self, count: int) -> None:
        self.budget.spend("characters", count, self.span)

    def take_objects(self, count: int) -> None:
        self.budget.spend("objects", count, self.span)
        self.budget.spend("steps", 8 * count, self.span)

    def work(self, steps: int) -> None:
        self.budget.spend("steps", steps, self.span)

    def length_of(self, value: range | str | Sequence[Value]) -> int:
        if isinstance(value, range):
            return max(0, (value.stop - value.start + value.step - (1 if value.step > 0 else -1)) // value.step)
        return len(value)

    # Places and what went wrong

    def place(self) -> Place | None:
        return next((place for _, place in self.places()), None)

    def span(self) -> Span | None:
        place = self.place()
        if place is None and self.last is not None:
            place = self.last.code.place(self.last.pc - 1)
        return place.span() if place else None

    def places(self) -> list[tuple[str, Place]]:
        return [
            (task.code.qualified, task.code.place(max(task.pc - 1, 0)))
            for task in reversed(self.tasks)
            if type(task) is Frame and task.code.places.source.notation != "library"
        ]

    def error(self, name: str, *args: Value) -> Raised:
        return Raised(make_error(name, args))

    def host_error(self, error: Exception) -> Raised:
        return self.error(type(error).__name__, str(error))

    def fault(self, message: str, *repairs: str, notes: Sequence[str] = ()) -> SpecError:
        places = self.places()
        span = places[0][1].span() if places else None
        return SpecError([Fault(message, span, repairs=repairs, notes=[*notes, *messages.called(places)])])

    def fault_of(self, unknown: Unknown, what: str) -> UnknownFault:
        places = self.places()
        return unknown.fault(what, places[0][1].span() if places else None, messages.called(places))

    def decided_by(self, unknown: Unknown) -> UnknownFault:
        return self.fault_of(unknown, f"what is decided here depends on {unknown.name}")

    def uncaught(self, raised: Raised) -> SpecError:
        return messages.uncaught(self, raised)
