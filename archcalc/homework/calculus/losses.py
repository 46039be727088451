"""Losses as gates: outputs and then as many targets, the mean over the pairs (the sum over classes for the cross-entropy).

Values and derivatives are torch's: mse_loss, l1_loss, huber_loss, binary_cross_entropy; the equations stand in `loss_equations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

from archcalc.homework.calculus.gates import CHAIN, Gate, Term, Values, short, softmax_of
from archcalc.text.faults import ValueFault


def _pairs(x: Values) -> Iterator[tuple[float, float]]:
    n = len(x) // 2
    return zip(x[:n], x[n:], strict=True)


def _mean(of: Callable[[float, float], float]) -> Callable[[Values], float]:
    return lambda x: math.fsum(of(a, y) for a, y in _pairs(x)) / (len(x) // 2)


Pairwise = Callable[[float, float], float]


def _slope(by_output: Pairwise, by_target: Pairwise) -> Callable[[Values, float, int], float]:
    def local(x: Values, value: float, k: int) -> float:
        n = len(x) // 2
        return by_output(x[k], x[k + n]) / n if k < n else by_target(x[k - n], x[k]) / n

    return local


def _halves(t: ModuleType, x: Sequence[Term]) -> tuple[Term, Term]:
    n = len(x) // 2
    return t.stack(list(x[:n])), t.stack(list(x[n:]))


def _symbols(s: ModuleType, x: Sequence[Term], of: Callable[[Term, Term], Term]) -> Term:
    n = len(x) // 2
    return sum((of(a, y) for a, y in zip(x[:n], x[n:], strict=True)), s.Integer(0)) / n


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


MSE = Gate(
    "mse", "mse({all})", r"\operatorname{{MSE}}({all})", _mean(lambda a, y: (a - y) ** 2),
    _slope(lambda a, y: 2 * (a - y), lambda a, y: 2 * (y - a)),
    ("2·({k} − {pair}){per}", "2·({k} − {pair}){per}"), (r"{mean}2 ({k} - {pair})",) * 2,
    f"mean squared error: {CHAIN}, twice the difference",
    lambda t, x: t.nn.functional.mse_loss(*_halves(t, x)), lambda s, x: _symbols(s, x, lambda a, y: (a - y) ** 2),
    operands=2, more=True, halves=True,
)  # fmt: skip


def _mae_kink(x: Values) -> str:
    if all(a != y for a, y in _pairs(x)):
        return ""
    return "mae has no derivative where an output is its target: −1 below, 1 above; 0 is used, as torch does"


MAE = Gate(
    "mae", "mae({all})", r"\operatorname{{MAE}}({all})", _mean(lambda a, y: abs(a - y)),
    _slope(lambda a, y: _sign(a - y), lambda a, y: _sign(y - a)),
    ("sign({k} − {pair}){per}",) * 2, (r"{mean}\operatorname{{sign}}({k} - {pair})",) * 2,
    f"mean absolute error: {CHAIN}, the sign of the difference",
    lambda t, x: t.nn.functional.l1_loss(*_halves(t, x)), lambda s, x: _symbols(s, x, lambda a, y: s.Abs(a - y)),
    kink=_mae_kink, side=lambda x: tuple(a > y for a, y in _pairs(x)), operands=2, more=True, halves=True,
)  # fmt: skip


def huber(threshold: float) -> Gate:
    """Huber's loss: half the square of the difference, straight beyond the threshold. Source: Huber 1964, as torch has it."""

    def each(a: float, y: float) -> float:
        size = abs(a - y)
        return size * size / 2 if size <= threshold else threshold * (size - threshold / 2)

    def cut(difference: float) -> float:
        return max(-threshold, min(threshold, difference))

    def symbolic(s: ModuleType, x: Sequence[Term]) -> Term:
        def one(a: Term, y: Term) -> Term:
            straight = threshold * (s.Abs(a - y) - threshold / 2)
            made: Term = s.Piecewise(((a - y) ** 2 / 2, s.Abs(a - y) <= threshold), (straight, True))
            return made

        return _symbols(s, x, one)

    d = short(threshold)
    return Gate(
        "huber", f"huber({{all}}; {d})", rf"\operatorname{{{{Huber}}}}_{{{{{d}}}}}({{all}})", _mean(each),
        _slope(lambda a, y: cut(a - y), lambda a, y: cut(y - a)),
        (f"({{k}} − {{pair}} cut off at ±{d}){{per}}",) * 2,
        (r"{mean}\operatorname{{clip}}_{{\pm " + d + r"}}({k} - {pair})",) * 2,
        f"Huber loss: {CHAIN}, the difference cut off",
        lambda t, x: t.nn.functional.huber_loss(*_halves(t, x), delta=threshold), symbolic,
        operands=2, more=True, halves=True,
    )  # fmt: skip


def _bce_each(p: float, y: float) -> float:
    if not 0 < p < 1:
        raise ValueFault(f"binary cross-entropy of {short(p)}; it takes probabilities between 0 and 1", "sigmoid of the score")
    return -(y * math.log(p) + (1 - y) * math.log(1 - p))


BCE = Gate(
    "bce", "bce({all})", r"\operatorname{{BCE}}({all})", _mean(_bce_each),
    _slope(lambda p, y: (p - y) / (p * (1 - p)), lambda p, y: math.log((1 - p) / p)),
    ("({k} − {pair})/({k}·(1 − {k})){per}", "log((1 − {pair})/{pair}){per}"),
    (r"{mean}\frac{{{k} - {pair}}}{{{k} (1 - {k})}}", r"{mean}\log(\frac{{1 - {pair}}}{{{pair}}})"),
    f"binary cross-entropy: {CHAIN}",
    lambda t, x: _torch_bce(t, x), lambda s, x: _symbols(s, x, lambda p, y: -(y * s.log(p) + (1 - y) * s.log(1 - p))),
    operands=2, more=True, halves=True,
)  # fmt: skip


def _torch_bce(t: ModuleType, x: Sequence[Term]) -> Term:
    # binary_cross_entropy has no derivative by its targets in torch, so it is written out.
    p, y = _halves(t, x)
    made: Term = -(y * t.log(p) + (1 - y) * t.log(1 - p)).mean()
    return made


def _cross_entropy(x: Values) -> float:
    for p, _ in _pairs(x):
        if p <= 0:
            raise ValueFault(f"cross-entropy of {short(p)}; it takes probabilities above 0", "softmax of the scores")
    return -math.fsum(y * math.log(p) for p, y in _pairs(x))


def _cross_entropy_local(x: Values, value: float, k: int) -> float:
    n = len(x) // 2
    return -x[k + n] / x[k] if k < n else -math.log(x[k - n])


CROSS_ENTROPY = Gate(
    "crossentropy", "crossentropy({all})", r"\operatorname{{CE}}({all})", _cross_entropy, _cross_entropy_local,
    ("−{pair}/{k}", "−log({pair})"), (r"-\frac{{{pair}}}{{{k}}}", r"-\log({pair})"),
    f"cross-entropy: {CHAIN}, −y/p",
    lambda t, x: -(_halves(t, x)[1] * t.log(_halves(t, x)[0])).sum(),
    lambda s, x: -sum((y * s.log(p) for p, y in zip(x[: len(x) // 2], x[len(x) // 2 :], strict=True)), s.Integer(0)),
    operands=2, more=True, halves=True,
)  # fmt: skip


def _log_softmax(x: Values) -> list[float]:
    top = max(x)
    total = top + math.log(math.fsum(math.exp(v - top) for v in x))
    return [v - total for v in x]


def _softmax_cross_entropy_local(x: Values, value: float, k: int) -> float:
    n = len(x) // 2
    if k >= n:
        return -_log_softmax(x[:n])[k - n]
    return softmax_of(x[:n])[k] * math.fsum(x[n:]) - x[k + n]


SOFTMAX_CROSS_ENTROPY = Gate(
    "softmaxcrossentropy", "softmaxcrossentropy({all})", r"\operatorname{{CE}}(\operatorname{{softmax}}({all}))",
    lambda x: -math.fsum(y * p for p, y in zip(_log_softmax(x[: len(x) // 2]), x[len(x) // 2 :], strict=True)),
    _softmax_cross_entropy_local,
    ("p({k})·Σy − {pair}", "−log p({pair})"), (r"p({k}) \sum y - {pair}", r"-\log p({pair})"),
    f"softmax with cross-entropy: {CHAIN}, p − y where the targets sum to 1",
    lambda t, x: t.nn.functional.cross_entropy(*_halves(t, x)),
    lambda s, x: _symbolic_softmax_cross_entropy(s, x), operands=2, more=True, halves=True,
)  # fmt: skip


def _symbolic_softmax_cross_entropy(s: ModuleType, x: Sequence[Term]) -> Term:
    n = len(x) // 2
    total = s.log(sum((s.exp(z) for z in x[:n]), s.Integer(0)))
    made: Term = -sum((y * (z - total) for z, y in zip(x[:n], x[n:], strict=True)), s.Integer(0))
    return made


def _hinge_kink(x: Values) -> str:
    if all(s * y != 1 for s, y in _pairs(x)):
        return ""
    return "hinge has no derivative where y·s = 1: −y below, 0 above; 0 is used, as torch's relu does"


HINGE = Gate(
    "hinge", "hinge({all})", r"\operatorname{{hinge}}({all})", _mean(lambda s, y: max(0.0, 1 - y * s)),
    _slope(lambda s, y: -y if y * s < 1 else 0.0, lambda s, y: -s if y * s < 1 else 0.0),
    ("−{pair}·[{pair}·{k} < 1]{per}",) * 2, (r"-{mean}{pair} [{pair} \cdot {k} < 1]",) * 2,
    f"hinge: {CHAIN}, −y inside the margin, else 0",
    lambda t, x: t.relu(1 - _halves(t, x)[0] * _halves(t, x)[1]).mean(),
    lambda s, x: _symbols(s, x, lambda a, y: s.Max(0, 1 - y * a)),
    kink=_hinge_kink, side=lambda x: tuple(s * y < 1 for s, y in _pairs(x)), operands=2, more=True, halves=True,
)  # fmt: skip

LOSSES: dict[str, Gate] = {
    "mse": MSE,
    "mae": MAE,
    "l1": MAE,
    "huber": huber(1.0),
    "bce": BCE,
    "binarycrossentropy": BCE,
    "crossentropy": CROSS_ENTROPY,
    "ce": CROSS_ENTROPY,
    "softmaxcrossentropy": SOFTMAX_CROSS_ENTROPY,
    "hinge": HINGE,
}
