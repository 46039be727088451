"""Reading on behind a statement with a fault: a network beside it that does not depend on it stays readable."""

from __future__ import annotations

import ast

from archcalc.interpreter.code import Code
from archcalc.interpreter.importing import Imports
from archcalc.interpreter.places import Place
from archcalc.interpreter.values import Boundless, Module, Raised, Task, Unknown, UnknownFault
from archcalc.text.faults import SpecError

DEAR = 300_000  # steps beyond which a program is not read again for what it has beside its fault


class Onward(Imports):
    """Reads on behind a statement with a fault, as behind one that depends on something unknown: what it may have changed is
    unknown from there on."""

    __slots__ = ()

    def _step(self, module: Module, statement: ast.stmt, code: Code) -> Task:
        try:
            yield super()._step(module, statement, code)
        except (SpecError, Raised) as error:
            if isinstance(error, Boundless):
                raise
            faults = (self.machine.uncaught(error) if isinstance(error, Raised) else error).faults
            unknown = Unknown(code.places.named(statement.lineno), Place(code.places, statement), faults[0].message)
            self._skip(module, statement, code, UnknownFault(faults, unknown))
        return None


def passed_over(error: SpecError) -> str:
    """What is said of a fault that the network does not depend on."""
    first = error.faults[0]
    return f"a fault beside it is passed over, at {first.span}: {first.message}"
