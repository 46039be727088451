"""Tensors as nested lists of floats, and the arithmetic on them. Plain Python, so that equations need no
library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from archcalc.text.faults import ValueFault

Tensor: TypeAlias = "float | list[Tensor]"


def shape(a: Tensor) -> tuple[int, ...]:
    """The sizes of a tensor; () for a number."""
    sizes: list[int] = []
    while isinstance(a, list):
        sizes.append(len(a))
        if not a:
            break
        a = a[0]
    return tuple(sizes)


def elementwise(f: Callable[..., float], *tensors: Tensor) -> Tensor:
    """f on corresponding elements; a number goes with every element."""
    lists = [t for t in tensors if isinstance(t, list)]
    if not lists:
        return f(*tensors)
    lengths = {len(t) for t in lists}
    if len(lengths) > 1:
        sizes = " and ".join(" × ".join(map(str, shape(t))) for t in lists)
        raise ValueFault(f"tensors of {sizes} do not correspond element by element", "tensors of one size")
    return [elementwise(f, *(t[i] if isinstance(t, list) else t for t in tensors)) for i in range(lengths.pop())]


def numbers(a: Tensor) -> Iterator[float]:
    """Every element, the last axis running fastest."""
    if isinstance(a, list):
        for part in a:
            yield from numbers(part)
    else:
        yield a


def _rows(a: Tensor) -> list[list[float]]:
    if not isinstance(a, list) or not all(isinstance(row, list) for row in a):
        raise ValueFault(f"a matrix is needed, not a tensor of {len(shape(a))} axes", "rows of numbers")
    return [list(numbers(row)) for row in a]


def multiply(a: Tensor, x: Tensor) -> Tensor:
    """The product of a matrix and a vector."""
    rows, vector = _rows(a), list(numbers(x))
    if len(shape(x)) != 1 or any(len(row) != len(vector) for row in rows):
        sizes = [" × ".join(map(str, shape(t))) for t in (a, x)]
        raise ValueFault(f"a matrix of {sizes[0]} does not multiply a tensor of {sizes[1]}", "a vector as long as the rows")
    return [sum(w * v for w, v in zip(row, vector, strict=True)) for row in rows]


def transpose(a: Tensor) -> Tensor:
    """A matrix with rows and columns exchanged."""
    return [list(column) for column in zip(*_rows(a), strict=True)]


def outer(a: Tensor, b: Tensor) -> Tensor:
    """The matrix of all products of an element of a with an element of b."""
    return [[x * y for y in numbers(b)] for x in numbers(a)]


def element(a: Tensor, place: tuple[float, ...]) -> float:
    """One element; 0 at a place outside the tensor or between elements."""
    for at in place:
        if not isinstance(a, list) or at != int(at) or not 0 <= at < len(a):
            return 0.0
        a = a[int(at)]
    if isinstance(a, list):
        raise ValueFault(f"{len(place)} indices do not reach an element of a tensor with more axes", "an index for every axis")
    return a
