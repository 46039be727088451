"""Values and the kernel that meets them, worked out by hand: what a convolution and a transposed one have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from archcalc.homework.numbers import shown
from archcalc.report.answer import Answer

Matrix = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, repr=False)
class WithKernel(Answer):
    """Values, a kernel, and its stride. One axis is a matrix of one row."""

    values: Matrix
    kernel: Matrix
    stride: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.stride)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The input's size along each axis."""
        return (len(self.values), len(self.values[0]))[-self.rank :]

    @property
    def window(self) -> tuple[int, ...]:
        """The kernel's size along each axis."""
        return (len(self.kernel), len(self.kernel[0]))[-self.rank :]

    @property
    def title(self) -> str:
        """What is done, and the sizes."""
        raise NotImplementedError

    @property
    def output(self) -> tuple[int, ...]:
        """How many places there are along each axis. Raises SpecError where there are none."""
        raise NotImplementedError

    def weight(self, tap: Sequence[int]) -> Fraction:
        """The kernel's number at a place in it."""
        return self.kernel[tap[0] if self.rank == 2 else 0][tap[-1]]

    def flat(self) -> list[Fraction]:
        """The values of the output, place by place. Raises SpecError."""
        raise NotImplementedError

    def result(self) -> list[list[Fraction]]:
        """The output, in rows."""
        flat, width = self.flat(), self.output[-1]
        return [flat[i : i + width] for i in range(0, len(flat), width)]

    @property
    def sentence(self) -> str:
        """What is done, and its output."""
        return f"{self.title}: {'; '.join(' '.join(map(shown, row)) for row in self.result())}"
