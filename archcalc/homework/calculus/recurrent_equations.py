"""Equations of recurrent cells over time steps, gates in torch's order, and their weights in torch's layout.

One sample; the loss E reaches hₜ directly by εₜ (a layer above, or a loss at that step) and through step t
+ 1. Sources: Hochreiter and Schmidhuber 1997, Gers et al. 2000, Cho et al. 2014; torch.nn.LSTM, GRU, RNN.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add

from archcalc.homework.calculus.equations import Equation, EquationSet
from archcalc.homework.calculus.functions import SIGMOID, TANH, Apply, OverTime
from archcalc.homework.calculus.lists import Tensor
from archcalc.homework.calculus.tensors import Expr, Outer, Symbol, Zeros
from archcalc.text.faults import ValueFault

ORDER = {"lstm": "ifgo", "projected_lstm": "ifgo", "gru": "rzn", "rnn": "h"}
"""The gates in the order in which torch stacks their rows in weight_ih_l0, weight_hh_l0 and the biases."""

_HATS = {"i": "î", "f": "f̂", "g": "ĝ", "o": "ô", "r": "r̂", "z": "ẑ", "n": "n̂", "h": "ĥ"}
_TEX_HATS = {"i": r"\hat{\imath}"}

NOTES = (
    "ε is what a loss or a layer above sends to h at its own step; the rest of δ comes back from step t + 1.",
    "…|ₜ is the part that flows through step t; at t = 1 it is the whole gradient of the starting state.",
    "torch has two biases, which are added; each has the gradient of their sum.",
)


def _at(letter: str) -> Symbol:
    return Symbol(letter, letter, letter, "t")


def _before(letter: str) -> Symbol:
    return Symbol("a_" + letter, _HATS[letter], _TEX_HATS.get(letter, rf"\hat{{{letter}}}"), "t")


def _weight(kind: str, letter: str) -> Symbol:
    # an RNN has one gate, which needs no letter
    below = kind[2:] + ("" if letter == "h" else letter)
    name = kind[:1] + (f"_{below}" if below else "")
    return Symbol(name, name, kind[:1] + (f"_{{{below}}}" if below else ""))


x, h, c = _at("x"), _at("h"), _at("c")
δ = Symbol("dh", "δ", r"\delta", "t")
ε = Symbol("e", "ε", r"\varepsilon", "t")
_NAMES = {
    "i": "input gate", "f": "forget gate", "g": "cell gate", "o": "output gate",
    "r": "reset gate", "z": "update gate", "n": "new gate", "h": "state",
}  # fmt: skip


def _total(terms: list[Expr]) -> Expr:
    return reduce(add, terms)


def _before_gate(letter: str) -> Equation:
    total = _weight("W_x", letter) @ x + _weight("W_h", letter) @ h.at("t-1") + _weight("b", letter)
    return Equation(f"{_NAMES[letter]}, before", _before(letter), total, "forward")


def _through_sigmoid(letter: str) -> Equation:
    gate = _at(letter)
    slope = gate.grad * gate * (1 - gate)
    return Equation(f"{_NAMES[letter]}, before", _before(letter).grad, slope, "backward")


def _through_tanh(letter: str, arriving: Symbol) -> Equation:
    slope = arriving * (1 - _at(letter) ** 2)
    return Equation(f"{_NAMES[letter]}, before", _before(letter).grad, slope, "backward")


def _beyond(symbol: Symbol, like: Symbol) -> Equation:
    return Equation("beyond the last step", symbol.at("T+1"), Zeros(like))


def _weights(letter: str, before: Symbol | None = None) -> list[Equation]:
    """The gradients of one gate's weights and bias, summed over the steps."""
    arriving = before or _before(letter).grad
    name = _NAMES[letter]
    return [
        Equation(f"{name}, W_x", _weight("W_x", letter).grad, OverTime(Outer(arriving, x))),
        Equation(f"{name}, W_h", _weight("W_h", letter).grad, OverTime(Outer(arriving, h.at("t-1")))),
        Equation(f"{name}, b", _weight("b", letter).grad, OverTime(arriving)),
    ]


def _back(kind: str, letters: str, time: str) -> list[Expr]:
    return [_weight(kind, letter).T @ _before(letter).grad.at(time) for letter in letters]


def _through(symbol: Symbol) -> Symbol:
    """∂E/∂ the symbol's value at step t − 1, by way of step t."""
    part = symbol.at("t-1").grad
    return Symbol(part.key, part.text, part.tex, part.time, gradient=True, by_way=True)


_START = h.at("0")
_COMMON: list[tuple[Expr, str]] = [
    (x, "the input at step t, t = 1 … T"),
    (h, "the state, which is the output"),
    (δ, "∂E/∂hₜ, E the loss"),
    (ε, "what the loss sends to hₜ directly"),
]


def lstm(projected: bool = False) -> EquationSet:
    """Long short-term memory, with forget gate, without peepholes, as in torch.nn.LSTM.

    Where its hidden units are `projected`, the state is W_r·m of them, and the gradient comes to them through W_r.
    """
    i, f, g, o = (_at(letter) for letter in "ifgo")
    before, after = c.at("t-1"), c.at("t+1")
    units, W_r = (_at("m"), _weight("W_r", "h")) if projected else (h, None)
    arriving = units.grad if projected else δ
    forward = [
        *(_before_gate(letter) for letter in "ifgo"),
        *(Equation(_NAMES[n], _at(n), Apply(TANH if n == "g" else SIGMOID, _before(n)), "forward") for n in "ifgo"),
        Equation("cell", c, f * before + i * g, "forward"),
        Equation("hidden units" if projected else "state", units, o * Apply(TANH, c), "forward"),
        *([] if W_r is None else [Equation("state", h, W_r @ units, "forward")]),
    ]
    to_cell = arriving * o * (1 - Apply(TANH, c) ** 2) + after.grad * f.at("t+1")
    gradients = [
        *(_beyond(_before(letter).grad, c.at("0")) for letter in "ifgo"),
        _beyond(c.grad, c.at("0")),
        _beyond(f, c.at("0")),
        Equation("state", δ, _total([ε, *_back("W_h", "ifgo", "t+1")]), "backward"),
        *([] if W_r is None else [Equation("hidden units", units.grad, W_r.T @ δ, "backward")]),
        Equation("output gate", o.grad, arriving * Apply(TANH, c), "backward"),
        Equation("cell", c.grad, to_cell, "backward"),
        Equation("input gate", i.grad, c.grad * g, "backward"),
        Equation("cell gate", g.grad, c.grad * i, "backward"),
        Equation("forget gate", f.grad, c.grad * before, "backward"),
        *(_through_sigmoid(n) if n != "g" else _through_tanh(n, g.grad) for n in "ifgo"),
        Equation("cell before", _through(c), c.grad * f, "backward"),
        Equation("state before", _through(h), _total(_back("W_h", "ifgo", "t")), "backward"),
        Equation("input", x.grad, _total(_back("W_x", "ifgo", "t")), "backward"),
        *(equation for letter in "ifgo" for equation in _weights(letter)),
        *([] if W_r is None else [Equation("projection, W_r", W_r.grad, OverTime(Outer(δ, units)))]),
    ]
    symbols = [
        *_COMMON[:2],
        *([] if W_r is None else [(units, "the hidden units"), (W_r, "what projects them to the state")]),
        (c, "the cell"),
        *((_at(n), f"the {_NAMES[n]}") for n in "ifgo"),
        (_before("i"), "what a gate's function is applied to; so for f, g, o"),
        *_COMMON[2:],
    ]
    return EquationSet("LSTM cell with a projected state" if projected else "LSTM cell", forward, gradients, symbols, NOTES)


def projected_lstm() -> EquationSet:
    """The same with a projected state, as in torch.nn.LSTM with proj_size."""
    return lstm(projected=True)


def gru() -> EquationSet:
    """The gated recurrent unit as in torch.nn.GRU: the reset gate acts after the recurrent product."""
    r, z, n = (_at(letter) for letter in "rzn")
    m = Symbol("m", "m", "m", "t")
    b_x, b_h = Symbol("b_xn", "b_xn", "b_{xn}"), Symbol("b_hn", "b_hn", "b_{hn}")
    W_x, W_h = _weight("W_x", "n"), _weight("W_h", "n")
    last = h.at("t-1")
    forward = [
        _before_gate("r"),
        _before_gate("z"),
        Equation("reset gate", r, Apply(SIGMOID, _before("r")), "forward"),
        Equation("update gate", z, Apply(SIGMOID, _before("z")), "forward"),
        Equation("memory", m, W_h @ last + b_h, "forward"),
        Equation("new gate, before", _before("n"), W_x @ x + b_x + r * m, "forward"),
        Equation("new gate", n, Apply(TANH, _before("n")), "forward"),
        Equation("state", h, (1 - z) * n + z * last, "forward"),
    ]
    after = [
        ε,
        δ.at("t+1") * z.at("t+1"),
        *_back("W_h", "rz", "t+1"),
        W_h.T @ m.grad.at("t+1"),
    ]
    before = [δ * z, *_back("W_h", "rz", "t"), W_h.T @ m.grad]
    arriving = _before("n").grad
    gradients = [
        *(_beyond(_before(letter).grad, _START) for letter in "rz"),
        *(_beyond(symbol, _START) for symbol in (m.grad, δ, z)),
        Equation("state", δ, _total(after), "backward"),
        Equation("update gate", z.grad, δ * (last - n), "backward"),
        Equation("new gate", n.grad, δ * (1 - z), "backward"),
        _through_tanh("n", n.grad),
        Equation("reset gate", r.grad, arriving * m, "backward"),
        Equation("memory", m.grad, arriving * r, "backward"),
        _through_sigmoid("r"),
        _through_sigmoid("z"),
        Equation("state before", _through(h), _total(before), "backward"),
        Equation("input", x.grad, _total(_back("W_x", "rzn", "t")), "backward"),
        *_weights("r"),
        *_weights("z"),
        Equation("new gate, W_x", W_x.grad, OverTime(Outer(arriving, x))),
        Equation("new gate, W_h", W_h.grad, OverTime(Outer(m.grad, last))),
        Equation("new gate, b_x", b_x.grad, OverTime(arriving)),
        Equation("new gate, b_h", b_h.grad, OverTime(m.grad)),
    ]
    symbols = [
        *_COMMON[:2],
        *((_at(letter), f"the {_NAMES[letter]}") for letter in "rzn"),
        (m, "what the reset gate acts on"),
        (_before("r"), "what a gate's function is applied to; so for z, n"),
        *_COMMON[2:],
    ]
    notes = (
        *NOTES[:2],
        "torch has two biases in the gates r and z too, which are added; each has the gradient of their sum.",
    )
    return EquationSet("GRU cell", forward, gradients, symbols, notes)


def rnn() -> EquationSet:
    """The simple recurrent cell with tanh, as in torch.nn.RNN."""
    forward = [_before_gate("h"), Equation("state", h, Apply(TANH, _before("h")), "forward")]
    gradients = [
        _beyond(_before("h").grad, _START),
        Equation("state", δ, _total([ε, *_back("W_h", "h", "t+1")]), "backward"),
        _through_tanh("h", δ),
        Equation("state before", _through(h), _total(_back("W_h", "h", "t")), "backward"),
        Equation("input", x.grad, _total(_back("W_x", "h", "t")), "backward"),
        *_weights("h"),
    ]
    symbols = [*_COMMON[:2], (_before("h"), "what tanh is applied to"), *_COMMON[2:]]
    return EquationSet("RNN cell", forward, gradients, symbols, NOTES)


def from_torch(kind: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The environment of a cell's weights from torch's: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, and
    weight_hr_l0 where it projects its state, as nested lists.
    """
    letters = ORDER[kind]
    env: dict[str, Tensor] = {"W_r": weights["weight_hr_l0"]} if "weight_hr_l0" in weights else {}
    parts = {name: _split(tensor, len(letters)) for name, tensor in weights.items() if name != "weight_hr_l0"}
    for k, letter in enumerate(letters):
        env[_weight("W_x", letter).key] = parts["weight_ih_l0"][k]
        env[_weight("W_h", letter).key] = parts["weight_hh_l0"][k]
        from_x, from_h = parts["bias_ih_l0"][k], parts["bias_hh_l0"][k]
        if kind == "gru" and letter == "n":
            env["b_xn"], env["b_hn"] = from_x, from_h
        else:
            both = zip(from_x, from_h, strict=True)
            env[_weight("b", letter).key] = [_number(u) + _number(v) for u, v in both]
    return env


def to_torch(kind: str, env: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The gradients of a cell's weights as torch stacks them."""
    gathered: dict[str, list[Tensor]] = {}
    for letter in ORDER[kind]:
        split = kind == "gru" and letter == "n"
        for name, key in (
            ("weight_ih_l0", _weight("W_x", letter).key),
            ("weight_hh_l0", _weight("W_h", letter).key),
            ("bias_ih_l0", "b_xn" if split else _weight("b", letter).key),
            ("bias_hh_l0", "b_hn" if split else _weight("b", letter).key),
        ):
            part = env[f"d{key}"]
            assert isinstance(part, list)
            gathered.setdefault(name, []).extend(part)
    return dict(gathered) | ({"weight_hr_l0": env["dW_r"]} if "dW_r" in env else {})


def _split(tensor: Tensor, count: int) -> list[list[Tensor]]:
    if not isinstance(tensor, list) or len(tensor) % count:
        raise ValueFault(f"the rows of a weight do not divide among {count} gates", "a weight with as many rows for each gate")
    size = len(tensor) // count
    return [tensor[k * size : (k + 1) * size] for k in range(count)]


def _number(x: Tensor) -> float:
    assert not isinstance(x, list)
    return x
