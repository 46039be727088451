"""builtins and six.moves: what Python has built in, by the modules that programs for two Pythons take it from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.builtin import BUILTINS
from archcalc.interpreter.values import Module, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def _not_read(machine: Machine, name: str) -> Value:
    """A module that six gives another name, pickle or urllib: nothing of a network."""
    return Unknown(f"six.moves.{name}", machine.place(), f"six.moves.{name} is not read", harmless=True)


BUILTINS_MODULE = Module("builtins")
BUILTINS_MODULE.names.update({name: value for name, value in BUILTINS.items() if str(name)[:2] != "__"})
MOVES = Module("six.moves", missing=_not_read)
MOVES.names.update({name: BUILTINS[name] for name in "range zip map filter input".split() if name in BUILTINS})
MOVES.names["xrange"] = BUILTINS["range"]
