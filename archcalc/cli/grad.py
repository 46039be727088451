"""archcalc grad: backpropagation through an expression, gate by gate."""

from __future__ import annotations

import click

from archcalc.cli.options import Numbers, format_option, give


@click.command(
    name="grad",
    cls=Numbers,
    epilog="Exit status: 0 every road agrees; 1 analytic, numeric or torch's gradient disagree; "
    '2 the input is wrong. An EXPR of a minus and one name comes after "--".',
)
@click.argument("expression", metavar="EXPR")
@click.argument("values", metavar="NAME=VALUE...", nargs=-1)
@click.option("--open-sigmoid", is_flag=True, help="Open every sigmoid into −x, exp, + 1 and 1/x.")
@click.option("--formula", is_flag=True, help="Give the derivatives as formulas too (needs sympy).")
@click.option("--torch/--no-torch", "ask_torch", default=None, help="Compare with torch [default: if installed].")
@click.option("--digits", type=click.IntRange(1, 15), default=4, show_default=True, help="Decimals shown.")
@click.option("--descend", type=float, metavar="RATE", help="Steps of gradient descent at this rate, instead of the gates.")
@click.option("--steps", type=click.IntRange(1, 1000), help="How many steps [10].")
@click.option("--momentum", type=click.FloatRange(0, 1, max_open=True), help="Descend with momentum.")
@click.option("--adam", is_flag=True, help="Descend by Adam.")
@click.option("--learn", multiple=True, metavar="NAME", help="Only this variable is changed (repeatable) [all].")
@format_option
def command(
    expression: str,
    values: tuple[str, ...],
    open_sigmoid: bool,
    formula: bool,
    ask_torch: bool | None,
    digits: int,
    descend: float | None,
    steps: int | None,
    momentum: float | None,
    adam: bool,
    learn: tuple[str, ...],
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

    With --descend it is changed step by step, plainly, with --momentum or by --adam:

    \b
      archcalc grad "mse(w*x + b, y)" w=0 b=0 x=2 y=3 --descend 0.1 --steps 5 --learn w --learn b

    It shows the value of every gate, the gradient flowing back through it, and each variable's gradient
    beside its central difference and torch's autograd. The text is parsed, never run.
    """
    from archcalc.homework.calculus.grad import grad

    found = grad(
        expression,
        values,
        open_sigmoid=open_sigmoid,
        formula=formula,
        torch=ask_torch,
        digits=digits,
        descend=descend,
        steps=steps,
        momentum=momentum,
        adam=adam,
        learn=learn,
    )
    give(found, format)
