"""What a person types for `grad`: an expression with its variables, and the numbers they have.

A text is an expression, or several lines (or parts between `;`): `s0 = w0*x0` names what it works out, `x0 = -1` gives a
variable its value, and the last line is what is differentiated.
"""

from __future__ import annotations

import math
import unicodedata

from archcalc.homework.calculus.graphs import Builder
from archcalc.homework.calculus.statements import SAME, Text, parts_of, statement_of, tokens_of
from archcalc.homework.calculus.tape import Graph
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

LONGEST = 2000
_EXAMPLE = '"sigmoid(w0*x0 + w1*x1 + w2)"'


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
    where = Text(Source(name, text), text.translate(SAME))
    tokens = list(tokens_of(where))
    statements = [statement_of(where, part) for part in parts_of(tokens)]
    notes = []
    if any(t["raised"] or t["op"] == "^" for t in tokens):
        notes.append("^ is read as a power, which is ** here")
    return Builder(where, open_sigmoid).build(statements, notes)


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
