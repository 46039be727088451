"""The machine as everything here sees it: what instructions, natives and vocabularies may ask of what runs a program.

`interpreting.Interpreter` is what answers; nothing below it knows it. `archcalc.interpreter` lists what a vocabulary needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from archcalc.interpreter.places import Place
    from archcalc.interpreter.values import Class, Dict, Instance, Module, Raised, Result, Unknown, UnknownFault, Value
    from archcalc.text.budget import Budget
    from archcalc.text.faults import Fault, SpecError
    from archcalc.text.source import Source, Span


class Machine(Protocol):
    """What runs a program. A `Result` may have to be run before its value is known: a host function yields it."""

    budget: Budget
    builtins: Dict
    state: dict[object, object]  # a vocabulary's own, of this run
    changed_modules: dict[Module, Dict]  # what a program set on modules that are not its own
    writing: set[int]  # what repr is inside of
    notes: dict[str, None]  # what is to be said of the reading, each once
    skipped: list[Fault]  # statements of modules that were not read; what they may have changed is unknown

    @property
    def tasks(self) -> Sequence[object]:
        """The calls under way, outermost first."""

    # From outside

    def load(self, source: Source, name: str, package: bool = False) -> Module:
        """Read a source as the module of a name, and run it. Raises SpecError."""

    def evaluate(self, text: Source | str, module: Module) -> Value:
        """The value of an expression in the names of a module. Raises SpecError."""

    def run(self, function: Value, *args: Value, **kwargs: Value) -> Value:
        """The value of a call. Raises SpecError."""

    def finish(self, result: Result) -> Value:
        """The value of a result, its tasks run to their end. Raises SpecError."""

    # What may have to run the program

    def call(self, function: Value, *args: Value, **kwargs: Value) -> Result: ...

    def find(self, value: Value, name: str) -> Result:
        """As `get`; UNSET where there is no such attribute."""

    def get(self, value: Value, name: str) -> Result: ...

    def set(self, value: Value, name: str, new: Value) -> Result: ...

    def delete(self, value: Value, name: str) -> Result: ...

    def set_plainly(self, value: Instance, name: str, new: Value) -> Result:
        """What object.__setattr__ does, past a class's own hooks."""

    def binary(self, symbol: str, left: Value, right: Value) -> Result: ...

    def in_place(self, symbol: str, left: Value, right: Value) -> Result: ...

    def unary(self, symbol: str, value: Value) -> Result: ...

    def compare(self, symbol: str, left: Value, right: Value) -> Result: ...

    def contains(self, container: Value, item: Value) -> Result: ...

    def truth(self, value: Value) -> Result:
        """Whether it counts as true; raises MetUnknown for an Unknown."""

    def as_truth(self, result: Result) -> Result:
        """The truth of a result; Unknown for an Unknown."""

    def negated(self, value: Value) -> Result: ...

    def length(self, value: Value) -> Result: ...

    def index(self, value: Value, key: Value) -> Result: ...

    def set_index(self, value: Value, key: Value, new: Value) -> Result: ...

    def delete_index(self, value: Value, key: Value) -> Result: ...

    def items(self, value: Value) -> Result:
        """All it iterates over as a new List; Unknown where that is not known."""

    def mapping(self, value: Value) -> Result:
        """A mapping as a Dict; None where it is none, Unknown where that is not known."""

    def text(self, value: Value) -> Result:
        """str(value)."""

    def written(self, value: Value) -> Result:
        """repr(value)."""

    def formatted(self, value: Value, spec: Value, conversion: int) -> Result:
        """A value in an f-string, with its format and `!r`."""

    def percent(self, template: str, value: Value) -> Result:
        """`template % value`."""

    def is_instance(self, value: Value, cls: Value) -> Result: ...

    def import_module(self, name: str, last: bool) -> Result:
        """`import a.b`: the first module, or the last where it gets a name of its own."""

    def import_name(self, module: Module, source: str, level: int, name: str) -> Result:
        """`from source import name`."""

    def import_all(self, module: Module, source: str, level: int) -> Result:
        """`from source import *`."""

    def names_of_module(self, module: Module) -> Result:
        """All names of a module of the program, as the dictionary they are kept in."""

    def below_module(self, module: Module, name: str) -> Result:
        """A name that a module does not have itself."""

    # At once

    def is_task(self, result: Result) -> bool:
        """Whether a result has to be run first."""

    def class_of(self, value: Value) -> Class: ...

    def builtin(self, name: str) -> Class: ...

    def special(self, value: Value, name: str) -> Value:
        """A special method of the class of a value, bound to it; UNSET where the class has none of its own."""

    def own_equality(self, cls: Class) -> str:
        """Whether objects of a class are compared in a way of its own ("own"), or cannot be keys at all ("unhashable")."""

    def more_attributes(self, value: Value, name: str) -> Value:
        """What a built-in value has besides its methods."""

    def union(self, left: Value, right: Value) -> Value:
        """`int | None`: a type hint, as a tuple of classes; UNSET where it is none."""

    def undefined(self, module: Module, name: str) -> Value:
        """A global name that nothing defines."""

    def unknown_in(self, value: Value) -> Unknown | None:
        """The Unknown a value is, or by which it became unread."""

    def unknown(self, name: str, why: str = "") -> Unknown:
        """A new unknown value that came in here, which changes nothing."""

    def known(self, value: Value) -> Value:
        """The value; raises MetUnknown where it is unknown, or a tuple or list that holds what is."""

    def make_unread(self, value: Value, unknown: Unknown) -> None:
        """What may have changed is unknown from here on, with all that is reached through it."""

    def hand_over(self, value: Value, unknown: Unknown) -> None:
        """A value is given to something unknown, which may change it unless it is known to change nothing."""

    # Costs

    def take_items(self, count: int) -> None:
        """Draw so many values to be held."""

    def take_characters(self, count: int) -> None:
        """Draw so many characters of text to be made."""

    def take_objects(self, count: int) -> None:
        """Draw so many objects to be made; each costs the steps it takes as well."""

    def work(self, steps: int) -> None:
        """Draw the steps of what the host does in one go."""

    def length_of(self, value: range | str | Sequence[Value]) -> int:
        """The length, of a range too that is longer than the host can say."""

    # Places and what went wrong

    def place(self) -> Place | None:
        """The innermost place in a file of the person's."""

    def span(self) -> Span | None:
        """The characters of that place; between two statements of a module, those of the one before."""

    def places(self) -> list[tuple[str, Place]]:
        """Every call's function and place, innermost first, in files of the person's."""

    def error(self, name: str, *args: Value) -> Raised:
        """An exception of the program, to be raised; the program may catch it."""

    def host_error(self, error: Exception) -> Raised:
        """What Python's own operators raised on plain values, as an exception of the program."""

    def fault(self, message: str, *repairs: str, notes: Sequence[str] = ()) -> SpecError:
        """A fault here, to be raised; no program can catch it."""

    def fault_of(self, unknown: Unknown, what: str) -> UnknownFault:
        """The fault of something here that depends on an unknown value."""

    def decided_by(self, unknown: Unknown) -> UnknownFault:
        """The fault of a decision that depends on an unknown value."""

    def uncaught(self, raised: Raised) -> SpecError:
        """The fault of an exception that nobody caught."""
