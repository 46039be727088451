"""The values of a small convolution or pooling, every window's sum written out.

What libraries call a convolution is the cross-correlation S(i) = Σ I(i + m)·K(m); the convolution of mathematics turns the kernel
round, S(i) = Σ I(i − m)·K(m). Source: Goodfellow, Bengio and Courville, Deep Learning, section 9.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod

from archcalc.formulas import arithmetic as a
from archcalc.homework.kernels import Matrix, WithKernel
from archcalc.homework.numbers import factor, floating, matrix, number, rows, shown
from archcalc.homework.transposed import Transposed
from archcalc.report.document import Document, Heading, Maths
from archcalc.text.amounts import one_of
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain
from archcalc.text.source import Source

MOST_WINDOWS = 2000


@dataclass(frozen=True)
class Window:
    """One place of the kernel: the output's index, the index i of the formula, what it meets (None outside), its value."""

    place: tuple[int, ...]
    index: tuple[int, ...]
    met: tuple[Fraction | None, ...]
    value: Fraction


@dataclass(frozen=True, repr=False)
class Convolution(WithKernel):
    """Values, a kernel, and how it moves. One axis is a matrix of one row. `padding` is (before, after) an axis.

    `turned` turns the kernel round: the convolution of mathematics. `pool` is "max" or "avg" for a window without weights.
    """

    padding: tuple[tuple[int, int], ...]
    turned: bool = False
    pool: str = ""
    bias: Fraction = Fraction(0)

    @property
    def output(self) -> tuple[int, ...]:
        """How many places there are along each axis. Raises SpecError where the kernel fits nowhere."""
        made = []
        for W, K, S, (P, Q) in zip(self.sizes, self.window, self.stride, self.padding, strict=True):
            if W + P + Q < K:
                message = f"a {'window' if self.pool else 'kernel'} of {K} does not fit {W + P + Q} values, padding included"
                raise SpecError([Fault(message, repairs=[f"--padding {a.ceil_div(K - W, 2)}"])])
            made.append(int(a.conv_out(W, K, P, S, 1, Q)))
        return tuple(made)

    def _at(self, place: Sequence[int]) -> Fraction | None:
        *row, column = place
        r = row[0] if row else 0
        inside = 0 <= r < len(self.values) and 0 <= column < len(self.values[0])
        return self.values[r][column] if inside else None

    def windows(self) -> Iterator[Window]:
        """Every place of the kernel, in the order of the output."""
        output = self.output
        if prod(output) > MOST_WINDOWS:
            message = f"{prod(output):,} windows; {MOST_WINDOWS:,} are the most that are written out"
            raise SpecError([Fault(message, repairs=["fewer values, or a larger --stride"])])
        taps = list(product(*map(range, self.window)))
        weights = [self.weight(tap) for tap in taps]
        for place in product(*map(range, output)):
            start = [j * s - before for j, s, (before, _) in zip(place, self.stride, self.padding, strict=True)]
            # In S(i) = Σ I(i − m)·K(m) the first element of the kernel meets the last value of the window.
            index = [i + k - 1 for i, k in zip(start, self.window, strict=True)] if self.turned else start
            sign = -1 if self.turned else 1
            met = tuple(self._at([i + sign * m for i, m in zip(index, tap, strict=True)]) for tap in taps)
            yield Window(place, tuple(index), met, self._value(met, weights))

    def _value(self, met: Sequence[Fraction | None], weights: Sequence[Fraction]) -> Fraction:
        inside = [x for x in met if x is not None]
        if self.pool == "max":
            return max(inside)
        if self.pool == "avg":
            return sum(inside, Fraction(0)) / len(met)
        return sum((x * w for x, w in zip(met, weights, strict=True) if x is not None), self.bias)

    def flat(self) -> list[Fraction]:
        return [found.value for found in self.windows()]

    @property
    def formula(self) -> tuple[str, str]:
        """What is worked out, in Unicode and in LaTeX."""
        if self.pool:
            name = {"max": "max", "avg": "mean"}[self.pool]
            return f"S = {name} of each window", rf"S = \operatorname{{{name}}} \text{{ of each window}}"
        sign = "−" if self.turned else "+"
        more, latex_more = (" + b", " + b") if self.bias else ("", "")
        if self.rank == 1:
            unicode = f"S(i) = Σₘ I(i {sign} m)·K(m){more}"
            return unicode, rf"S(i) = \sum_m I(i {sign.replace('−', '-')} m) \, K(m){latex_more}"
        unicode = f"S(i, j) = Σₘ Σₙ I(i {sign} m, j {sign} n)·K(m, n){more}"
        plain = sign.replace("−", "-")
        return unicode, rf"S(i, j) = \sum_m \sum_n I(i {plain} m, j {plain} n) \, K(m, n){latex_more}"

    def line(self, window: Window) -> tuple[str, str]:
        """A window's sum written out, in Unicode and in LaTeX."""
        name = f"S({', '.join(str(i).replace('-', '−') for i in window.index)})"
        if self.pool:
            name = f"S({', '.join(map(str, window.place))})"
            inside = [shown(x) for x in window.met if x is not None]
            if self.pool == "max":
                text = f"{name} = max({', '.join(inside)}) = {shown(window.value)}"
                return text, text.replace("max", r"\max").replace("−", "-")
            terms = " + ".join(factor(x) if x is not None else "0" for x in window.met)
            text = f"{name} = ({terms})/{len(window.met)} = {shown(window.value)}"
            return text, rf"{name} = \frac{{{terms}}}{{{len(window.met)}}} = {shown(window.value)}".replace("−", "-")
        weights = [w for row in self.kernel for w in row]
        products = [f"{factor(x) if x is not None else '0'}·{factor(w)}" for x, w in zip(window.met, weights, strict=True)]
        more = [factor(self.bias)] if self.bias else []
        text = f"{name} = {' + '.join([*products, *more])} = {shown(window.value)}"
        return text, text.replace("·", r" \cdot ").replace("−", "-")

    @property
    def title(self) -> str:
        """What is done, and the sizes."""
        sizes = " × ".join(map(str, self.sizes)) + (" values" if self.rank == 1 else "")
        window = " × ".join(map(str, self.window))
        output = " × ".join(map(str, self.output)) + (" values" if self.rank == 1 else "")
        if self.pool:
            return f"{'Maximum' if self.pool == 'max' else 'Average'} pooling of {sizes} by {window}: {output}"
        what = "Convolution (the kernel turned round)" if self.turned else "Cross-correlation (what libraries call convolution)"
        return f"{what} of {sizes} with {window}: {output}"

    def as_document(self) -> Document:
        """The output, every window's sum, and the other of the two convolutions."""
        document = Document(self.title, data=self.as_data)
        said = _moves(self)
        if said:
            document.say(said)
        result = self.result()
        document.add(Maths([self.formula]))
        document.add(Heading("Output"), Maths(rows(result)))
        windows = "Windows" if self.pool else f"Windows, by where K({', '.join('0' * self.rank)}) stands"
        document.add(Heading(windows), Maths([self.line(w) for w in self.windows()]))
        if not self.pool:
            other = replace(self, turned=not self.turned)
            name = (
                "Cross-correlation (what libraries call convolution)" if self.turned else "Convolution (the kernel turned round)"
            )
            document.add(Heading(f"{name}, for comparison"), Maths([other.formula, *rows(other.result())]))
            if other.result() == result:
                document.say("Both are the same: turned round, the kernel is itself.")
        return document

    def as_data(self) -> dict[str, object]:
        """The output and its windows as plain data; numbers that are not whole as floating point."""
        kind = {"max": "max pooling", "avg": "average pooling"}.get(
            self.pool, "convolution" if self.turned else "cross-correlation"
        )
        result = _plain(self.result())
        data: dict[str, object] = {
            "operation": kind,
            "output": result if self.rank == 2 else result[0],
            "stride": list(self.stride),
            "padding": [list(p) for p in self.padding],
            "windows": [
                {"place": list(w.place), "index": list(w.index), "value": floating(w.value), "working": self.line(w)[0]}
                for w in self.windows()
            ],
        }
        if not self.pool:
            other = _plain(replace(self, turned=not self.turned).result())
            data["cross-correlation" if self.turned else "convolution"] = other if self.rank == 2 else other[0]
        return data


def _moves(c: Convolution) -> str:
    """How the kernel moves, where that is not one by one without padding."""
    parts = []
    if any(s != 1 for s in c.stride):
        parts.append(f"stride {' × '.join(map(str, c.stride)) if len(set(c.stride)) > 1 else c.stride[0]}")
    if any(p != (0, 0) for p in c.padding):
        sides = [str(p) if p == q else f"{p} before and {q} after" for p, q in c.padding]
        what = "places that do not count" if c.pool == "max" else "zeros"
        parts.append(f"padding {' × '.join(sides) if len(set(sides)) > 1 else sides[0]} ({what})")
    return f"{', '.join(parts).capitalize()}." if parts else ""


def _plain(result: Matrix) -> list[list[int | float]]:
    return [[floating(x) for x in row] for row in result]


def convolve(
    values: str | Sequence[object],
    kernel: str | Sequence[object] | None = None,
    *,
    stride: int | str | None = None,
    padding: int | str | None = None,
    true: bool = False,
    bias: float | str | None = None,
    pool: str | None = None,
    window: int | str | None = None,
    transposed: bool = False,
) -> Convolution | Transposed:
    """The values of a small convolution, or with `pool` ("max" or "avg") and a window of a pooling. Raises SpecError.

    `values` and `kernel` are numbers along one axis, or rows of them: texts (`"1 2; 3 4"`), or lists. `stride`, `padding` and
    `window` are numbers, one for each axis as `"2x1"`; padding may be `"same"`, `"valid"` or `"full"`. `true` turns the kernel
    round: the convolution of mathematics. With `transposed`, every value puts its multiple of the kernel.
    """
    if pool is not None:
        one_of(pool, "--pool", ("max", "avg"))
    stride, padding, window, bias = (None if n is None else str(n) for n in (stride, padding, window, bias))
    inputs = matrix(str(values), "VALUES")
    rank = 1 if len(inputs) == 1 else 2
    if pool:
        for name, given in (("a KERNEL", kernel), ("--true", true), ("--bias", bias)):
            if given:
                raise _fault(f"{name} belongs to a convolution; pooling has a window", "--window 2")
        if window is None:
            raise _fault("how large is the window?", "--window 2")
        sizes = _per_axis("window", window, rank)
        weights = [[Fraction(1)] * sizes[-1]] * (sizes[0] if rank == 2 else 1)
    elif kernel is None:
        raise _fault("a KERNEL is missing", '"1 0 -1"', "--pool max --window 2")
    elif window:
        raise _fault("--window belongs to pooling; a kernel has its own size", "--pool max")
    else:
        weights = matrix(str(kernel), "KERNEL")
        rank = max(rank, 1 if len(weights) == 1 else 2)
        sizes = (len(weights), len(weights[0]))[-rank:]
    if transposed:
        for name, clashes in (("--pool", pool), ("--true", true)):
            if clashes:
                raise _fault(f"{name} belongs to a convolution that is not transposed", "the command without it")
        if not (padding or "0").replace("x", "").strip().isdecimal():
            raise _fault(f"a transposed convolution has no {padding} padding", "--padding 1")
        between = _per_axis("stride", stride or "1", rank)
        added = number(bias, Source("--bias", bias)) if bias else Fraction(0)
        return Transposed(inputs, weights, between, _per_axis("padding", padding or "0", rank, 0), added)
    steps = _per_axis("stride", stride, rank) if stride else sizes if pool else (1,) * rank
    sides = _padded(padding, sizes, rank)
    if (padding or "").strip().lower() == "same" and any(s != 1 for s in steps):
        raise _fault("same padding is defined for stride 1 only, as in torch", "--padding 1")
    if pool and any(2 * max(p) > k for p, k in zip(sides, sizes, strict=True)):
        raise _fault("a window has at most half its size of padding, as in torch", f"--padding {min(sizes) // 2}")
    added = number(bias, Source("--bias", bias)) if bias else Fraction(0)
    return Convolution(inputs, weights, steps, sides, true, pool or "", added)


def _fault(message: str, repair: str, *more: str) -> SpecError:
    """A fault of the command line."""
    return SpecError([Fault(message, repairs=(repair, *more))])


def _per_axis(name: str, text: str, rank: int, least: int = 1) -> tuple[int, ...]:
    """A number for every axis. Raises SpecError."""
    parts = plain(text).lower().split("x")
    if not all(p.strip().isdecimal() and len(p) < 5 and int(p) >= least for p in parts) or len(parts) not in (1, rank):
        example = "2" if rank == 1 else "2x1"
        raise _fault(f"--{name} {text[:20]}: a whole number from {least}, or one for each of {rank} axes", f"--{name} {example}")
    made = tuple(int(p) for p in parts)
    return made * rank if len(made) == 1 else made


def _padded(text: str | None, sizes: tuple[int, ...], rank: int) -> tuple[tuple[int, int], ...]:
    """The padding before and after, an axis each. Raises SpecError."""
    word = (text or "0").strip().lower()
    if word == "valid":
        word = "0"
    if word == "full":
        return tuple((k - 1, k - 1) for k in sizes)
    if word == "same":
        return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in sizes)  # the odd one after, as in torch
    return tuple((p, p) for p in _per_axis("padding", word, rank, 0))
