"""The values of a small transposed convolution: every value puts its multiple of the kernel, and what meets is added.

O(i·S + m − P) gets I(i)·K(m) from every value and every number of the kernel. Source: Dumoulin and Visin, "A guide to convolution
arithmetic for deep learning", 2016, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from archcalc.formulas import arithmetic as a
from archcalc.homework.kernels import WithKernel
from archcalc.homework.numbers import factor, floating, rows, shown
from archcalc.report.document import Document, Heading, Maths
from archcalc.text.faults import Fault, SpecError

MOST_VALUES = 2000


@dataclass(frozen=True)
class Sum:
    """One place of the output: its index, the products that meet there, and what they come to."""

    place: tuple[int, ...]
    met: tuple[tuple[Fraction, Fraction], ...]
    value: Fraction


@dataclass(frozen=True, repr=False)
class Transposed(WithKernel):
    """Values, a kernel, and how far apart the values put it. One axis is a matrix of one row."""

    padding: tuple[int, ...]
    bias: Fraction = Fraction(0)

    @property
    def output(self) -> tuple[int, ...]:
        """How many places there are along each axis. Raises SpecError where nothing is left."""
        made = []
        for W, K, S, P in zip(self.sizes, self.window, self.stride, self.padding, strict=True):
            O = int(a.transposed_out(W, K, P, S, 1, 0))
            if O < 1:
                message = f"a padding of {P} takes off all of the {O + 2 * P} values"
                raise SpecError([Fault(message, repairs=[f"--padding {(O + 2 * P - 1) // 2}"])])
            made.append(O)
        return tuple(made)

    def sums(self) -> list[Sum]:
        """Every place of the output with the products that meet there. Raises SpecError."""
        output = self.output
        if prod(output) > MOST_VALUES:
            message = f"{prod(output):,} values; {MOST_VALUES:,} are the most that are written out"
            raise SpecError([Fault(message, repairs=["fewer values, or a smaller --stride"])])
        met: dict[tuple[int, ...], list[tuple[Fraction, Fraction]]] = {place: [] for place in product(*map(range, output))}
        for index in product(*map(range, self.sizes)):
            value = self.values[index[0] if self.rank == 2 else 0][index[-1]]
            for tap in product(*map(range, self.window)):
                place = tuple(i * s + m - p for i, s, m, p in zip(index, self.stride, tap, self.padding, strict=True))
                if place in met:
                    met[place].append((value, self.weight(tap)))
        return [Sum(place, tuple(found), sum((x * w for x, w in found), self.bias)) for place, found in met.items()]

    def flat(self) -> list[Fraction]:
        return [found.value for found in self.sums()]

    @property
    def title(self) -> str:
        """What is done, and the sizes."""
        sizes, window, output = (" × ".join(map(str, n)) for n in (self.sizes, self.window, self.output))
        return f"Transposed convolution of {sizes} with {window}: {output}" + " values" * (self.rank == 1)

    def line(self, found: Sum) -> tuple[str, str]:
        """A place's sum written out, in Unicode and in LaTeX."""
        terms = [f"{factor(x)}·{factor(w)}" for x, w in found.met] + [factor(self.bias)] * bool(self.bias)
        text = f"O({', '.join(map(str, found.place))}) = {' + '.join(terms) or '0'}"
        text += f" = {shown(found.value)}" if terms else ""
        return text, text.replace("·", r" \cdot ").replace("−", "-")

    def as_document(self) -> Document:
        """The output, and every place's sum."""
        document = Document(self.title, data=self.as_data)
        apart, off = (" × ".join(map(str, n if len(set(n)) > 1 else n[:1])) for n in (self.stride, self.padding))
        said = [f"stride {apart}, so the kernels stand {apart} apart"] * (apart != "1")
        said += [f"padding {off}, which takes as many values off each side"] * (off != "0")
        if said:
            document.say(f"{'; '.join(said).capitalize()}.")
        if self.rank == 1:
            unicode, latex = "O(i·S + m − P) = Σ I(i)·K(m)", r"O(i S + m - P) = \sum I(i) \, K(m)"
        else:
            unicode = "O(i·S + m − P, j·S + n − P) = Σ I(i, j)·K(m, n)"
            latex = r"O(i S + m - P, j S + n - P) = \sum I(i, j) \, K(m, n)"
        document.add(Maths([(unicode + " + b" * bool(self.bias), latex + " + b" * bool(self.bias))]))
        document.add(Heading("Output"), Maths(rows(self.result())))
        document.add(Heading("Sums"), Maths([self.line(found) for found in self.sums()]))
        return document

    def as_data(self) -> dict[str, object]:
        """The output and its sums as plain data; numbers that are not whole as floating point."""
        result = [[floating(x) for x in row] for row in self.result()]
        return {
            "operation": "transposed convolution",
            "output": result if self.rank == 2 else result[0],
            "stride": list(self.stride),
            "padding": list(self.padding),
            "sums": [{"place": list(s.place), "value": floating(s.value), "working": self.line(s)[0]} for s in self.sums()],
        }
