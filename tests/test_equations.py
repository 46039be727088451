"""The printed equations of layers and losses, evaluated in plain Python, against torch's autograd."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import warnings
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.homework.calculus.equations import KINDS, Equation, Equations, EquationSet, equation_set, evaluate
from archcalc.homework.calculus.lists import Tensor
from archcalc.homework.calculus.recurrent_equations import from_torch, to_torch
from archcalc.report import write
from archcalc.text.faults import ValueFault

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch without numpy says so when it is imported
    torch = pytest.importorskip("torch")

F = torch.nn.functional
DOUBLE = torch.float64


def tensor(*shape: int, seed: int = 0) -> Any:
    """A leaf of random numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=DOUBLE, generator=generator).requires_grad_()


def both_ways(kind: str, env: dict[str, Tensor], steps: int = 1) -> dict[str, Tensor]:
    """The environment after the forward equations and the gradients."""
    found = equation_set(kind)
    return evaluate(found.gradients, evaluate(found.forward, env, steps), steps)


def same(ours: Tensor, theirs: Any) -> None:
    """That a nested list holds a torch tensor's numbers in its shape."""
    value = torch.tensor(ours, dtype=DOUBLE)
    assert value.shape == theirs.shape
    torch.testing.assert_close(value, theirs.detach(), rtol=1e-10, atol=1e-12)


def lists(**tensors: Any) -> dict[str, Tensor]:
    return {name: t.tolist() for name, t in tensors.items()}


# ---- layers


def test_linear() -> None:
    """The linear layer's output and three gradients are torch's."""
    x, W, b, δ = tensor(4), tensor(3, 4, seed=1), tensor(3, seed=2), tensor(3, seed=3)
    y = F.linear(x, W, b)
    y.backward(δ)
    env = both_ways("linear", lists(x=x, W=W, b=b, dy=δ))
    for name, theirs in (("y", y), ("dx", x.grad), ("dW", W.grad), ("db", b.grad)):
        same(env[name], theirs)


@pytest.mark.parametrize(("kind", "function"), [("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu)])
def test_activation(kind: str, function: Any) -> None:
    """An activation's output and gradient are torch's, at 0 and far out in both tails too."""
    x = torch.tensor([-800.0, -1.5, 0.0, 0.25, 800.0], dtype=DOUBLE, requires_grad=True)
    δ = torch.tensor([1.0, -2.0, 3.0, 4.0, 5.0], dtype=DOUBLE)
    y = function(x)
    y.backward(δ)
    env = both_ways(kind, lists(x=x, dy=δ))
    same(env["y"], y)
    same(env["dx"], x.grad)


@settings(max_examples=40, deadline=None)
@given(
    rank=st.integers(1, 3),
    size=st.integers(3, 5),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    seed=st.integers(0, 1000),
)
def test_conv(rank: int, size: int, kernel: int, stride: int, padding: int, dilation: int, seed: int) -> None:
    """A convolution's output and gradients are torch's for any stride, padding and dilation, in 1, 2 and 3 dimensions."""
    if dilation * (kernel - 1) >= size + 2 * padding:
        padding = 2
    sides = [size + axis for axis in range(rank)]
    x = tensor(2, *sides, seed=seed)
    W, b = tensor(2, 2, *[kernel] * rank, seed=seed + 1), tensor(2, seed=seed + 2)
    conv = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
    y = conv(x[None], W, b, stride, padding, dilation)[0]
    δ = tensor(*y.shape, seed=seed + 3).detach()
    y.backward(δ)
    env = both_ways(f"conv{rank}d", {**lists(x=x, W=W, b=b, dy=δ), "S": stride, "P": padding, "D": dilation})
    for name, theirs in (("y", y), ("dx", x.grad), ("dW", W.grad), ("db", b.grad)):
        same(env[name], theirs)


# ---- losses


def test_softmax() -> None:
    """Softmax and the gradient through it are torch's."""
    z, δ = tensor(5), tensor(5, seed=1).detach()
    p = torch.softmax(z, 0)
    p.backward(δ)
    env = both_ways("softmax", lists(z=z, dp=δ))
    same(env["p"], p)
    same(env["dz"], z.grad)


@pytest.mark.parametrize("target", [[0.0, 0.0, 1.0, 0.0], [0.1, 0.2, 0.3, 0.4]])
def test_softmax_cross_entropy(target: list[float]) -> None:
    """Softmax with cross-entropy has torch's loss and gradients, for one true class and for a distribution."""
    z, y = tensor(4), torch.tensor(target, dtype=DOUBLE)
    p = torch.softmax(z, 0)
    p.retain_grad()
    loss = -(y * p.log()).sum()
    loss.backward()
    env = both_ways("softmax_cross_entropy", lists(z=z, y=y))
    same(env["E"], F.cross_entropy(z, y))
    same(env["dz"], z.grad)
    same(env["dp"], p.grad)


def test_mse() -> None:
    """The mean squared error and its gradients are torch's."""
    ŷ, y = tensor(6), tensor(6, seed=1)
    loss = F.mse_loss(ŷ, y)
    loss.backward()
    env = both_ways("mse", {"y_hat": ŷ.tolist(), "y": y.tolist()})
    same(env["E"], loss)
    same(env["dy_hat"], ŷ.grad)
    same(env["dy"], y.grad)


def losses(kind: str, ours: str, loss: Any, out: Any, y: Any, **more: float) -> dict[str, Tensor]:
    """The environment of a loss, whose value and gradient are held against torch's."""
    loss.backward()
    env = both_ways(kind, {ours: out.tolist(), "y": y.tolist(), **more})
    same(env["E"], loss)
    same(env[f"d{ours}"], out.grad)
    return env


def test_bce() -> None:
    """The binary cross-entropy is torch's, with the sigmoid and from its probabilities."""
    z, y = tensor(6), torch.rand(6, dtype=DOUBLE, generator=torch.Generator().manual_seed(3))
    env = losses("bce", "z", F.binary_cross_entropy_with_logits(z, y), z, y)
    p = torch.sigmoid(z).detach().requires_grad_()
    F.binary_cross_entropy(p, y).backward()
    same(env["dp"], p.grad)


def test_mae() -> None:
    """The mean absolute error is torch's, at a difference of 0 too."""
    ŷ, y = tensor(6), tensor(6, seed=1)
    with torch.no_grad():
        ŷ[2] = y[2]
    env = losses("mae", "y_hat", F.l1_loss(ŷ, y), ŷ, y)
    same(env["dy"], y.grad)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
def test_huber(delta: float) -> None:
    """Huber's loss is torch's, on both sides of δ."""
    ŷ, y = tensor(8), tensor(8, seed=1).detach()
    losses("huber", "y_hat", F.huber_loss(ŷ, y, delta=delta), ŷ, y, delta=delta)


def test_hinge() -> None:
    """The hinge loss is the mean of max(0, 1 − y·s), by torch's own clamp."""
    s = tensor(8)
    y = torch.tensor([1.0, -1.0] * 4, dtype=DOUBLE)
    losses("hinge", "s", (1 - y * s).clamp(min=0).mean(), s, y)


# ---- recurrent cells

CELLS = {"lstm": torch.nn.LSTM, "projected_lstm": partial(torch.nn.LSTM, proj_size=2), "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("kind", list(CELLS))
def test_recurrent(kind: str, steps: int) -> None:
    """Over one and several steps, states and gradients of inputs, starting state and all weights are torch's."""
    torch.manual_seed(steps)
    units = 4 if kind == "projected_lstm" else 2
    cell = CELLS[kind](3, units).to(DOUBLE)
    x, h0, c0 = tensor(steps, 3), tensor(1, 2, seed=1), tensor(1, units, seed=2)
    ε = tensor(steps, 2, seed=3).detach()
    h, _ = cell(x, (h0, c0) if "lstm" in kind else h0)
    (h * ε).sum().backward()

    parameters = dict(cell.named_parameters())
    env = from_torch(kind, {name: p.tolist() for name, p in parameters.items()})
    env |= {"h[0]": h0[0].tolist(), "c[0]": c0[0].tolist()}
    for t in range(1, steps + 1):
        env |= {f"x[{t}]": x[t - 1].tolist(), f"e[{t}]": ε[t - 1].tolist()}
    env = both_ways(kind, env, steps)

    for t in range(1, steps + 1):
        same(env[f"h[{t}]"], h[t - 1])
        same(env[f"dx[{t}]"], x.grad[t - 1])
    same(env["dh[0]|1"], h0.grad[0])
    if "lstm" in kind:
        same(env["dc[0]|1"], c0.grad[0])
    gradients = to_torch(kind, env)
    assert set(gradients) == set(parameters)
    for name, parameter in parameters.items():
        same(gradients[name], parameter.grad)


def test_lstm_gates_and_cells() -> None:
    """Every gate, before and after its function, and every cell has autograd's total gradient at every step."""
    steps, inputs, hidden = 3, 2, 2
    rng = random.Random(5)

    def matrix(*shape: int) -> Any:
        if len(shape) == 1:
            return [rng.uniform(-1, 1) for _ in range(shape[0])]
        return [matrix(*shape[1:]) for _ in range(shape[0])]

    env: dict[str, Tensor] = {"h[0]": matrix(hidden), "c[0]": matrix(hidden)}
    for letter in "ifgo":
        env |= {f"W_x{letter}": matrix(hidden, inputs), f"W_h{letter}": matrix(hidden, hidden)}
        env[f"b_{letter}"] = matrix(hidden)
    for t in range(1, steps + 1):
        env |= {f"x[{t}]": matrix(inputs), f"e[{t}]": matrix(hidden)}

    # the cell written out by hand in torch, every intermediate value kept
    kept: dict[str, Any] = {}
    given = {name: torch.tensor(value, dtype=DOUBLE) for name, value in env.items()}
    h, c, loss = given["h[0]"].requires_grad_(), given["c[0]"].requires_grad_(), 0.0
    for t in range(1, steps + 1):
        for letter in "ifgo":
            before = given[f"W_x{letter}"] @ given[f"x[{t}]"] + given[f"W_h{letter}"] @ h + given[f"b_{letter}"]
            kept[f"a_{letter}[{t}]"] = before
            kept[f"{letter}[{t}]"] = torch.tanh(before) if letter == "g" else torch.sigmoid(before)
        c = kept[f"f[{t}]"] * c + kept[f"i[{t}]"] * kept[f"g[{t}]"]
        h = kept[f"o[{t}]"] * torch.tanh(c)
        kept[f"c[{t}]"], kept[f"h[{t}]"] = c, h
        loss = loss + (h * given[f"e[{t}]"]).sum()
    for value in kept.values():
        value.retain_grad()
    loss.backward()

    env = both_ways("lstm", env, steps)
    for name, value in kept.items():
        same(env[name], value)
        same(env[f"d{name}"], value.grad)


# ---- what is printed


def printed(kind: str) -> dict[str, str]:
    """The gradients' right sides by their left sides, as text."""
    return dict(e.unicode().split(" = ", 1) for e in equation_set(kind).gradients)


def test_homework_16() -> None:
    """The LSTM's formulas are the sheet's, with what comes back from step t + 1 beside them."""
    found = printed("lstm")
    assert found["∂E/∂oₜ"] == "δₜ ⊙ tanh(cₜ)"
    assert found["∂E/∂cₜ"] == "δₜ ⊙ oₜ ⊙ (1 − tanh²(cₜ)) + ∂E/∂cₜ₊₁ ⊙ fₜ₊₁"
    assert found["∂E/∂iₜ"] == "∂E/∂cₜ ⊙ gₜ"
    assert found["∂E/∂gₜ"] == "∂E/∂cₜ ⊙ iₜ"
    assert found["∂E/∂fₜ"] == "∂E/∂cₜ ⊙ cₜ₋₁"
    assert found["∂E/∂cₜ₋₁|ₜ"] == "∂E/∂cₜ ⊙ fₜ"
    for letter, before in zip("ifgo", ("î", "f̂", "ĝ", "ô"), strict=True):
        assert found[f"∂E/∂W_x{letter}"] == f"Σₜ ∂E/∂{before}ₜ xₜᵀ"
        assert found[f"∂E/∂W_h{letter}"] == f"Σₜ ∂E/∂{before}ₜ hₜ₋₁ᵀ"
        assert found[f"∂E/∂b_{letter}"] == f"Σₜ ∂E/∂{before}ₜ"


def test_lstm_latex() -> None:
    """The same equations are written in LaTeX from the same expressions."""
    found = {e.name: e.latex() for e in equation_set("lstm").gradients}
    assert found["output gate"] == r"\frac{\partial E}{\partial o_{t}} = \delta_{t} \odot \tanh(c_{t})"
    assert found["cell before"] == (
        r"\left.\frac{\partial E}{\partial c_{t-1}}\right|_{t} = \frac{\partial E}{\partial c_{t}} \odot f_{t}"
    )
    assert found["input gate, W_h"] == (
        r"\frac{\partial E}{\partial W_{hi}} = "
        r"\sum_{t=1}^{T} \frac{\partial E}{\partial \hat{\imath}_{t}} h_{t-1}^{\top}"
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("linear", "∂E/∂W = δ xᵀ"),
        ("sigmoid", "∂E/∂x = δ ⊙ y ⊙ (1 − y)"),
        ("tanh", "∂E/∂x = δ ⊙ (1 − y²)"),
        ("relu", "∂E/∂x = δ ⊙ 1[x > 0]"),
        ("softmax", "∂E/∂zᵢ = pᵢ·(δᵢ − Σₖ δₖ·pₖ)"),
        ("softmax_cross_entropy", "∂E/∂zᵢ = pᵢ − yᵢ"),
        ("mse", "∂E/∂ŷₖ = (2/n)·(ŷₖ − yₖ)"),
        ("bce", "∂E/∂zₖ = (1/n)·(pₖ − yₖ)"),
        ("mae", "∂E/∂ŷₖ = (1/n)·sign(ŷₖ − yₖ)"),
        ("huber", "∂E/∂ŷₖ = (1/n)·(dₖ if |dₖ| ≤ δ, else δ·sign(dₖ))"),
        ("hinge", "∂E/∂sₖ = −(1/n)·yₖ·1[1 − yₖ·sₖ > 0]"),
        ("conv", "∂E/∂W[o, c, u, v] = Σ_{i,j} δ[o, i, j]·x[c, S·i + D·u − P, S·j + D·v − P]"),
        ("conv", "∂E/∂x[c, p, q] = Σ_{o,u,v} δ[o, (p + P − D·u)/S, (q + P − D·v)/S]·W[o, c, u, v]"),
    ],
)
def test_printed_as_in_a_textbook(kind: str, text: str) -> None:
    """Each gradient is printed as a textbook has it."""
    assert text in [equation.unicode() for equation in equation_set(kind).gradients]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_renders_in_every_style(kind: str) -> None:
    """Every kind has text, LaTeX with balanced braces, Markdown and JSON, with and without the gradients."""
    found = equation_set(kind)
    data = json.loads(write(Equations(found, True).as_document(), "json"))
    assert len(data["forward"]) == len(found.forward)
    assert len(data["gradients"]) == len(found.gradients)
    assert "gradients" not in json.loads(write(Equations(found, False).as_document(), "json"))
    text, tex, markdown = (write(Equations(found, True).as_document(), style) for style in ("table", "latex", "markdown"))
    joined = re.sub(r" && \\text\{[^}]*\}| \\\\\n  &(\\quad)?", "", tex).replace(" ", "")
    for equation in found.forward + found.gradients:
        assert equation.expr.show(False) in text
        # A long right side is broken at its signs; nothing of it is lost.
        assert f"{equation.lhs.show(True)} &= {equation.expr.show(True)}".replace(" ", "") in joined
        assert f"${equation.latex()}$" in markdown
        for opening, closing in ("{}", "()"):
            assert equation.latex().count(opening) == equation.latex().count(closing)
        assert equation.latex().isascii()
    assert len(write(Equations(found, False).as_document())) < len(text)
    assert len(re.findall(r"\\begin\{align\*\}", tex)) == 2


def test_every_letter_is_explained() -> None:
    """Every symbol that stands alone in the legend stands in an equation too."""
    for kind in KINDS:
        found: EquationSet = equation_set(kind)
        together = " ".join(e.unicode() for e in found.forward + found.gradients)
        for symbol, _ in found.symbols:
            assert symbol.show(False) in together, kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dense", "linear"), ("fc", "linear"), ("Inner_Product", "linear"), ("Conv2D", "conv2d"), ("convolution", "conv"),
        ("conv1d", "conv1d"), ("logistic", "sigmoid"), ("simplernn", "rnn"), ("cross_entropy", "softmax_cross_entropy"),
        ("CategoricalCrossentropy", "softmax_cross_entropy"), ("binary_cross_entropy", "bce"), ("BCEWithLogitsLoss", "bce"),
        ("mean_squared_error", "mse"), ("l1", "mae"), ("HuberLoss", "huber"), ("hinge_loss", "hinge"),
    ],
)  # fmt: skip
def test_the_names_that_others_use(name: str, kind: str) -> None:
    """A layer has the names of the notation, a loss those of the libraries."""
    assert equation_set(name).title == equation_set(kind).title


def test_a_layer_without_equations_is_refused() -> None:
    """A known layer whose equations are not here is refused as an unknown word is."""
    with pytest.raises(ValueFault, match="no equations for 'maxpool'"):
        equation_set("maxpool")


# ---- refusals


def test_unknown_kind() -> None:
    """An unknown kind is refused with the nearest known one."""
    with pytest.raises(ValueFault, match="no equations for 'lstn'; there are some for linear, conv,") as caught:
        equation_set("lstn")
    assert caught.value.repairs == ("lstm",)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"x": [1.0], "W": [[1.0]]}, "b has no value"),
        ({"x": [1.0, 2.0], "W": [[1.0]], "b": [1.0]}, "a matrix of 1 × 1 does not multiply a tensor of 2"),
        ({"x": [1.0], "W": [1.0], "b": [1.0]}, "a matrix is needed, not a tensor of 1 axes"),
        (
            {"x": [1.0], "W": [[1.0]], "b": [1.0, 2.0]},
            "tensors of 1 and 2 do not correspond element by element",
        ),
    ],
)
def test_what_does_not_fit_is_said(env: dict[str, Tensor], message: str) -> None:
    """A missing name and sizes that do not fit are errors in words."""
    forward: list[Equation] = equation_set("linear").forward
    with pytest.raises(ValueFault) as caught:
        evaluate(forward, env)
    assert str(caught.value) == message


def test_no_library_is_needed() -> None:
    """Printing and evaluating equations imports neither torch nor sympy nor numpy."""
    code = (
        "import sys; from archcalc.homework.calculus.equations import *; from archcalc.report import write\n"
        "env = {'x': [1.0], 'W': [[2.0]], 'b': [0.5], 'dy': [1.0]}\n"
        "found = equation_set('linear'); evaluate(found.forward + found.gradients, env)\n"
        "equations('linear', gradients=True).text('latex')\n"
        "print([m for m in ('torch', 'sympy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
