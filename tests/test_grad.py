"""`archcalc grad`: backpropagation through an expression, against hand work, differences, torch and sympy."""

from __future__ import annotations

import contextlib
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcalc.cli import cli
from archcalc.homework.calculus import answer, checks, gates
from archcalc.homework.calculus.parse import LONGEST, parse, read_values
from archcalc.homework.calculus.statements import DEEPEST
from archcalc.report import written
from archcalc.text.faults import SpecError

torch = checks.import_torch()
needs_torch = pytest.mark.skipif(torch is None, reason="torch is not installed")

HOMEWORK = "sigmoid(w0*x0 + w1*x1 + w2)"
AT = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
ARGUMENTS = [f"{name}={value:g}" for name, value in AT.items()]
SHEET = {"w0": "−0.1966", "x0": "0.3932", "w1": "−0.3932", "x1": "−0.5898", "w2": "0.1966"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["grad", *arguments])


def gradients(text: str, **at: float) -> dict[str, float]:
    return parse(text).backpropagate(at).gradients


def refusal(text: str, **at: float) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text).backpropagate(at)
    return str(caught.value)


GATES = sorted({gate.name: gate for gate in vars(gates).values() if isinstance(gate, gates.Gate)}.values(), key=lambda g: g.name)
# What a formula is written with, and what a calculator takes; a bracket is 1 where what stands in it holds, 0 elsewhere.
PLAIN = {"·": "*", "−": "-", "²": "**2", "^": "**"}


def calculated(text: str) -> float:
    """What a person gets who types a written formula into a calculator."""
    for sign, python in PLAIN.items():
        text = text.replace(sign, python)
    text = text.replace("[", "float(").replace("]", ")").replace(" = ", " == ")
    names = {"log": math.log, "sin": math.sin, "cos": math.cos, "sign": lambda x: math.copysign(1, x), "float": float}
    return float(eval(text, {"__builtins__": {}}, names))


def calculated_tex(text: str) -> float:
    """The same from LaTeX."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"((\1)/(\2))", text)
    text = text.replace(r"\operatorname{sign}", "sign").replace(r"\cdot", "*").replace("{", "(").replace("}", ")")
    text = re.sub(r"\\log ([\d.]+)", r"log(\1)", text).replace("\\", "")
    text = re.sub(r"(\d) +(?=[\d(])", r"\1*", text)
    return calculated(text)


@pytest.mark.parametrize("at", [(0.7, 2.3), (1.9, 0.4), (2.5, 3.25)])
@pytest.mark.parametrize("gate", GATES, ids=lambda g: g.name)
def test_the_written_derivative_is_the_derivative(gate: gates.Gate, at: tuple[float, float]) -> None:
    """Every gate's formula, in plain signs and in LaTeX, with numbers put in, is the slope of the gate."""
    h, x = 1e-6, list(at[: gate.operands])
    y = gate.forward(x)
    for k in range(gate.operands):
        up, down = ([*x[:k], x[k] + d, *x[k + 1 :]] for d in (h, -h))
        slope = (gate.forward(up) - gate.forward(down)) / (2 * h)
        assert gate.local(x, y, k) == pytest.approx(slope, rel=1e-6, abs=1e-8)
        written = [repr(n) for n in x]
        assert calculated(gate.write_local(written, repr(y), k)) == pytest.approx(slope, rel=1e-6, abs=1e-8)
        assert calculated_tex(gate.write_local(written, repr(y), k, latex=True)) == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("at", [(0.7, 2.3), (1.9, 0.4), (2.5, 3.25)])
@pytest.mark.parametrize("gate", GATES, ids=lambda g: g.name)
def test_every_gate_is_the_same_in_torch_and_in_sympy(gate: gates.Gate, at: tuple[float, float]) -> None:
    """The same value from each library, and the same derivatives from torch's autograd."""
    sympy = pytest.importorskip("sympy")
    x = list(at[: gate.operands])
    y = gate.forward(x)
    library = SimpleNamespace(**vars(sympy) | {"sigmoid": lambda z: 1 / (1 + sympy.exp(-z))})
    assert float(gate.sympy(library, [sympy.Float(n, 30) for n in x])) == pytest.approx(y, rel=1e-12)
    if torch is not None:
        tensors = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in x]
        result = gate.torch(torch, tensors)
        assert float(result.detach()) == pytest.approx(y, rel=1e-12)
        slopes = torch.autograd.grad(result, tensors, allow_unused=True)
        for k, slope in enumerate(slopes):
            assert gate.local(x, y, k) == pytest.approx(0.0 if slope is None else float(slope), rel=1e-9, abs=1e-12)


# ---- the homework sheet


@pytest.mark.parametrize("opened", [False, True])
def test_homework_15(opened: bool) -> None:
    """The sheet's neuron has the sheet's value and gradients, with sigmoid as one gate and opened into its parts."""
    done = parse(HOMEWORK, opened).backpropagate(AT)
    slope = math.e / (1 + math.e) ** 2  # σ′(1), and the neuron's input is 2·(−1) + (−3)·(−2) − 3 = 1
    assert done.value == pytest.approx(math.e / (1 + math.e))
    assert f"{done.value:.4f}" == "0.7311"
    true = {"w0": -slope, "x0": 2 * slope, "w1": -2 * slope, "x1": -3 * slope, "w2": slope}
    assert done.gradients == pytest.approx(true)
    # the sheet rounds σ′(1) = 0.19661 first for x1: 3 · 0.1966 = 0.5898, which is also 0.58984 rounded
    assert {n: f"{g:.4f}".replace("-", "−") for n, g in done.gradients.items()} == SHEET


@needs_torch
def test_homework_15_by_command() -> None:
    """The command prints the sheet's figures, three roads side by side, and every road agrees."""
    result = run(HOMEWORK, *ARGUMENTS)
    assert result.exit_code == 0
    assert "= 0.7311" in result.output
    table = result.output[result.output.index("gradients\n") :].splitlines()[4:9]
    for line, (name, figure) in zip(table, SHEET.items(), strict=True):
        assert line.split()[0] == name
        assert line.split()[2:] == [figure, figure, figure, "yes"]


def test_opened_sigmoid_shows_its_parts() -> None:
    """An opened sigmoid is −x, exp, + 1 and 1/x, with the gradient of each."""
    graph = parse("sigmoid(x)", open_sigmoid=True)
    done = graph.backpropagate({"x": 1.0})
    assert [n.gate.name for n in graph.nodes if n.gate] == ["negate", "exp", "add", "reciprocal"]
    e = math.exp(-1)
    # back from 1: −1/(1 + e)², the same through + 1, times e through exp, sign turned through −x
    expected = [1.0, -1 / (1 + e) ** 2, -1 / (1 + e) ** 2, -e / (1 + e) ** 2]
    assert [step.gradient for step in done.steps] == pytest.approx(expected)


# ---- gates


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("x + y", {"x": 3, "y": 4}, {"x": 1, "y": 1}),
        ("x - y", {"x": 3, "y": 4}, {"x": 1, "y": -1}),
        ("x * y", {"x": 3, "y": 4}, {"x": 4, "y": 3}),
        ("x / y", {"x": 3, "y": 4}, {"x": 0.25, "y": -3 / 16}),
        ("-x", {"x": 3}, {"x": -1}),
        ("x ** 3", {"x": -2}, {"x": 12}),
        ("2 ** x", {"x": 3}, {"x": 8 * math.log(2)}),
        ("max(x, y)", {"x": 3, "y": 4}, {"x": 0, "y": 1}),
        ("min(x, y)", {"x": 3, "y": 4}, {"x": 1, "y": 0}),
        ("max(x, y, z)", {"x": 3, "y": 4, "z": 5}, {"x": 0, "y": 0, "z": 1}),
        ("exp(x)", {"x": 2}, {"x": math.e**2}),
        ("log(x)", {"x": 4}, {"x": 0.25}),
        ("ln(x)", {"x": 4}, {"x": 0.25}),
        ("sqrt(x)", {"x": 4}, {"x": 0.25}),
        ("tanh(x)", {"x": 0}, {"x": 1}),
        ("σ(x)", {"x": 0}, {"x": 0.25}),
        ("relu(x)", {"x": 3}, {"x": 1}),
        ("relu(x)", {"x": -3}, {"x": 0}),
        ("sin(x)", {"x": 0}, {"x": 1}),
        ("cos(pi/2 + x)", {"x": 0}, {"x": -1}),
        ("abs(x)", {"x": -3}, {"x": -1}),
        ("x", {"x": 3}, {"x": 1}),
        ("0 ** x", {"x": 2}, {"x": 0}),
        ("pow(x, 2)", {"x": 3}, {"x": 6}),
        ("−x·x × 2", {"x": 3}, {"x": -12}),
    ],
)
def test_gate(text: str, at: dict[str, float], expected: dict[str, float]) -> None:
    """Each gate's derivative is the one of the calculus book, and torch has the same."""
    graph = parse(text)
    assert graph.backpropagate(at).gradients == pytest.approx(expected)
    if torch is not None:
        assert checks.torch_gradients(torch, graph, at) == pytest.approx(expected)


def test_copy_adds() -> None:
    """A variable used several times is one copy gate whose gradients add: x·x + 3x has 2x + 3."""
    graph = parse("x*x + 3*x")
    done = graph.backpropagate({"x": 5.0})
    last = done.steps[-1]
    assert graph.nodes[last.node].gate is gates.COPY
    assert sorted(last.arrived) == [3.0, 5.0, 5.0]
    assert done.gradients == {"x": 13.0}


def test_order_of_operations() -> None:
    """A power binds closer than a minus before it, and powers group to the right, as on paper."""
    assert parse("-x**2").backpropagate({"x": 3.0}).value == -9
    assert parse("2**x**2").backpropagate({"x": 3.0}).value == 512
    assert parse("x - 2 - 3").backpropagate({"x": 3.0}).value == -2


@pytest.mark.parametrize(
    ("text", "at", "expected", "says", "uses"),
    [
        ("relu(x)", {"x": 0}, {"x": 0}, "relu has no derivative at 0: 0 from the left, 1 from the right", "0 is used"),
        ("abs(x)", {"x": 0}, {"x": 0}, "abs has no derivative at 0: −1 from the left, 1 from the right", "0 is used"),
        (
            "max(x, y)",
            {"x": 2, "y": 2},
            {"x": 0.5, "y": 0.5},
            "max with 2 operands equal to 2 has no one derivative",
            "the gradient is shared equally among the 2",
        ),
        (
            "min(x, y, z)",
            {"x": 2, "y": 2, "z": 2},
            {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3},
            "min with 3 operands equal to 2 has no one derivative",
            "the gradient is shared equally among the 3",
        ),
        (
            "max(0, x)",
            {"x": 0},
            {"x": 0.5},
            "max with 2 operands equal to 0 has no one derivative",
            "the gradient is shared equally among the 2",
        ),
        (
            "x**y",
            {"x": 0, "y": 0},
            {"x": 0, "y": 0},
            "0 to the power 0 has no derivative by either part",
            "0 is used",
        ),
    ],
)
def test_kink(text: str, at: dict[str, float], expected: dict[str, float], says: str, uses: str) -> None:
    """Where there is no derivative it is said what is used; torch really uses it; no difference is held against it."""
    graph = parse(text)
    done = graph.backpropagate(at)
    assert done.gradients == pytest.approx(expected)
    assert done.notes == [f"g1: {says}; {uses}, as torch does"]
    for row in checks.compare(done, at, torch):
        assert row.numeric.value is None
        assert row.torch == (None if torch is None else pytest.approx(expected[row.name]))
        assert row.agree is (None if torch is None else True)


def test_step_does_not_cross_a_kink() -> None:
    """Next to a kink the difference is taken on one side of it, however near the kink is."""
    graph = parse("relu(x)*3 + abs(x)")
    at = {"x": 1e-6}
    (row,) = checks.compare(graph.backpropagate(at), at)
    assert row.numeric.value == pytest.approx(4)
    assert row.numeric.step < 1e-6
    assert row.agree


def test_step_stays_in_the_domain() -> None:
    """Next to the edge of a logarithm the difference is taken inside it."""
    at = {"x": 1e-5}
    (row,) = checks.compare(parse("log(x)").backpropagate(at), at)
    assert row.agree
    assert row.analytic == pytest.approx(1e5)


def test_narrow_peak() -> None:
    """A peak much narrower than the first step is still confirmed, at a step that fits it."""
    at = {"x": 1e-5}
    (row,) = checks.compare(parse("exp(-(x/1e-4)**2)").backpropagate(at), at)
    # f′ = −2x/s²·f with s = 1e−4, so −2000·exp(−0.01)
    assert row.analytic == pytest.approx(-2000 * math.exp(-0.01))
    assert row.numeric.value == pytest.approx(row.analytic, rel=1e-6)
    assert row.agree


@pytest.mark.parametrize("text", ["(x + 1e16) - 1e16", "1e16 + x", "(x + 1e10) - 1e10", "1e9 + x"])
def test_drowned_difference_is_not_known(text: str) -> None:
    """Where rounding swallows the difference nothing is claimed of it, and the status is 0."""
    at = {"x": 1.0}
    (row,) = checks.compare(parse(text).backpropagate(at), at)
    assert (row.analytic, row.numeric.value, row.agree) == (1, None, None)
    result = run(text, "x=1", "--no-torch")
    assert result.exit_code == 0
    assert "not known" in result.output
    assert "x: no central difference to compare with: no step is clear of kinks, domain and rounding" in result.output


# ---- several lines, softmax, logarithms and losses


@pytest.mark.parametrize(
    "text",
    [
        "s0 = w0*x0\ns1 = w1*x1\nsigmoid(s0 + s1 + w2)",
        "s0 = w0*x0; s1 = w1*x1; f = sigmoid(s0 + s1 + w2)",
        "w0 = 2; x0 = -1\nw1 = −3\nx1 = -2; w2 = -3\ns = w0*x0\n  + w1*x1 + w2\nsigmoid(s)".replace("\n  +", " +"),
        "sigmoid(w0*x0\n + w1*x1\n + w2)",
        "w0*x0 +\nw1*x1 + w2 - 1 + sigmoid(1) - w0*x0 - w1*x1 - w2 + 1 - sigmoid(1) + sigmoid(w0*x0 + w1*x1\n + w2)",
    ],
)
def test_homework_15_on_several_lines(text: str) -> None:
    """The sheet's neuron has the sheet's gradients however its lines are cut."""
    graph = parse(text)
    done = graph.backpropagate({n: v for n, v in AT.items() if n not in graph.given} | graph.given)
    assert {n: f"{g:.4f}".replace("-", "−") for n, g in done.gradients.items()} == SHEET


def test_a_named_line_is_a_gate_of_that_name() -> None:
    """What a line works out stands under its name; read twice, it goes through a copy gate; aliases cost nothing."""
    graph = parse("s = x*y\na = x\ns*s + a")
    names = [(n.name, n.gate.name if n.gate else "") for n in graph.nodes if n.constant is None]
    assert [n for n in names if n[1]] == [("x", "copy"), ("s", "multiply"), ("s", "copy"), ("g1", "multiply"), ("g2", "add")]
    # d/dx (xy)² + x = 2xy² + 1
    assert graph.backpropagate({"x": 2.0, "y": 3.0}).gradients == pytest.approx({"x": 2 * 2 * 9 + 1, "y": 2 * 4 * 3})
    text = run("s = x*y\nsigmoid(s)*s", "x=1", "y=2", "--no-torch").output
    assert text.startswith("f = s = x*y; sigmoid(s)*s = ")
    assert "copy of s" in text


def test_values_on_lines_and_as_arguments() -> None:
    """A line `x = 3` is a value; the same variable has not two."""
    result = run("x = 3\ny = 2\nx*y", "--no-torch")
    assert result.exit_code == 0
    assert "at x = 3, y = 2" in result.output
    again = run("x = 3\nx*y", "x=2", "y=1")
    assert again.exit_code == 2
    assert "x is given a value twice: in the text and as x=2" in again.stderr


@pytest.mark.parametrize("text", ["x^2 + y**2", "x² + y^2", "x ^ 2 + y²"])
def test_a_power_as_it_is_written_elsewhere(text: str) -> None:
    """^ and ² are powers, before a product, and it is said."""
    done = parse(text).backpropagate({"x": 3.0, "y": 2.0})
    assert (done.value, done.gradients) == (13, {"x": 6, "y": 4})
    assert done.notes == ["^ is read as a power, which is ** here"]
    assert parse("2*x^2").backpropagate({"x": 3.0}).value == 18
    assert refusal("2*x^2 + lgg(x)").startswith("expression:1:9: unknown function 'lgg'")


MORE = [
    # softmax: p = (1, e, e²)/(1 + e + e²)
    ("p, q, r = softmax(x, y, z); -log(q)", {"x": 0, "y": 1, "z": 2}, None),
    ("p = softmax(x, y, z)\n-log(p[1])*p[0] + p[1]", {"x": 0, "y": 1, "z": 2}, None),
    ("softmax(x, x*y, z)[2] + x", {"x": 0.5, "y": 1, "z": 700}, None),
    ("p, q = softmax(x + y, x*y); p*q + p", {"x": 0.5, "y": -1}, None),
    ("log(x, 2)", {"x": 8}, {"x": 1 / (8 * math.log(2))}),
    ("log(x, y)", {"x": 8, "y": 2}, {"x": 1 / (8 * math.log(2)), "y": -3 / (2 * math.log(2))}),
    ("log2(x)", {"x": 8}, {"x": 1 / (8 * math.log(2))}),
    ("log10(x) + lg(x)", {"x": 100}, {"x": 2 / (100 * math.log(10))}),
    ("mse(x, y)", {"x": 3, "y": 1}, {"x": 4, "y": -4}),
    ("mse(x, y, z, 2)", {"x": 3, "y": 1, "z": 0}, {"x": 3, "y": -1, "z": -3}),
    ("mae(x, y, z, 2)", {"x": 3, "y": 1, "z": 0}, {"x": 0.5, "y": -0.5, "z": -0.5}),
    ("huber(x, y)", {"x": 3, "y": 1}, {"x": 1, "y": -1}),
    ("huber(x, y, 4)", {"x": 3, "y": 1}, {"x": 2, "y": -2}),
    ("huber(x, y, z, 2, 0.5)", {"x": 3, "y": 1.9, "z": 0}, {"x": 0.25, "y": -0.05, "z": -0.25}),
    ("bce(x, y)", {"x": 0.8, "y": 1}, {"x": -1 / 0.8, "y": math.log(0.2 / 0.8)}),
    ("bce(sigmoid(x), sigmoid(z), 1, 0)", {"x": 0, "z": 0}, {"x": -0.25, "z": 0.25}),
    ("binary_cross_entropy(x, 0.3)", {"x": 0.3}, {"x": 0}),
    ("cross_entropy(x, y, 1, 0)", {"x": 0.5, "y": 0.25}, {"x": -2, "y": 0}),
    ("softmax_cross_entropy(x, y, 1, 0)", {"x": 0, "y": 0}, {"x": -0.5, "y": 0.5}),
    ("softmax_cross_entropy(x, y, z, 0.2, 0.3, 0.5)", {"x": 1, "y": -2, "z": 0.5}, None),
    ("hinge(x, y)", {"x": 0.5, "y": 1}, {"x": -1, "y": -0.5}),
    ("hinge(x, y, 1, -1)", {"x": 2, "y": 0.5}, {"x": 0, "y": 0.5}),
]


@pytest.mark.parametrize(("text", "at", "expected"), MORE, ids=[m[0] for m in MORE])
def test_softmax_logarithms_and_losses(text: str, at: dict[str, float], expected: dict[str, float] | None) -> None:
    """Each has the derivative of the book, and torch's own function and a difference agree."""
    graph = parse(text)
    done = graph.backpropagate(at)
    if expected is not None:
        assert done.gradients == pytest.approx(expected)
    for row in checks.compare(done, at, torch):
        # Where a gradient is next to nothing no step tells a difference, and only torch can say.
        assert row.agree or (torch is None and row.agree is None and abs(row.analytic) < 1e-300), row
        assert torch is None or row.torch == pytest.approx(row.analytic, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("text", "at", "expected"), MORE, ids=[m[0] for m in MORE])
def test_their_formulas_and_formats(text: str, at: dict[str, float], expected: object) -> None:
    """sympy has the derivative, and every format writes them, with balanced braces in LaTeX."""
    sympy = pytest.importorskip("sympy")
    graph = parse(text)
    done = graph.backpropagate(at)
    expression = checks.sympy_expression(sympy, graph)
    sigmoid = next((f.func for f in expression.atoms(sympy.Function) if f.func.__name__ == "sigmoid"), None)
    for name, analytic in done.gradients.items():
        derivative = sympy.diff(expression, sympy.Symbol(name, real=True))
        derivative = derivative.replace(sigmoid, lambda u: 1 / (1 + sympy.exp(-u))) if sigmoid else derivative
        value = derivative.subs({sympy.Symbol(n, real=True): v for n, v in at.items()}).doit()
        assert float(value) == pytest.approx(analytic, rel=1e-6, abs=1e-9)
    arguments = [f"{n}={v}" for n, v in at.items()]
    latex = run(text, *arguments, "--no-torch", "--format", "latex").output
    assert latex.count("{") == latex.count("}")
    assert run(text, *arguments, "--no-torch", "--format", "markdown").exit_code == 0


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("bce(x, 1)", {"x": 1.0}, "binary cross-entropy of 1; it takes probabilities between 0 and 1"),
        ("cross_entropy(x, 1)", {"x": 0.0}, "cross-entropy of 0; it takes probabilities above 0"),
        ("log(x, 1)", {"x": 2.0}, "1 is no base of a logarithm; it is positive and not 1"),
        ("log(x, y)", {"x": 2.0, "y": -2.0}, "−2 is no base of a logarithm"),
    ],
)
def test_where_a_loss_has_no_value(text: str, at: dict[str, float], message: str) -> None:
    """Out of its domain a loss says what it takes."""
    assert message in refusal(text, **at)


@pytest.mark.parametrize(
    ("text", "at", "expected", "says"),
    [
        ("mae(x, 2)", {"x": 2}, {"x": 0}, "mae has no derivative where an output is its target"),
        ("hinge(x, 1)", {"x": 1}, {"x": 0}, "hinge has no derivative where y·s = 1"),
    ],
)
def test_kink_of_a_loss(text: str, at: dict[str, float], expected: dict[str, float], says: str) -> None:
    """At the kink of a loss it is said what is used, and torch uses it."""
    done = parse(text).backpropagate(at)
    assert done.gradients == expected
    assert says in done.notes[0]
    for row in checks.compare(done, at, torch):
        assert row.agree is (None if torch is None else True)


def test_a_fault_on_the_second_line_is_shown_there() -> None:
    """The place is the line's."""
    assert refusal("s = w*x\nsigmod(s)", w=1.0, x=1.0) == (
        "expression:2:1: unknown function 'sigmod'\n  2 | sigmod(s)\n    | ^^^^^^\n  try: sigmoid"
    )


# ---- random expressions, by three roads

_LEAVES = st.sampled_from(["x", "y", "z", "2", "0.5", "3"])
_SAFE = ("sigmoid({})", "tanh({})", "sin({})", "cos({})", "-({})", "({}) * 0.5", "relu({})", "abs({})")
_TWO = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (({}) * ({}) + 1)", "max({}, {})", "min({}, {})")
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda form, a: form.format(a), st.sampled_from(_SAFE), inner),
        st.builds(lambda form, a, b: form.format(a, b, b), st.sampled_from(_TWO), inner, inner),
        inner.map(lambda a: f"log(({a})*({a}) + 1)"),
        inner.map(lambda a: f"sqrt(({a})**2 + 1)"),
        inner.map(lambda a: f"exp(-({a})**2)"),
    ),
    max_leaves=6,
)
_NUMBERS = st.integers(-40, 40).map(lambda n: n / 16)


@settings(max_examples=200, deadline=None)
@given(_EXPRESSIONS, st.tuples(_NUMBERS, _NUMBERS, _NUMBERS))
def test_random_expressions_agree(text: str, values: tuple[float, float, float]) -> None:
    """On any expression backpropagation, central differences and torch's autograd give one gradient."""
    text = f"({text}) + x*y*z"
    at = dict(zip("xyz", values, strict=True))
    try:
        done = parse(text).backpropagate(at)
    except SpecError:
        assume(False)
    for row in checks.compare(done, at, torch):
        if torch is not None:
            assert row.torch == pytest.approx(row.analytic, rel=1e-9, abs=1e-12)
        assert row.agree is not False
        # beside a value of 1, a difference has no digits left for a gradient much smaller
        if row.name not in done.kinked and (abs(row.analytic) > 1e-5 or row.numeric.value is not None):
            assert row.numeric.value == pytest.approx(row.analytic, rel=1e-4, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(_EXPRESSIONS, st.tuples(_NUMBERS, _NUMBERS, _NUMBERS))
def test_formula_has_the_same_value(text: str, values: tuple[float, float, float]) -> None:
    """sympy's formula for the derivative, evaluated at the point, is the gradient that flowed back."""
    sympy = pytest.importorskip("sympy")
    at = dict(zip("xyz", values, strict=True))
    graph = parse(f"({text}) + x*y*z")
    done = graph.backpropagate(at)
    assume(not done.kinked)
    expression = checks.sympy_expression(sympy, graph)
    symbols = {name: sympy.Symbol(name, real=True) for name in at}
    sigmoid = next((f.func for f in expression.atoms(sympy.Function) if f.func.__name__ == "sigmoid"), None)
    for name, symbol in symbols.items():
        derivative = sympy.diff(expression, symbol)
        if sigmoid:
            derivative = derivative.replace(sigmoid, lambda u: 1 / (1 + sympy.exp(-u)))
        value = float(derivative.subs({symbols[n]: v for n, v in at.items()}))
        assert value == pytest.approx(done.gradients[name], rel=1e-6, abs=1e-9)


# ---- refusals


def holds(said: str, expected: str, repair: str) -> None:
    """What is said is what is expected; what to type instead stands behind it where it is not part of that."""
    assert said == expected or (not repair and said.startswith(f"{expected}\n  try: "))


def pointing(text: str, column: int, length: int, message: str, repair: str) -> str:
    """The message as it stands on the screen: the fact, the line, the carets, what to type."""
    lines = [f"expression:1:{column}: {message}", f"  1 | {text}".rstrip()]
    lines.append("    | " + " " * (column - 1) + "^" * length)
    return "\n".join(lines + [f"  try: {repair}"] * bool(repair))


@pytest.mark.parametrize(
    ("text", "column", "length", "message", "repair"),
    [
        ("sigmod(x)", 1, 6, "unknown function 'sigmod'", "sigmoid"),
        ("x + ", 3, 1, "something is missing after '+'", ""),
        ("x & 2", 3, 1, "'&' has no meaning here", ""),
        ("x[", 2, 1, "'[' has no meaning here", "("),
        ("[0]*x", 1, 1, "'[' has no meaning here", "("),
        ("x[0]", 1, 4, "only a softmax has parts", "softmax(z1, z2)[0]"),
        ("x == 2", 3, 2, "a line has one '=', behind a name", ""),
        ("a = b = x", 7, 1, "a line has one '=', behind a name", ""),
        ("2*x = 3", 1, 5, "only a name can be given a value", "s0 = w0*x0"),
        ("a = ", 3, 1, "something is missing after '='", ""),
        ("max = x", 1, 3, "max has a meaning already", "max_"),
        ("a = x; a = y; a", 8, 1, "a is given a value twice", ""),
        ("a = x; b = y; a*2", 8, 1, "b is worked out and never used", ""),
        ("x*2; x*3", 1, 1, "what this line works out has no name, so no other can use it", "s = …"),
        ("b = a*x; a = x; a*b", 5, 1, "a is used before its line", ""),
        ("a, b = x*2; a*b", 1, 1, "only softmax gives several values", "p1, p2 = softmax(z1, z2)"),
        ("p, q = softmax(x, y, z); p*q", 8, 16, "softmax of 3 operands gives 3 values, and 2 names stand for them", ""),
        ("p = softmax(x, y); p*2", 20, 1, "p is a softmax, which has a value for each operand", "p[0]"),
        ("softmax(x, y)[2]", 1, 13, "softmax of 2 operands has no part [2]; they count from [0] to [1]", "[1]"),
        ("softmax(x)[0]", 1, 10, "softmax takes at least 2 operands, not 1", ""),
        ("mse(x)", 1, 6, "mse takes outputs and then as many targets, not 1 operand", "mse(a1, a2, y1, y2)"),
        ("huber(x, y, z)", 13, 1, "the threshold of the Huber loss is a number above 0", "1"),
        ("log(x, 2, 3)", 1, 12, "log takes 1 operand, not 3", ""),
        ("2x", 2, 1, "an operator is missing between '2' and 'x'", "2*x"),
        ("(x", 1, 1, "this bracket is never closed", ""),
        ("x)", 2, 1, "this bracket was never opened", ""),
        ("x * * 2", 5, 1, "something is missing before '*'", ""),
        ("x // 2", 3, 2, "'//' is not an operation here", "/"),
        ("x, y", 2, 1, "a comma stands only between the operands of a function", ""),
        ("max(x)", 1, 6, "max takes at least 2 operands, not 1", ""),
        ("exp(x, 2)", 1, 9, "exp takes 1 operand, not 2", ""),
        ("exp + x", 1, 3, "exp is a function and needs its operand in brackets", "exp(…)"),
        ("lambda*x", 1, 6, "'lambda' is a word of Python's and cannot be a name", "lambda_"),
        ("π·β·σx(1)", 5, 2, "unknown function 'σx'", "σ"),
        ("1e999*x", 1, 5, "1e999 is beyond the largest floating-point number", ""),
        ("__import__('os')", 12, 1, '"\'" has no meaning here', ""),
        ("x.real", 2, 1, "'.' has no meaning here", ""),
    ],
)
def test_bad_expression(text: str, column: int, length: int, message: str, repair: str) -> None:
    """What is wrong with an expression is said in a sentence, under the very character."""
    holds(refusal(text), pointing(text, column, length, message, repair), repair)


def test_nothing_to_differentiate() -> None:
    """An empty expression and one without a variable are refused as such."""
    assert refusal("") == 'the expression is empty\n  try: "sigmoid(w0*x0 + w1*x1 + w2)"'
    assert refusal("2 + 3") == (
        "the expression has no variable, so there is nothing to differentiate by\n  try: sigmoid(w*x) w=2 x=1"
    )


def test_all_faults_at_once() -> None:
    """Several unknown functions are all reported, in the order they are written."""
    assert refusal("sgmoid(x) + lgo(y)") == (
        "expression:1:1: unknown function 'sgmoid'\n  1 | sgmoid(x) + lgo(y)\n    | ^^^^^^\n  try: sigmoid\n"
        "expression:1:13: unknown function 'lgo'\n  1 | sgmoid(x) + lgo(y)\n    |             ^^^\n  try: lg"
    )


@pytest.mark.parametrize(
    ("text", "x", "column", "length", "message", "repair"),
    [
        ("1/(x - 1)", 1, 1, 9, "a division by zero", ""),
        ("2 + log(x)", -1, 5, 6, "the logarithm of −1; it takes positive numbers only", ""),
        ("log(x)", 0, 1, 6, "the logarithm of 0; it takes positive numbers only", ""),
        ("sqrt(x)", -4, 1, 7, "the square root of −4; it takes no negative number", ""),
        ("sqrt(x)", 0, 1, 7, "the square root has an infinite derivative at 0", ""),
        ("exp(x)", 1000, 1, 6, "exp of 1000 is beyond the largest floating-point number", ""),
        ("x*x", 1e200, 1, 3, "multiply of 1e+200, 1e+200 is beyond the largest floating-point number", ""),
        ("x**0.5", -1, 1, 6, "−1 to the power 0.5 is not a real number", ""),
        ("x**-1", 0, 1, 5, "0 to the power −1 is a division by zero", ""),
        ("x**0.5", 0, 1, 6, "the power 0.5 has an infinite derivative at 0", ""),
        ("(-2)**x", 2, 1, 7, "the derivative by the exponent is that of a logarithm, and the base is −2", ""),
        ("1/x", 1e-200, 1, 3, "the gradient through this divide is beyond the largest floating-point number", ""),
        ("x*y", 1, 3, 1, "y has no value", "add y=NUMBER"),
    ],
)
def test_bad_point(text: str, x: float, column: int, length: int, message: str, repair: str) -> None:
    """Where the expression has no value or no derivative, the gate that has none is pointed at."""
    holds(refusal(text, x=x), pointing(text, column, length, message, repair), repair)


def test_value_for_a_mistyped_name() -> None:
    """A value for a name that is not there is reported beside the variable that has none."""
    assert refusal("x*weight", x=1, wieght=2) == (
        "expression:1:3: weight has no value\n  1 | x*weight\n    |   ^^^^^^\n  try: add weight=NUMBER\n"
        "wieght is given a value but is not in the expression\n  try: weight"
    )


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("x=abc", "argument:1:3: 'abc' is not a number\n  1 | x=abc\n    |   ^^^"),
        ("x=nan", "argument:1:3: 'nan' is not a finite number\n  1 | x=nan\n    |   ^^^"),
        ("x", "argument:1:1: 'x' does not give a variable its value\n  1 | x\n    | ^\n  try: name=number, as in x0=-1"),
        ("=3", "argument:1:1: '=3' does not give a variable its value\n  1 | =3\n    | ^^\n  try: name=number, as in x0=-1"),
    ],
)  # fmt: skip
def test_bad_value(argument: str, message: str) -> None:
    """A value that is none is pointed at."""
    with pytest.raises(SpecError) as caught:
        read_values([argument])
    holds(str(caught.value), message, "")


def test_a_value_is_given_once() -> None:
    """Two values for one variable are a mistake."""
    with pytest.raises(SpecError, match="x is given a value twice"):
        read_values(["x=1", "x=2"])


def test_limits() -> None:
    """Length and depth are bounded, and the bound is said; a long sum is not deep."""
    message = f"an expression of {LONGEST + 1} characters; the longest allowed is {LONGEST}"
    holds(refusal("x" * (LONGEST + 1)), message, "")
    assert f"brackets nested more than {DEEPEST} deep" in refusal("(" * 900 + "x" + ")" * 900)
    assert f"nested more than {4 * DEEPEST} deep" in refusal("-" * 1900 + "x")
    assert f"nested more than {4 * DEEPEST} deep" in refusal("x" + "**x" * 600)
    assert gradients("+".join(["x"] * 1000), x=1.0) == {"x": 1000.0}


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="xyσ01.e+-*/^(),_ \t\n'\"[]{}<>=sinmax\\\x00é²", max_size=30))
def test_any_text_parses_or_is_refused(text: str) -> None:
    """Whatever the characters, the answer is a graph or a SpecError."""
    with contextlib.suppress(SpecError):
        assert parse(text).variables


# ---- the command


@needs_torch
def test_json() -> None:
    """The JSON has every gate's value, gradient and what it sends, and every variable by each road."""
    result = run("x*y + x", "x=2", "y=3", "--format", "json", "--formula")
    assert result.exit_code == 0
    data = json.loads(result.output)
    assert (data["expression"], data["value"], data["torch"], data["agree"]) == ("x*y + x", 8, "ran", True)
    assert data["notes"] == []
    assert [gate["operation"] for gate in data["gates"]] == ["copy", "multiply", "add"]
    copy, multiply, _ = data["gates"]
    assert sorted(copy["arrived"]) == [1, 3]
    assert copy["gradient"] == 4
    assert multiply["sends"] == [
        {"to": "x", "local": 3, "gradient": 3},
        {"to": "y", "local": 2, "gradient": 2},
    ]
    assert multiply["rule"] == "multiply swaps: each operand gets the gradient times the other"
    x = data["variables"]["x"]
    assert set(x) == {
        "value",
        "analytic",
        "numeric",
        "numeric_step",
        "numeric_why_not",
        "torch",
        "formula",
        "agree",
    }
    assert (x["analytic"], x["torch"], x["formula"], x["agree"]) == (4, 4, "y + 1", True)
    assert x["numeric"] == pytest.approx(4)


def test_piped_output_is_whole() -> None:
    """Piped, the table is plain text, aligned and complete, however narrow a terminal would be."""
    result = run("max(x, y)*x", "x=3", "y=-2", "--no-torch")
    assert result.output == (
        "f = max(x, y)*x = 9\n"
        "\n"
        "at x = 3, y = −2\n"
        "\n"
        "forward\n"
        "\n"
        "gate  operation  with values  value\n"
        "----  ---------  -----------  -----\n"
        "g1    max(x, y)  max(3, −2)   3\n"
        "g2    g1·x       3·3          9\n"
        "\n"
        "backward\n"
        "\n"
        "gate       arrives    to  local derivative  sent back  rule\n"
        "---------  ---------  --  ----------------  ---------  ---------------------------------------------------------------\n"
        "g2         1          g1  x = 3             3          "
        "multiply swaps: each operand gets the gradient times the other\n"
        "                      x   g1 = 3            3\n"
        "g1         3          x   [x = g1] = 1      3          "
        "max routes: the largest operand gets the gradient, the others 0\n"
        "                      y   [y = g1] = 0      0\n"
        "copy of x  3 + 3 = 6  x   1                 6          copy adds: the gradients of all its uses are summed\n"
        "\n"
        "gradients\n"
        "\n"
        "variable  value  gradient  difference  agree\n"
        "--------  -----  --------  ----------  -----\n"
        "x         3      6         6           yes\n"
        "y         −2     0         0           yes\n"
        "\n"
        "torch was not asked (--no-torch)\n"
    )


def test_markdown() -> None:
    """Markdown is tables of mathematics, in which no bar ends a cell, and titles whose stars are escaped."""
    lines = run("abs(x)*2", "x=-3", "--no-torch", "--format", "markdown").output.splitlines()
    assert lines[0] == r"## f = abs(x)\*2 = 6"
    assert r"| $g_{1}$ | $\lvert x \rvert$ | $\lvert -3 \rvert$ | $3$ |" in lines
    assert "| $x$ | $-3$ | $-2$ | $-2$ | yes |" in lines


def test_latex() -> None:
    """LaTeX has every cell in mathematics and the formulas set on their signs."""
    output = run("w0*exp(-x)", "w0=2", "x=0", "--no-torch", "--format", "latex", "--formula").output
    assert r"$g_{3}$ & $w_{0} \cdot g_{2}$ & $2 \cdot 1$ & $2$ \\" in output
    assert r"  \frac{\partial f}{\partial w_{0}} &= e^{- x}" in output
    assert output.count(r"\begin{tabular}") == output.count(r"\end{tabular}") == 3


def test_absent_torch_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch there is no torch column and a sentence says why; asked for by name, it is an error."""
    monkeypatch.setitem(sys.modules, "torch", None)
    result = run("x*2", "x=1")
    assert result.exit_code == 0
    assert result.output.endswith("\ntorch is not installed, so it was not asked\n")
    assert json.loads(run("x*2", "x=1", "--format", "json").output)["variables"]["x"]["torch"] is None
    refused = run("x*2", "x=1", "--torch")
    assert refused.exit_code == 2
    assert refused.stderr == "torch is not installed\n  try: pip install 'archcalc[torch]', or --no-torch\n"


def test_absent_sympy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula without sympy is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    refused = run("x*2", "x=1", "--no-torch", "--formula")
    assert refused.exit_code == 2
    assert refused.stderr == "sympy is not installed, and the formula needs it\n  try: pip install 'archcalc[sympy]'\n"


def test_disagreement_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate with a wrong derivative is found out by the difference and by torch, and the status is 1."""
    wrong = replace(gates.TANH, local=lambda x, y, k: 1 + y * y)
    monkeypatch.setitem(gates.FUNCTIONS, "tanh", wrong)
    for ask in ("--no-torch", "--torch")[: 1 if torch is None else 2]:
        result = run("tanh(x)*y", "x=0.5", "y=1", ask)
        assert result.exit_code == 1
        assert "x: the gradients do not agree\n" in result.output
    at = {"x": 0.5}
    (row,) = checks.compare(parse("tanh(x)").backpropagate(at), at)
    assert row.agree is False


def test_bad_input_is_status_2() -> None:
    """Bad input is status 2 with nothing on standard output and no traceback."""
    for arguments in (
        ["x*", "x=1"],
        ["x*y", "x=1"],
        ["log(x)", "x=0"],
        ["x", "x=1=2"],
        ["--digits", "0", "x", "x=1"],
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr
        assert "Traceback" not in result.stderr


def test_expression_that_begins_with_a_minus() -> None:
    """An expression may begin with a minus after `--`."""
    result = run("--no-torch", "--format", "json", "--", "-x*2", "x=-1")
    assert json.loads(result.output)["variables"]["x"]["analytic"] == -2


def test_small_gradients_are_written_as_powers_of_ten() -> None:
    """A gradient too small for decimals is not rounded to 0."""
    output = run("sigmoid(x)", "x=-20", "--no-torch", "--digits", "3").output
    assert "2.061e−9" in output


def test_formula_is_bounded() -> None:
    """A formula whose numbers would grow without bound, or of too many gates, is refused in a moment."""
    grown = run("(((((x+x)**64)**64)**64)**64)**64", "x=0.1", "--no-torch", "--formula")
    assert (grown.exit_code, grown.stdout) == (2, "")
    holds(grown.stderr, "the formula holds a number beyond the largest floating-point number", "")
    long = run("+".join(["x"] * 100), "x=1", "--no-torch", "--formula")
    holds(long.stderr, "a formula for 100 gates; it is written for 60 at most", "")


def test_terminal_table() -> None:
    """For a terminal the same cells are painted."""
    at = {"x": 3.0}
    done = parse("x*x").backpropagate(at)
    document = answer.Gradients(done, checks.compare(done, at), "absent", {"x": "2*x"}, {"x": "2 x"}).as_document()
    screen = written(document, "terminal", 80)
    assert "\x1b[1mgradients\x1b[0m" in screen
    for part in ("copy of x", "3 + 3 = 6", "∂f/∂x = 2*x", "torch is not installed"):
        assert part in screen


def test_nothing_heavy_is_imported() -> None:
    """Without torch and formula the command loads neither torch, sympy, numpy nor rich."""
    code = (
        "import sys; from archcalc.cli import cli\n"
        "try: cli(['grad', 'x*2', 'x=1', '--no-torch'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'sympy', 'numpy', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[]"
