"""The gates of a computational graph: each one's value, its local derivatives, how it is written, and
the rule in words.

Local derivatives are those of any calculus book; the reading of gates as things that distribute, swap,
route and copy is that of the CS231n notes ("Backpropagation, Intuitions"). Where a gate has no
derivative the value used is torch's.

In the written forms {0} and {1} are the operands, {k} the one differentiated by, {y} the gate's own
value, {all} every operand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Protocol

from archcalc.text.faults import ValueFault

Values = Sequence[float]


class Term(Protocol):
    """A value of torch's or of sympy's: what takes part in arithmetic."""

    def __neg__(self) -> Term: ...
    def __add__(self, other: Term | float, /) -> Term: ...
    def __radd__(self, other: float, /) -> Term: ...
    def __sub__(self, other: Term | float, /) -> Term: ...
    def __rsub__(self, other: float, /) -> Term: ...
    def __mul__(self, other: Term | float, /) -> Term: ...
    def __rmul__(self, other: float, /) -> Term: ...
    def __truediv__(self, other: Term | float, /) -> Term: ...
    def __rtruediv__(self, other: float, /) -> Term: ...
    def __pow__(self, other: Term | float, /) -> Term: ...


@dataclass(frozen=True)
class Gate:
    """One operation. `forward` gives the value, `local` the derivative by operand k; both raise
    ValueFault where there is none.

    `kink` says why there is no one derivative at these operands and what is used; empty where the gate
    is smooth. `torch` and `sympy` build the same operation from a library that is passed in.
    """

    name: str
    text: str
    tex: str
    forward: Callable[[Values], float]
    local: Callable[[Values, float, int], float]
    local_text: tuple[str, ...]
    local_tex: tuple[str, ...]
    rule: str
    torch: Callable[[ModuleType, Sequence[Term]], Term]
    sympy: Callable[[ModuleType, Sequence[Term]], Term]
    kink: Callable[[Values], str] = lambda x: ""
    side: Callable[[Values], object] = lambda x: None
    """Which of its smooth pieces the gate is on: two points on the same side have no kink between them."""
    operands: int = 1
    more: bool = False
    """Whether it takes more operands than `operands`."""
    halves: bool = False
    """Whether its operands are outputs and then as many targets: {pair} is the other of a pair, {per} divides by their number."""

    def write(self, operands: Sequence[str], latex: bool = False) -> str:
        """The operation with its operands put in."""
        return _fill(self.tex if latex else self.text, operands, "", 0)

    def write_local(self, operands: Sequence[str], y: str, k: int, latex: bool = False) -> str:
        """The formula of the derivative by operand k."""
        forms = self.local_tex if latex else self.local_text
        place = 2 * k // len(operands) if self.halves else k
        return _fill(forms[min(place, len(forms) - 1)], operands, y, k)


# Where the operand stands inside brackets of the form's own, and a minus needs none.
_ENCLOSED = ("({0})", "{all}", "|{0}|", "{{{0}}}", "[{k}", "[{0}", r"\lvert {0}")


def bracket(text: str) -> str:
    """A number as it stands beside an operator: (−2), 3, (1.5e−7)."""
    return f"({text})" if re.match(r"[−-]|[\d.]+(e| .cdot)", text) else text


def _fill(form: str, operands: Sequence[str], y: str, k: int) -> str:
    if not any(enclosed in form for enclosed in _ENCLOSED) or "^" in form:
        operands = [bracket(o) for o in operands]
    n = len(operands) // 2
    pair = operands[(k + n) % len(operands)]
    return form.format(*operands, y=y, k=operands[k], all=", ".join(operands), pair=pair, place=k, **_mean(n))


def _mean(n: int) -> dict[str, str]:
    """The division by how many pairs there are, as it is written behind or in front; nothing for one."""
    return {"per": f"/{n}" if n > 1 else "", "mean": rf"\frac{{1}}{{{n}}} " if n > 1 else ""}


def short(x: float) -> str:
    """A number as it stands in a sentence."""
    return f"{x:.6g}".replace("-", "−")


def _divide(x: Values) -> float:
    if x[1] == 0:
        raise ValueFault("a division by zero", "another value for what it is divided by")
    return x[0] / x[1]


def _power(x: Values) -> float:
    base, exponent = x
    if base == 0 and exponent < 0:
        raise ValueFault(f"0 to the power {short(exponent)} is a division by zero", "a base that is not 0")
    if base < 0 and not exponent.is_integer():
        raise ValueFault(
            f"{short(base)} to the power {short(exponent)} is not a real number", "a whole exponent, or a positive base"
        )
    return math.pow(base, exponent)


def _power_local(x: Values, y: float, k: int) -> float:
    base, exponent = x
    if k == 0:
        if exponent == 0:
            return 0.0
        if base == 0 and exponent < 1:
            raise ValueFault(f"the power {short(exponent)} has an infinite derivative at 0", "another value than 0")
        return exponent * math.pow(base, exponent - 1)
    if base < 0:
        raise ValueFault(
            f"the derivative by the exponent is that of a logarithm, and the base is {short(base)}", "a positive base"
        )
    return y * math.log(base) if base else 0.0


def _power_kink(x: Values) -> str:
    if x[0] == 0 and x[1] == 0:
        return "0 to the power 0 has no derivative by either part; 0 is used, as torch does"
    return ""


def _log(x: Values) -> float:
    if x[0] <= 0:
        raise ValueFault(f"the logarithm of {short(x[0])}; it takes positive numbers only", "a positive number")
    return math.log(x[0])


def _log_base(x: float, base: float) -> float:
    if base <= 0 or base == 1:
        raise ValueFault(f"{short(base)} is no base of a logarithm; it is positive and not 1", "log2, log10 or log(x)")
    return _log((x,)) / math.log(base)


def _log_base_local(x: Values, y: float, k: int) -> float:
    return 1 / (x[0] * math.log(x[1])) if k == 0 else -y / (x[1] * math.log(x[1]))


def _sqrt(x: Values) -> float:
    if x[0] < 0:
        raise ValueFault(f"the square root of {short(x[0])}; it takes no negative number", "a number from 0 up")
    return math.sqrt(x[0])


def _sqrt_local(x: Values, y: float, k: int) -> float:
    if y == 0:
        raise ValueFault("the square root has an infinite derivative at 0", "another value than 0")
    return 0.5 / y


def sigmoid(x: float) -> float:
    """1/(1 + e^−x), written so that neither tail overflows."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def _shared(pick: Callable[[Values], float]) -> Callable[[Values, float, int], float]:
    def local(x: Values, y: float, k: int) -> float:
        return 1 / sum(v == pick(x) for v in x) if x[k] == pick(x) else 0.0

    return local


def _tie(name: str, pick: Callable[[Values], float]) -> Callable[[Values], str]:
    def kink(x: Values) -> str:
        tied = sum(v == pick(x) for v in x)
        if tied < 2:
            return ""
        return (
            f"{name} with {tied} operands equal to {short(pick(x))} has no one derivative; "
            f"the gradient is shared equally among the {tied}, as torch does"
        )

    return kink


def _winners(pick: Callable[[Values], float]) -> Callable[[Values], object]:
    return lambda x: tuple(v == pick(x) for v in x)


def _positive(x: Values) -> object:
    return x[0] > 0


def _relu_kink(x: Values) -> str:
    if x[0] != 0:
        return ""
    return "relu has no derivative at 0: 0 from the left, 1 from the right; 0 is used, as torch does"


def _abs_kink(x: Values) -> str:
    if x[0] != 0:
        return ""
    return "abs has no derivative at 0: −1 from the left, 1 from the right; 0 is used, as torch does"


def _sign(x: Values, y: float, k: int) -> float:
    return float((x[0] > 0) - (x[0] < 0))


CHAIN = "the gradient times the local derivative"

ADD = Gate(
    "add", "{0} + {1}", "{0} + {1}", lambda x: x[0] + x[1], lambda x, y, k: 1.0, ("1",), ("1",),
    "add distributes: each operand gets the gradient unchanged",
    lambda t, x: x[0] + x[1], lambda s, x: x[0] + x[1], operands=2,
)  # fmt: skip
SUBTRACT = Gate(
    "subtract", "{0} − {1}", "{0} - {1}", lambda x: x[0] - x[1], lambda x, y, k: 1.0 - 2 * k,
    ("1", "−1"), ("1", "-1"),
    "subtract distributes, with the sign turned for what is subtracted",
    lambda t, x: x[0] - x[1], lambda s, x: x[0] - x[1], operands=2,
)  # fmt: skip
MULTIPLY = Gate(
    "multiply", "{0}·{1}", r"{0} \cdot {1}", lambda x: x[0] * x[1], lambda x, y, k: x[1 - k],
    ("{1}", "{0}"), ("{1}", "{0}"), "multiply swaps: each operand gets the gradient times the other",
    lambda t, x: x[0] * x[1], lambda s, x: x[0] * x[1], operands=2,
)  # fmt: skip
DIVIDE = Gate(
    "divide", "{0}/{1}", r"\frac{{{0}}}{{{1}}}", _divide, lambda x, y, k: -y / x[1] if k else 1 / x[1],
    ("1/{1}", "−{0}/{1}²"), (r"\frac{{1}}{{{1}}}", r"-\frac{{{0}}}{{{1}^2}}"),
    f"divide: {CHAIN}", lambda t, x: x[0] / x[1], lambda s, x: x[0] / x[1], operands=2,
)  # fmt: skip
NEGATE = Gate(
    "negate", "−{0}", "-{0}", lambda x: -x[0], lambda x, y, k: -1.0, ("−1",), ("-1",),
    "negate turns the sign", lambda t, x: -x[0], lambda s, x: -x[0],
)  # fmt: skip
POWER = Gate(
    "power", "{0}^{1}", "{0}^{{{1}}}", _power, _power_local,
    ("{1}·{0}^({1} − 1)", "{y}·log({0})"), (r"{1} \cdot {0}^{{{1} - 1}}", r"{y} \cdot \log {0}"),
    f"power: {CHAIN}", lambda t, x: t.pow(x[0], x[1]), lambda s, x: x[0] ** x[1],
    kink=_power_kink, operands=2,
)  # fmt: skip
RECIPROCAL = Gate(
    "reciprocal", "1/{0}", r"\frac{{1}}{{{0}}}", lambda x: _divide((1.0, x[0])), lambda x, y, k: -y * y,
    ("−1/{0}²",), (r"-\frac{{1}}{{{0}^2}}",),
    f"reciprocal: {CHAIN}", lambda t, x: 1 / x[0], lambda s, x: 1 / x[0],
)  # fmt: skip
MAX = Gate(
    "max", "max({all})", r"\max({all})", max, _shared(max), ("[{k} = {y}]",), ("[{k} = {y}]",),
    "max routes: the largest operand gets the gradient, the others 0",
    lambda t, x: t.stack(list(x)).amax(), lambda s, x: s.Max(*x),
    kink=_tie("max", max), side=_winners(max), operands=2, more=True,
)  # fmt: skip
MIN = Gate(
    "min", "min({all})", r"\min({all})", min, _shared(min), ("[{k} = {y}]",), ("[{k} = {y}]",),
    "min routes: the smallest operand gets the gradient, the others 0",
    lambda t, x: t.stack(list(x)).amin(), lambda s, x: s.Min(*x),
    kink=_tie("min", min), side=_winners(min), operands=2, more=True,
)  # fmt: skip
EXP = Gate(
    "exp", "exp({0})", r"\exp({0})", lambda x: math.exp(x[0]), lambda x, y, k: y, ("{y}",), ("{y}",),
    f"exp: {CHAIN}, which is its own value", lambda t, x: t.exp(x[0]), lambda s, x: s.exp(x[0]),
)  # fmt: skip
LOG = Gate(
    "log", "log({0})", r"\log({0})", _log, lambda x, y, k: 1 / x[0], ("1/{0}",), (r"\frac{{1}}{{{0}}}",),
    f"log: {CHAIN}", lambda t, x: t.log(x[0]), lambda s, x: s.log(x[0]),
)  # fmt: skip
LOG_BASE = Gate(
    "log with a base", "log({0}, {1})", r"\log_{{{1}}}({0})",
    lambda x: _log_base(x[0], x[1]), lambda x, y, k: _log_base_local(x, y, k),
    ("1/({0}·log({1}))", "−{y}/({1}·log({1}))"), (r"\frac{{1}}{{{0} \cdot \log({1})}}", r"-\frac{{{y}}}{{{1} \cdot \log({1})}}"),
    f"log with a base: {CHAIN}", lambda t, x: t.log(x[0]) / t.log(x[1]), lambda s, x: s.log(x[0]) / s.log(x[1]), operands=2,
)  # fmt: skip


def _log_of(base: float) -> Gate:
    """The logarithm with a base that its name says."""
    b = short(base)
    return Gate(
        f"log{b}", f"log{b}({{0}})", rf"\log_{{{{{b}}}}}({{0}})",
        lambda x: _log_base(x[0], base), lambda x, y, k: 1 / (x[0] * math.log(base)),
        (f"1/({{0}}·log({b}))",), (rf"\frac{{{{1}}}}{{{{{{0}} \cdot \log({b})}}}}",), f"log with base {b}: {CHAIN}",
        lambda t, x: t.log(x[0]) / math.log(base), lambda s, x: s.log(x[0]) / s.log(s.Integer(int(base))),
    )  # fmt: skip


LOG2, LOG10 = _log_of(2), _log_of(10)
SQRT = Gate(
    "sqrt", "sqrt({0})", r"\sqrt{{{0}}}", _sqrt, _sqrt_local, ("1/(2·{y})",), (r"\frac{{1}}{{2 {y}}}",),
    f"sqrt: {CHAIN}", lambda t, x: t.sqrt(x[0]), lambda s, x: s.sqrt(x[0]),
)  # fmt: skip
SIGMOID = Gate(
    "sigmoid", "σ({0})", r"\sigma({0})", lambda x: sigmoid(x[0]), lambda x, y, k: y * (1 - y),
    ("{y}·(1 − {y})",), ("{y} (1 - {y})",),
    f"sigmoid: {CHAIN} σ(1 − σ)", lambda t, x: t.sigmoid(x[0]), lambda s, x: s.sigmoid(x[0]),
)  # fmt: skip
TANH = Gate(
    "tanh", "tanh({0})", r"\tanh({0})", lambda x: math.tanh(x[0]), lambda x, y, k: 1 - y * y,
    ("1 − {y}²",), ("1 - {y}^2",),
    f"tanh: {CHAIN} 1 − tanh²", lambda t, x: t.tanh(x[0]), lambda s, x: s.tanh(x[0]),
)  # fmt: skip
RELU = Gate(
    "relu", "relu({0})", r"\operatorname{{ReLU}}({0})", lambda x: max(x[0], 0.0),
    lambda x, y, k: float(x[0] > 0),
    ("[{0} > 0]",), ("[{0} > 0]",), "relu routes: the gradient passes where the operand is positive, else 0",
    lambda t, x: t.relu(x[0]), lambda s, x: s.Max(0, x[0]), kink=_relu_kink, side=_positive,
)  # fmt: skip
SIN = Gate(
    "sin", "sin({0})", r"\sin({0})", lambda x: math.sin(x[0]), lambda x, y, k: math.cos(x[0]),
    ("cos({0})",), (r"\cos({0})",), f"sin: {CHAIN}", lambda t, x: t.sin(x[0]), lambda s, x: s.sin(x[0]),
)  # fmt: skip
COS = Gate(
    "cos", "cos({0})", r"\cos({0})", lambda x: math.cos(x[0]), lambda x, y, k: -math.sin(x[0]),
    ("−sin({0})",), (r"-\sin({0})",), f"cos: {CHAIN}", lambda t, x: t.cos(x[0]), lambda s, x: s.cos(x[0]),
)  # fmt: skip
ABS = Gate(
    "abs", "|{0}|", r"\lvert {0} \rvert", lambda x: abs(x[0]), _sign,
    ("sign({0})",), (r"\operatorname{{sign}}({0})",),
    "abs keeps or turns the sign", lambda t, x: t.abs(x[0]), lambda s, x: s.Abs(x[0]),
    kink=_abs_kink, side=_positive,
)  # fmt: skip
COPY = Gate(
    "copy", "{0}", "{0}", lambda x: x[0], lambda x, y, k: 1.0, ("1",), ("1",),
    "copy adds: the gradients of all its uses are summed", lambda t, x: x[0], lambda s, x: x[0],
)  # fmt: skip


def softmax_of(x: Values) -> list[float]:
    """Softmax of some numbers, shifted by the largest so that nothing overflows."""
    top = max(x)
    powers = [math.exp(v - top) for v in x]
    return [p / math.fsum(powers) for p in powers]


@cache
def softmax(part: int) -> Gate:
    """One part of a softmax: exp of its operand over the sum of all."""

    def local(x: Values, y: float, k: int) -> float:
        return y * ((k == part) - softmax_of(x)[k])

    own, other = "{y}·(1 − {y})", "−{y}·softmax({all})[{place}]"
    own_tex, other_tex = "{y} (1 - {y})", r"-{y} \operatorname{{softmax}}({all})_{{{place}}}"
    return Gate(
        "softmax", f"softmax({{all}})[{part}]", rf"\operatorname{{{{softmax}}}}({{all}})_{{{{{part}}}}}",
        lambda x: softmax_of(x)[part], local,
        tuple(own if k == part else other for k in range(MOST_PARTS)),
        tuple(own_tex if k == part else other_tex for k in range(MOST_PARTS)),
        "softmax: the gradient times p(1 − p) of its own operand, −p·p′ of the others",
        lambda t, x: t.softmax(t.stack(list(x)), 0)[part],
        lambda s, x: s.exp(x[part]) / sum((s.exp(v) for v in x), s.Integer(0)),
        operands=2, more=True,
    )  # fmt: skip


MOST_PARTS = 1000
FUNCTIONS: dict[str, Gate] = {gate.name: gate for gate in (MAX, MIN, EXP, LOG, SQRT, SIGMOID, TANH, RELU, SIN, COS, ABS)} | {
    "pow": POWER,
    "neg": NEGATE,
    "σ": SIGMOID,
    "ln": LOG,
    "log2": LOG2,
    "log10": LOG10,
    "lg": LOG10,
}
