"""One layer, one axis, one thing left out: every whole number that answers, in closed form.

The layer's own formula (archcalc.formulas.arithmetic) runs on an unknown; the quotient it meets is turned into an inequality, and
the inequality gives the first and last answer. Nothing is tried out, so a size of a million costs what a size of ten does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from archcalc.formulas import arithmetic as a
from archcalc.formulas.affine import Affine, Interval, Quotient, meet, negated

KINDS = ("conv", "pool", "transposed")
# What may be left out, its letter, and the least it can be.
LETTERS = {"input": "W", "output": "O", "kernel": "K", "stride": "S", "padding": "P", "dilation": "D", "output_padding": "R"}
LEAST = {"input": 1, "output": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}


@dataclass(frozen=True)
class Question:
    """What is known of one axis of a layer; None is not known.

    `after` is the padding behind where it differs from that in front. `tied`: the stride is the kernel, as pooling has it
    unless told otherwise. `same`: padding that keeps the size (stride 1). `ceil`: pooling that rounds up.
    """

    kind: str
    input: int | None = None
    output: int | None = None
    kernel: int | None = None
    stride: int | None = None
    padding: int | None = None
    dilation: int | None = 1
    output_padding: int | None = 0
    after: int | None = None
    ceil: bool = False
    same: bool = False
    tied: bool = False

    def unknowns(self) -> list[str]:
        """What is not known, in the order of the formula."""
        skipped = {"padding"} if self.same else set()
        skipped |= {"stride"} if self.tied else set()
        skipped |= {"output_padding"} if self.kind != "transposed" else set()
        return [name for name in LETTERS if name not in skipped and getattr(self, name) is None]

    def having(self, name: str, value: int) -> Question:
        """The question with one more number known."""
        changes: dict[str, Any] = {name: value}
        return replace(self, **changes)

    def value(self, name: str) -> Any:
        """A number of the question, the kernel standing in for a tied stride."""
        return self.kernel if name == "stride" and self.tied else getattr(self, name)


@dataclass(frozen=True)
class Found:
    """Every answer to a question: whole numbers in runs, the last of which may go on for ever."""

    question: Question
    unknown: str
    runs: tuple[Interval, ...]

    @property
    def unbounded(self) -> bool:
        """Whether every number from some point on is an answer."""
        return bool(self.runs) and self.runs[-1].high is None

    @property
    def count(self) -> int | None:
        """How many answers there are; None for endlessly many."""
        if self.unbounded:
            return None
        return sum((r.high or 0) - r.low + 1 for r in self.runs)

    def __iter__(self) -> Iterator[int]:
        for run in self.runs:
            n = run.low
            while run.high is None or n <= run.high:
                yield n
                n += 1

    def __contains__(self, x: int) -> bool:
        return any(x in run for run in self.runs)

    def first(self, most: int) -> list[int]:
        """The answers, at most `most` of them; of an unbounded run only where it starts."""
        found: list[int] = []
        for run in self.runs:
            last = run.low if run.high is None else run.high
            found.extend(range(run.low, min(last, run.low + most - len(found) - 1) + 1))
        return found

    def is_exact(self, x: int) -> bool:
        """Whether nothing is rounded away when the unknown is x."""
        made = size(self.question.having(self.unknown, x))
        if not isinstance(made, Quotient):
            return True
        return made.divisor.b != 0 and made.numerator.b % made.divisor.b == 0


def size(question: Question) -> object:
    """The output size by the layer's formula, every number known, before it is rounded: an Affine, or a Quotient.

    So what is rounded away can be seen. Without torch's last-window rule.
    """
    return _formula(question, lambda name: Affine(0, question.value(name)))


def _formula(q: Question, value: Any) -> Any:
    W, K, S, D = value("input"), value("kernel"), value("stride"), value("dilation")
    if q.kind == "transposed":
        return a.transposed_out(W, K, value("padding"), S, D, value("output_padding"))
    if q.same:
        # P + Q is what keeps the size; how it is shared out does not change the sum.
        return a.conv_out(W, K, a.reach(K, D) - 1, S, D, 0)
    P = value("padding")
    if q.ceil:
        return a.pool_out_ceil(W, K, P, S, D)
    return a.conv_out(W, K, P, S, D) if q.after is None else a.conv_out(W, K, P, S, D, q.after)


def output_size(question: Question) -> int | None:
    """The output size when everything else is known; None where the layer is not legal."""
    q = question
    if any(n < LEAST[name] for name in LETTERS if name != "output" and isinstance(n := q.value(name), int)):
        return None
    for condition in legal(q, q.value):
        if not (condition if isinstance(condition, bool) else condition.at(0) >= 0):
            return None
    O = int(_formula(q, q.value))
    if q.ceil and a.last_window_outside(O, q.value("input"), q.value("padding"), q.value("stride")):
        O -= 1
    return O if O >= 1 else None


def legal(q: Question, value: Any) -> list[Affine | bool]:
    """What torch asks of the numbers beside a size of at least 1, each as something at least 0, or true."""
    if q.kind == "pool":
        return [value("kernel") - 2 * value("padding") >= 0]
    if q.kind == "transposed":
        # The output padding is smaller than the stride or smaller than the dilation.
        R, S, D = value("output_padding"), value("stride"), value("dilation")
        known = [S - 1 - R >= 0, D - 1 - R >= 0]
        if any(c is True for c in known):
            return []
        return [c for c in known if c is not False][:1] or [False]
    if q.same:
        return [value("stride") >= 1, 1 - value("stride") >= 0]
    return []


def conditions(question: Question, unknown: str) -> list[list[Affine | bool]]:
    """The cases in which the output is as stated, each as conditions that must all hold."""
    q = question

    def value(name: str) -> Any:
        if name == unknown or (name == "stride" and q.tied and unknown == "kernel"):
            return Affine(1)
        return q.value(name)

    O = q.output or 0
    base = legal(q, value)
    if q.kind == "transposed" and unknown == "output_padding":
        base = [max(value("stride"), value("dilation")) - 1 - Affine(1) >= 0]
    made = _formula(q, value)
    if isinstance(made, Affine):
        return [[*base, made - O, O - made]]
    if isinstance(made, int):  # the unknown dropped out of the sum
        return [[*base, made == O]]
    if not q.ceil:
        return [[*base, *made.equals(O)]]
    W, P, S = value("input"), value("padding"), value("stride")
    kept = negated(a.last_window_outside(O, W, P, S))
    dropped: object = a.last_window_outside(O + 1, W, P, S)
    return [[*base, *made.equals(O), kept], [*base, *made.equals(O + 1), dropped]]


def solve(question: Question) -> Found:
    """Every answer to a question with exactly one thing left out."""
    (unknown,) = question.unknowns()
    if unknown == "output":
        O = output_size(question)
        return Found(question, unknown, () if O is None else (Interval(O, O),))
    runs: list[Interval] = []
    for case in conditions(question, unknown):
        found = meet(LEAST[unknown], case)
        if not found.empty:
            runs.append(found)
    return Found(question, unknown, _joined(runs))


def _joined(runs: list[Interval]) -> tuple[Interval, ...]:
    """Runs in order, those that touch made one."""
    made: list[Interval] = []
    for run in sorted(runs, key=lambda r: r.low):
        last = made[-1] if made else None
        if last is not None and (last.high is None or run.low <= last.high + 1):
            high = None if last.high is None or run.high is None else max(last.high, run.high)
            made[-1] = Interval(last.low, high)
        else:
            made.append(run)
    return tuple(made)


def nearest(question: Question, most: int = 10_000) -> list[tuple[str, int]]:
    """For a question without an answer: the nearest inputs below and above that have one; else the nearest outputs."""
    unknowns = question.unknowns()
    for name in ("input", "output"):
        start = getattr(question, name)
        if name in unknowns or start is None:
            continue
        found = []
        for step in (-1, 1):
            n = start + step
            while n >= 1 and abs(n - start) <= most:
                if solve(question.having(name, n)).runs:
                    found.append((name, n))
                    break
                n += step
        if found:
            return found
    return []


@dataclass(frozen=True)
class Bounds:
    """How far each of two things left out is looked for; a kernel or padding has no natural end otherwise."""

    limits: dict[str, int]

    @property
    def combinations(self) -> int:
        """How many values have to be gone through, all but the last being solved."""
        return prod(sorted(self.limits.values())[1:])

    def text(self) -> str:
        """The bounds in a sentence."""
        return ", ".join(f"{name.replace('_', ' ')} {LEAST[name]}…{top}" for name, top in self.limits.items())


def bounds_for(question: Question, given: dict[str, int]) -> Bounds:
    """Bounds for the things left out: what is stated, or what a person would look at first."""
    unknowns = question.unknowns()
    W = question.input or question.output or 1
    usual = {"input": 1000, "output": 1000, "kernel": min(W, 15), "stride": 8, "padding": 7, "dilation": 8, "output_padding": 7}
    return Bounds({name: given.get(name, usual[name]) for name in unknowns})


def pairs(question: Question, bounds: Bounds) -> list[tuple[tuple[int, ...], bool]]:
    """Every answer within bounds when several things are left out, and whether it is exact; smallest first.

    All but one are run through; the last is solved in closed form.
    """
    *names, last = _order(question.unknowns(), bounds.limits)
    order = question.unknowns()
    found: list[tuple[tuple[int, ...], bool]] = []

    def fill(q: Question, left: list[str]) -> None:
        if left:
            for n in range(LEAST[left[0]], bounds.limits[left[0]] + 1):
                fill(q.having(left[0], n), left[1:])
            return
        answer = solve(q)
        top = bounds.limits[last]
        for x in answer:
            if x > top:
                break
            full = q.having(last, x)
            found.append((tuple(getattr(full, name) for name in order), answer.is_exact(x)))

    fill(question, names)
    return sorted(found)


def _order(unknowns: list[str], limits: dict[str, int]) -> list[str]:
    """Unknowns in the order they are gone through; the last, which is solved, is the output or what is bounded furthest."""
    return sorted(unknowns, key=lambda name: (name == "output", limits[name]))
