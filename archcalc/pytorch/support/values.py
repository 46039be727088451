"""Tensors of the model itself, and what is done value by value, or by products of two tensors."""

from __future__ import annotations

from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Shape = tuple[int, ...]


class Scale(nn.Module):
    """A learned factor for each place along a dimension (0 is the first after the batch), and perhaps an addend."""

    def __init__(self, channels: int, axis: int = 0, init: float = 1.0, shift: bool = False) -> None:
        super().__init__()
        self.axis = axis
        self.weight = nn.Parameter(torch.full((channels,), init))
        self.shift = nn.Parameter(torch.zeros(channels)) if shift else None

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[self.axis + 1] != self.weight.numel():
            raise ValueError(f"{self.weight.numel()} factors for dimension {self.axis} of an input of {tuple(x.shape[1:])}")
        sizes = (-1, *(1,) * (x.ndim - 2 - self.axis))
        scaled = x * self.weight.reshape(sizes)
        return scaled if self.shift is None else scaled + self.shift.reshape(sizes)


class RBF(nn.Module):
    """The squared distance of the input to each of some fixed points."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.register_buffer("centres", torch.empty(out_features, in_features).uniform_(-1, 1).sign())

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.centres.shape[1]:
            raise ValueError(f"points of {self.centres.shape[1]} values, and an input of {x.shape[-1]}")
        return (x.unsqueeze(-2) - self.centres).square().sum(-1)


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of maps: they are moved to the end, normalised, and moved back."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1).contiguous()


class Heaviside(nn.Module):
    """0 below zero, 1 from zero on."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.heaviside(x, torch.ones((), dtype=x.dtype, device=x.device))


class Sign(nn.Module):
    """−1, 0 or 1."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sign(x)


class DropPath(nn.Module):
    """Zeroes all values of some inputs of a batch while training, and makes up for it in the others."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = torch.empty(x.shape[0], *(1,) * (x.ndim - 1), dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)
        return x * (kept.div_(1 - self.p) if self.p < 1 else kept)


class Positions(nn.Module):
    """A learned value added to each value of the input; of a table longer than the input, its beginning."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(*shape))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        table = self.weight[: x.shape[1]]
        if x.shape[1:] != table.shape:
            raise ValueError(f"positions of shape {tuple(self.weight.shape)} for an input of {tuple(x.shape[1:])}")
        return x + table


class ClassToken(nn.Module):
    """A learned token put before a sequence."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, features))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], 1)


class Parameter(nn.Module):
    """A tensor of parameters, the same for every input of a batch."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(*shape))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, like: Tensor) -> Tensor:
        return self.weight.expand(like.shape[0], *self.weight.shape)


class Learned(nn.Module):
    """A tensor of parameters. What goes on has the shape `to`: its values in order, repeated or cut as need be."""

    def __init__(self, shape: Shape, to: Shape) -> None:
        super().__init__()
        self.to_shape = to
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, like: Tensor) -> Tensor:
        return stretched(self.weight.reshape(1, -1), self.to_shape).expand(like.shape[0], *self.to_shape)


class Constant(nn.Module):
    """A tensor of zeros: fixed values that nobody stated."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, like: Tensor) -> Tensor:
        return torch.zeros(1, *self.shape, device=like.device).expand(like.shape[0], *self.shape)


class Move(nn.Module):
    """Stands for a rearrangement: the values in order, repeated or cut, in the shape that goes out."""

    def __init__(self, to: Shape) -> None:
        super().__init__()
        self.to_shape = to

    def forward(self, *xs: Tensor) -> Tensor:
        return stretched(xs[0].reshape(xs[0].shape[0], -1), self.to_shape)


def stretched(rows: Tensor, shape: Shape) -> Tensor:
    """The values of each row in order, repeated or cut, in a shape."""
    count = 1
    for n in shape:
        count *= n
    times = -(-count // max(1, rows.shape[1]))
    return rows.repeat(1, times)[:, :count].reshape(rows.shape[0], *shape)


class Pointwise(nn.Module):
    """A function of torch of each value, or of each value and a fixed number."""

    def __init__(self, function: str, by: float | None = None) -> None:
        super().__init__()
        self.function, self.by = function, by

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = getattr(torch, self.function)(x) if self.by is None else getattr(torch, self.function)(x, self.by)
        return y


class Combine(nn.Module):
    """A function of torch of two tensors value by value; of one that asks, 1 where it is so and 0 where not."""

    def __init__(self, function: str) -> None:
        super().__init__()
        self.function = function

    def forward(self, *xs: Tensor) -> Tensor:
        y = reduce(getattr(torch, self.function), xs)
        return y.to(xs[0].dtype) if y.dtype == torch.bool else y


class Reduce(nn.Module):
    """Values brought together along dimensions, counted from 1 (the batch is 0)."""

    def __init__(self, op: str, over: Shape, keep: bool = False) -> None:
        super().__init__()
        self.op, self.over, self.keep = op, over, keep

    def forward(self, x: Tensor) -> Tensor:
        if self.op == "prod":
            for axis in sorted(self.over, reverse=True):
                x = x.prod(axis, keepdim=self.keep)
            return x
        known = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax, "min": torch.amin, "var": torch.var, "std": torch.std,
                 "norm": torch.linalg.vector_norm, "logsumexp": torch.logsumexp}  # fmt: skip
        y: Tensor = known.get(self.op, torch.sum)(x, dim=self.over, keepdim=self.keep)
        return y


class MatMul(nn.Module):
    """The matrix product of two tensors."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        row, column = a.dim() == 2, b.dim() == 2  # single values in a row or a column, behind the batch
        a, b = a.unsqueeze(1) if row else a, b.unsqueeze(2) if column else b
        rank = max(a.dim(), b.dim())
        a, b = (x.reshape(x.shape[0], *(1,) * (rank - x.dim()), *x.shape[1:]) for x in (a, b))
        y = torch.matmul(a, b)
        y = y.squeeze(-1) if column else y
        return y.squeeze(-1 if column else -2) if row else y


class Einsum(nn.Module):
    """A sum over common indices; the batch is in front of every term."""

    def __init__(self, equation: str) -> None:
        super().__init__()
        left, _, out = equation.partition("->")
        self.equation = f"{','.join(f'Z{term}' for term in left.split(','))}->Z{out}"

    def forward(self, *xs: Tensor) -> Tensor:
        return torch.einsum(self.equation, *xs)


def grouped(query: Tensor, key: Tensor) -> bool:
    """Whether several heads of queries have one of keys."""
    return bool(query.ndim > 3 and query.shape[-3] > key.shape[-3] > 1)


class DotAttention(nn.Module):
    """softmax(Q·Kᵀ/√E)·V."""

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value, **({"enable_gqa": True} if grouped(query, key) else {}))
