"""What joins tensors, or puts their values elsewhere."""

from __future__ import annotations

from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Shape = tuple[int, ...]


class Add(nn.Module):
    """The sum of its inputs."""

    def forward(self, *xs: Tensor) -> Tensor:
        return reduce(torch.add, xs)


class Mul(nn.Module):
    """The product of its inputs, value by value."""

    def forward(self, *xs: Tensor) -> Tensor:
        return reduce(torch.mul, xs)


class Concat(nn.Module):
    """Its inputs side by side along a dimension (0 is the batch)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *xs: Tensor) -> Tensor:
        return torch.cat(xs, self.dim)


class Bilinear(nn.Bilinear):
    """x A y + b for every output, its products written out: A y, and x with that."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        out, left, right = self.weight.shape
        made = F.linear(y, self.weight.reshape(out * left, right)).reshape(*y.shape[:-1], out, left)
        z = torch.matmul(made, x.unsqueeze(-1)).squeeze(-1)
        return z if self.bias is None else z + self.bias


class Reshape(nn.Module):
    """The same values in another shape, given without the batch. They are laid out anew: some modules insist on it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape).contiguous()


class Permute(nn.Module):
    """The dimensions in another order; the batch is 0 and stays first. The values move too: some modules insist on it."""

    def __init__(self, order: Shape) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, *self.order).contiguous()


class Crop(nn.Module):
    """The middle of a map, cut to a size; a second input only gives that size and is not read."""

    def __init__(self, size: Shape) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        for axis, size in enumerate(self.size, start=2):
            x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
        return x


class Slice(nn.Module):
    """Channels from `start` up to, not including, `end`, or as much of another dimension (0 is the first after the batch)."""

    def __init__(self, start: int, end: int, axis: int = 0) -> None:
        super().__init__()
        self.start, self.end, self.axis = start, end, axis

    def forward(self, x: Tensor) -> Tensor:
        return x.narrow(self.axis + 1, self.start, self.end - self.start)


class Pick(nn.Module):
    """One position of a dimension alone, the dimension gone; −1 is the last."""

    def __init__(self, position: int, axis: int = 0) -> None:
        super().__init__()
        self.position, self.axis = position, axis

    def forward(self, x: Tensor) -> Tensor:
        return x.select(self.axis + 1, self.position)


class Roll(nn.Module):
    """Values moved along each dimension, the first after the batch first; what leaves at one end comes in at the other."""

    def __init__(self, shift: Shape) -> None:
        super().__init__()
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        return x.roll(self.shift, tuple(range(1, len(self.shift) + 1)))


class UpsampleLike(nn.Module):
    """A map made as large as a second one, of which only the size is read."""

    def __init__(self, mode: str = "nearest") -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        return F.interpolate(x, size=like.shape[2:], mode=self.mode)


class FilledUnshuffle(nn.PixelUnshuffle):
    """A pixel unshuffle of a map of any size: zeros behind fill it up."""

    def forward(self, x: Tensor) -> Tensor:
        r = self.downscale_factor
        return super().forward(F.pad(x, (0, -x.shape[-1] % r, 0, -x.shape[-2] % r)))
