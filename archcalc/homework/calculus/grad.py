"""An expression backpropagated, or descended: from what is typed to the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archcalc.homework.calculus import checks, parse
from archcalc.homework.calculus.answer import Gradients
from archcalc.homework.calculus.descent import Descent, Method, descended
from archcalc.text.amounts import between
from archcalc.text.faults import Fault, SpecError


def grad(
    expression: str,
    values: Mapping[str, float] | Iterable[str] = (),
    *,
    open_sigmoid: bool = False,
    formula: bool = False,
    torch: bool | None = None,
    digits: int = 4,
    descend: float | None = None,
    steps: int | None = None,
    momentum: float | None = None,
    adam: bool = False,
    learn: Iterable[str] = (),
) -> Gradients | Descent:
    """Backpropagation through an expression at the values of its variables, gate by gate; with `descend`, a rate, a descent.

    `open_sigmoid` opens sigmoids into their gates, `formula` works the derivatives out as formulas too (by sympy), `torch`
    compares with torch (None: where it is installed). `steps`, `momentum`, `adam` and `learn` (the variables that change) are
    for a descent. Raises SpecError.
    """
    shown = between(digits, "--digits", 1, 15)
    graph = parse.parse(expression, open_sigmoid)
    said = [f"{name}={value}" for name, value in values.items()] if isinstance(values, Mapping) else list(values)
    given = parse.read_values(said)
    twice = [name for name in given if name in graph.given]
    if twice:
        again = f"{twice[0]}={given[twice[0]]:g}"
        message = f"{twice[0]} is given a value twice: in the text and as {again}"
        raise SpecError([Fault(message, repairs=[f"the text alone, without {again}"])])
    given |= graph.given
    learned = tuple(learn)
    if descend is not None:
        if not 0 < descend < 1e9:
            raise SpecError([Fault(f"--descend {descend:g}: a rate above 0 is meant", repairs=["--descend 0.1"])])
        if adam and momentum is not None:
            raise SpecError([Fault("--momentum and --adam at once: Adam has a momentum of its own", repairs=["--adam"])])
        if momentum is not None and not 0 <= momentum < 1:
            raise SpecError([Fault(f"--momentum {momentum:g}: a number from 0 and below 1 is meant", repairs=["--momentum 0.9"])])
        count = between(10 if steps is None else steps, "--steps", 1, 1000)
        return descended(graph, given, learned, Method(descend, momentum or 0.0, adam), count, shown)
    spare = [n for n, v in (("--steps", steps), ("--momentum", momentum), ("--adam", adam), ("--learn", learned)) if v]
    if spare:
        raise SpecError([Fault(f"{spare[0]} belongs to --descend", repairs=["--descend 0.1"])])
    done = graph.backpropagate(given)
    formulas = checks.formulas(graph) if formula else None
    formulas_latex = checks.formulas(graph, latex=True) if formula else None
    found = None if torch is False else checks.import_torch()
    if torch and found is None:
        raise SpecError([Fault("torch is not installed", repairs=["pip install 'archcalc[torch]'", "--no-torch"])])
    status = "ran" if found else "unasked" if torch is False else "absent"
    return Gradients(done, checks.compare(done, given, found), status, formulas, formulas_latex, shown)
