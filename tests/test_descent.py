"""archcalc grad --descend: every step against torch.optim, and the first ones by hand."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import cli
from archcalc.homework.calculus import checks
from archcalc.homework.calculus.parse import parse

torch = checks.import_torch()


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["grad", *args])


def steps(*args: str) -> list[dict[str, dict[str, float]]]:
    """The steps as a program reads them."""
    result = run(*args, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, dict[str, float]]] = json.loads(result.stdout)["steps"]
    return found


def test_by_hand() -> None:
    """f = x² from 1 at rate 0.1: x is multiplied by 0.8 every step."""
    found = steps("x**2", "x=1", "--descend", "0.1", "--steps", "3")
    assert [s["values"]["x"] for s in found] == pytest.approx([1, 0.8, 0.64, 0.512])
    assert [s["value"] for s in found] == pytest.approx([1, 0.64, 0.4096, 0.262144])
    assert found[-1]["gradients"] is None
    assert len(steps("x**2", "x=1", "--descend", "0.1")) == 11
    # v: 2, then 0.5·2 + 2·0.8 = 2.6: x = 0.8 − 0.26
    found = steps("x**2", "x=1", "--descend", "0.1", "--momentum", "0.5", "--steps", "2")
    assert found[2]["values"]["x"] == pytest.approx(0.54)
    # Adam's first step is the rate, whatever the gradient
    assert steps("1000*x", "x=1", "--descend", "0.1", "--adam", "--steps", "1")[1]["values"]["x"] == pytest.approx(0.9)


EXPRESSIONS = [
    ("mse(w*x + b, y)", {"w": 0.0, "b": 0.0, "x": 2.0, "y": 3.0}, ["w", "b"]),
    ("bce(sigmoid(u*x + v*y + b), 1)", {"u": 0.5, "v": -0.5, "b": 0.0, "x": 1.0, "y": 2.0}, ["u", "v", "b"]),
    ("p, q = softmax(w*x, v*x); -log(p)", {"w": 0.1, "v": 0.2, "x": 1.5}, ["v", "w"]),
    ("(1 - x)**2 + 100*(y - x**2)**2", {"x": -0.5, "y": 0.5}, ["x", "y"]),
]


@pytest.mark.skipif(torch is None, reason="torch is not installed")
@pytest.mark.parametrize("method", ["plain", "momentum", "adam"])
@pytest.mark.parametrize(("text", "at", "learned"), EXPRESSIONS, ids=[e[0] for e in EXPRESSIONS])
def test_torch_takes_the_same_steps(method: str, text: str, at: dict[str, float], learned: list[str]) -> None:
    """Ten steps of torch.optim's SGD and Adam, on torch's own gradients, end at the same values."""
    args = {"plain": [], "momentum": ["--momentum", "0.9"], "adam": ["--adam"]}[method]
    learn = [a for name in learned for a in ("--learn", name)]
    found = steps(text, *(f"{n}={v}" for n, v in at.items()), "--descend", "0.001", *args, *learn)
    graph = parse(text)
    leaves = {n: torch.tensor(v, dtype=torch.float64, requires_grad=n in learned) for n, v in at.items()}
    changed = [leaves[n] for n in learned]
    if method == "adam":
        optimiser = torch.optim.Adam(changed, lr=0.001)
    else:
        optimiser = torch.optim.SGD(changed, lr=0.001, momentum=0.9 if method == "momentum" else 0)
    for step in found:
        assert {n: float(leaves[n].detach()) for n in learned} == pytest.approx(step["values"], rel=1e-9)
        tensors = []
        for node in graph.nodes:
            if node.gate is not None:
                tensors.append(node.gate.torch(torch, [tensors[i] for i in node.inputs]))
            else:
                tensors.append(leaves[node.name] if node.constant is None else torch.tensor(node.constant, dtype=torch.float64))
        assert float(tensors[graph.output].detach()) == pytest.approx(step["value"], rel=1e-9)
        optimiser.zero_grad()
        tensors[graph.output].backward()
        optimiser.step()


def test_the_table() -> None:
    """A row a step, what is kept named, the rule written; a rate too large is said to be."""
    text = run("mse(w*x, y)", "w=0", "x=2", "y=3", "--descend", "0.1", "--steps", "2", "--learn", "w").stdout
    assert "f = mse(w*x, y): Gradient descent, rate 0.1" in text
    assert "w ← w − η·g" in text
    # g = 2·(0 − 3)·2 = −12, w = 1.2; g = 2·(2.4 − 3)·2 = −2.4, w = 1.44
    assert [line.split() for line in text.splitlines()][6:9] == [
        ["0", "9", "0", "−12"],
        ["1", "0.3600", "1.2000", "−2.4000"],
        ["2", "0.0144", "1.44"],
    ]
    assert "Kept: x = 2, y = 3." in text
    assert "the rate is too large" in run("x**2", "x=1", "--descend", "1.5", "--steps", "3").stdout
    assert r"w \gets w - \eta g" in run("x**2", "x=1", "--descend", "0.1", "--format", "latex").stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--descend", "0"], "--descend 0: a rate above 0 is meant"),
        (["--descend", "0.1", "--adam", "--momentum", "0.9"], "--momentum and --adam at once"),
        (["--descend", "0.1", "--learn", "y"], "--learn y: no variable of the expression is called so"),
        (["--steps", "5"], "--steps belongs to --descend\n  try: --descend 0.1"),
        (["--adam"], "--adam belongs to --descend"),
        (["--learn", "x"], "--learn belongs to --descend"),
    ],
)
def test_options_that_do_not_go_together(args: list[str], message: str) -> None:
    """Each is refused in a sentence."""
    result = run("x**2", "x=1", *args)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_step_out_of_the_domain_says_after_which() -> None:
    """log(x) from 1 at rate 2 steps to −1."""
    result = run("log(x)", "x=1", "--descend", "2")
    assert result.exit_code == 2
    assert "after step 1: the logarithm of −1; it takes positive numbers only" in result.stderr
    assert "try: --descend 0.2" in result.stderr
