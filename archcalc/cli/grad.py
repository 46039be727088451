"""archcalc grad: backpropagation through an expression, gate by gate."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option
from archcalc.text.faults import Fault, SpecError


@click.command(
    name="grad",
    epilog="Exit status: 0 every road agrees; 1 analytic, numeric or torch's gradient disagree; "
    '2 the input is wrong. An EXPR that begins with a minus comes after "--".',
)
@click.argument("expression", metavar="EXPR")
@click.argument("values", metavar="NAME=VALUE...", nargs=-1)
@click.option("--open-sigmoid", is_flag=True, help="Open every sigmoid into −x, exp, + 1 and 1/x.")
@click.option("--formula", is_flag=True, help="Give the derivatives as formulas too (needs sympy).")
@click.option("--torch/--no-torch", "ask_torch", default=None, help="Compare with torch [default: if installed].")
@click.option("--digits", type=click.IntRange(1, 15), default=4, show_default=True, help="Decimals shown.")
@format_option
def command(
    expression: str,
    values: tuple[str, ...],
    open_sigmoid: bool,
    formula: bool,
    ask_torch: bool | None,
    digits: int,
    format: str,
) -> None:
    """Backpropagate through an expression, gate by gate.

    EXPR is arithmetic over named variables with exp, log, sqrt, sigmoid, tanh, relu, sin, cos, abs, max
    and min, for example

    \b
      archcalc grad "sigmoid(w0*x0 + w1*x1 + w2)" w0=2 x0=-1 w1=-3 x1=-2 w2=-3

    It shows the value of every gate, the gradient flowing back through it, and each variable's gradient
    beside its central difference and torch's autograd. The text is parsed, never run.
    """
    from archcalc.homework.calculus import checks, parse
    from archcalc.homework.calculus.answer import Answer, lay_out

    graph = parse.parse(expression, open_sigmoid)
    given = parse.read_values(values)
    done = graph.backpropagate(given)
    formulas = checks.formulas(graph) if formula else None
    formulas_latex = checks.formulas(graph, latex=True) if formula else None
    torch = None if ask_torch is False else checks.import_torch()
    if ask_torch and torch is None:
        raise SpecError([Fault("torch is not installed", repairs=["pip install 'archcalc[torch]'", "--no-torch"])])
    status = "ran" if torch else "unasked" if ask_torch is False else "absent"
    answer = Answer(done, checks.compare(done, given, torch), status, formulas, formulas_latex, digits)
    finish(lay_out(answer), format, answer.agree)
