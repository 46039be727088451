"""archcalc grad: backpropagation through an expression, gate by gate."""

from __future__ import annotations

import sys

import click

from archcalc.cli.options import format_option, to_terminal, write
from archcalc.homework.calculus.answer import FORMATS
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
@format_option(*FORMATS)
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

    EXPR is arithmetic over named variables with exp, log (log2, log10, log(x, base)), sqrt, sigmoid, tanh,
    relu, sin, cos, abs, max, min and softmax; losses are mse, mae, huber, hinge, bce, crossentropy (of
    probabilities) and softmaxcrossentropy, each of outputs and then as many targets. Lines (or parts between ;)
    may name what they work out, or give a variable its value:

    \b
      archcalc grad "sigmoid(w0*x0 + w1*x1 + w2)" w0=2 x0=-1 w1=-3 x1=-2 w2=-3
      archcalc grad "s0 = w0*x0; s1 = w1*x1; sigmoid(s0 + s1 + w2)" w0=2 x0=-1 w1=-3 x1=-2 w2=-3
      archcalc grad "p, q = softmax(z1, z2); -log(p)" z1=1 z2=2
      archcalc grad "bce(sigmoid(w*x), 1)" w=0.5 x=2

    It shows the value of every gate, the gradient flowing back through it, and each variable's gradient
    beside its central difference and torch's autograd. The text is parsed, never run.
    """
    from archcalc.homework.calculus import checks, parse
    from archcalc.homework.calculus.answer import Answer, print_to_terminal

    graph = parse.parse(expression, open_sigmoid)
    given = parse.read_values(values)
    twice = [name for name in given if name in graph.given]
    if twice:
        raise SpecError([Fault(f"{twice[0]} is given a value twice: in the text and as {twice[0]}={given[twice[0]]:g}")])
    given |= graph.given
    done = graph.backpropagate(given)
    formulas = checks.formulas(graph) if formula else None
    formulas_latex = checks.formulas(graph, latex=True) if formula and format == "latex" else None
    torch = None if ask_torch is False else checks.import_torch()
    if ask_torch and torch is None:
        raise SpecError([Fault("torch is not installed", repairs=["pip install 'archcalc[torch]'", "--no-torch"])])
    status = "ran" if torch else "unasked" if ask_torch is False else "absent"
    answer = Answer(done, checks.compare(done, given, torch), status, formulas, formulas_latex, digits)
    if format == "table" and to_terminal():
        print_to_terminal(answer)
    else:
        write(FORMATS[format](answer))
    if not answer.agree:
        sys.stdout.flush()
        sys.exit(1)
