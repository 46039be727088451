"""Modules of our own where torch has none. Inputs carry the batch first; weights are named as `Layer.weights` names them.

Every class stands on its own beside torch, so that the exporter can copy the source of those a network uses.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Shape = tuple[int, ...]
Size = int | Shape


class Padded(nn.Module):
    """Zero padding that differs between the sides, in front of a convolution; in the order of torch.nn.functional.pad."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Size, padding: Shape, **settings: Any) -> None:
        super().__init__(in_channels, out_channels, kernel_size, **settings)
        self.sides = padding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.sides))


class PaddedConv1d(Padded, nn.Conv1d):
    """A 1-D convolution after uneven zero padding."""


class PaddedConv2d(Padded, nn.Conv2d):
    """A 2-D convolution after uneven zero padding."""


class PaddedConv3d(Padded, nn.Conv3d):
    """A 3-D convolution after uneven zero padding."""


class PaddedPool(nn.Module):
    """Padding written for each side, in front of a pool: what no maximum takes, or zeros that a mean counts in."""

    filled_with = float("-inf")

    def __init__(self, kernel_size: Shape, padding: Shape, **settings: Any) -> None:
        super().__init__(kernel_size, **settings)
        self.sides = padding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.sides, value=self.filled_with))


class PaddedMaxPool1d(PaddedPool, nn.MaxPool1d):
    """A 1-D maximum pool after padding written for each side."""


class PaddedMaxPool2d(PaddedPool, nn.MaxPool2d):
    """A 2-D maximum pool after padding written for each side."""


class PaddedMaxPool3d(PaddedPool, nn.MaxPool3d):
    """A 3-D maximum pool after padding written for each side."""


class PaddedAvgPool1d(PaddedPool, nn.AvgPool1d):
    """A 1-D average pool after zeros written for each side."""

    filled_with = 0.0


class PaddedAvgPool2d(PaddedPool, nn.AvgPool2d):
    """A 2-D average pool after zeros written for each side."""

    filled_with = 0.0


class PaddedAvgPool3d(PaddedPool, nn.AvgPool3d):
    """A 3-D average pool after zeros written for each side."""

    filled_with = 0.0


class ChannelPad(nn.Module):
    """Channels of zeros before and after the input's own."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.before, self.after = before, after

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, (0, 0) * (x.ndim - 2) + (self.before, self.after))


class PartBatchNorm(nn.Module):
    """Batch normalisation that learns a scale or a shift alone."""

    def __init__(self, num_features: int, scale: bool = True, shift: bool = True, **settings: Any) -> None:
        super().__init__(num_features, **settings)
        for name, wanted in (("weight", scale), ("bias", shift)):
            if not wanted:
                self.register_parameter(name, None)


class PartBatchNorm1d(PartBatchNorm, nn.BatchNorm1d):
    """Batch normalisation of vectors or sequences that learns a scale or a shift alone."""


class PartBatchNorm2d(PartBatchNorm, nn.BatchNorm2d):
    """Batch normalisation of maps that learns a scale or a shift alone."""


class PartBatchNorm3d(PartBatchNorm, nn.BatchNorm3d):
    """Batch normalisation of volumes that learns a scale or a shift alone."""


class PartGroupNorm(nn.GroupNorm):
    """Group normalisation that learns a scale alone."""

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5) -> None:
        super().__init__(num_groups, num_channels, eps)
        self.register_parameter("bias", None)


class PartInstanceNorm(nn.Module):
    """Instance normalisation that learns a scale alone."""

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__(num_features, eps, affine=True)
        self.register_parameter("bias", None)


class PartInstanceNorm1d(PartInstanceNorm, nn.InstanceNorm1d):
    """Of sequences."""


class PartInstanceNorm2d(PartInstanceNorm, nn.InstanceNorm2d):
    """Of maps."""


class PartInstanceNorm3d(PartInstanceNorm, nn.InstanceNorm3d):
    """Of volumes."""


class Boxes(nn.Module):
    """A map whose channels are those of this many boxes and classes, as it is."""

    def __init__(self, anchors: int, classes: int, coords: int = 4) -> None:
        super().__init__()
        self.channels = anchors * (coords + 1 + classes)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.channels:
            raise RuntimeError(f"{self.channels} channels make the boxes; {x.shape[1]} arrive")
        return x


class LocallyConnected(nn.Module):
    """A convolution whose every output position has weights of its own: weight C_out×positions×C_in×kernel."""

    def __init__(
        self, in_shape: Shape, out_shape: Shape, kernel_size: Shape, stride: Shape, padding: Shape, bias: bool = True
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.sides = kernel_size, stride, padding
        self.weight = nn.Parameter(torch.empty(*out_shape, in_shape[0], *kernel_size))
        self.bias = nn.Parameter(torch.empty(*out_shape)) if bias else None
        fan_in = in_shape[0]
        for size in kernel_size:
            fan_in *= size
        self.places, self.alone = tuple(out_shape[1:]), fan_in == 1
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(fan_in**-0.5), fan_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        windows = F.pad(x, self.sides)
        for axis, (size, step) in enumerate(zip(self.kernel_size, self.stride, strict=True), start=2):
            windows = windows.unfold(axis, size, step)
        # windows: batch, channels, positions…, kernel…; one matrix product a position.
        if self.alone:  # a sum of one product, which einsum takes for no matrix product
            values = windows.reshape(x.shape[0], *self.places, 1, 1)
            y = (
                torch.matmul(values, self.weight.reshape(-1, *self.places).movedim(0, -1).unsqueeze(-2))
                .squeeze(-2)
                .movedim(-1, 1)
            )
        else:
            places, kernel = "def"[: len(self.kernel_size)], "uvw"[: len(self.kernel_size)]
            y = torch.einsum(f"bi{places}{kernel},o{places}i{kernel}->bo{places}", windows, self.weight)
        return y if self.bias is None else y + self.bias


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


class Attention(nn.MultiheadAttention):
    """Multi-head attention of one sequence to itself, or of queries to others; only the output is returned."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        kdim: int | None = None,
        vdim: int | None = None,
        causal: bool = False,
    ) -> None:
        super().__init__(embed_dim, num_heads, dropout=dropout, bias=bias, kdim=kdim, vdim=vdim, batch_first=True)
        self.causal = causal

    def forward(self, x: Tensor, keys: Tensor | None = None, values: Tensor | None = None) -> Tensor:
        if keys is None:
            keys = values = x
        else:  # one tensor given twice is projected twice, as two are
            keys = keys[:] if keys is x else keys
            values = keys if values is None else values[:]
        mask = None
        if self.causal:
            mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        return super().forward(x, keys, values, need_weights=False, attn_mask=mask, is_causal=self.causal)[0]


class WindowAttention(nn.Module):
    """Multi-head attention of every sequence ...xTxE with itself; `relative` learns a bias for each distance in a window.

    `cosine` compares by angles, each head with a factor; `cpb` units work the biases of distances out.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        relative: Shape | None = None,
        cosine: bool = False,
        cpb: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        causal: bool = False,
    ) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide an embedding of {embed_dim}")
        if cpb is not None and relative is None:
            raise ValueError("the biases of distances in no window")
        self.num_heads, self.relative, self.dropout, self.causal = num_heads, relative, dropout, causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        nn.init.xavier_uniform_(self.in_proj_weight)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * embed_dim)) if bias else None
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.logit_scale = nn.Parameter(torch.full((num_heads, 1, 1), 10.0).log()) if cosine else None
        self.cpb_mlp = None
        if relative is not None:
            count, index = 1, torch.zeros(1, 1, dtype=torch.long)
            for size in relative:  # the row of the table for the distance of two positions, one axis after the other
                places = torch.arange(size)
                apart = places[:, None] - places[None, :] + size - 1
                index = index[:, None, :, None] * (2 * size - 1) + apart[None, :, None, :]
                index = index.reshape(index.shape[0] * size, -1)
                count *= 2 * size - 1
            self.register_buffer("index", index.reshape(-1), persistent=False)
            if cpb is None:
                self.relative_positions = nn.Parameter(torch.empty(count, num_heads))
                nn.init.trunc_normal_(self.relative_positions, std=0.02)
            else:  # from the logarithms of a distance, which is 8 at the end of a window
                first, last = nn.Linear(len(relative), cpb, bias=bias), nn.Linear(cpb, num_heads, bias=False)
                self.cpb_mlp = nn.Sequential(first, nn.ReLU(), last)
                axes = [8 * torch.arange(1 - size, size) / max(size - 1, 1) for size in relative]
                apart = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(count, len(relative))
                self.register_buffer("distances", apart.sign() * (apart.abs() + 1).log2() / 3, persistent=False)

    def biases(self) -> Tensor:
        """A bias of each head for every distance in the window."""
        if self.cpb_mlp is None:
            table: Tensor = self.relative_positions
            return table
        return 16 * torch.sigmoid(self.cpb_mlp(self.distances))

    def forward(self, x: Tensor) -> Tensor:
        steps, width = x.shape[-2], x.shape[-1]
        bias = self.in_proj_bias
        if self.logit_scale is not None and bias is not None:  # that of the keys is held and not used
            bias = bias.clone()
            bias[width : 2 * width].zero_()
        qkv = F.linear(x, self.in_proj_weight, bias)
        qkv = qkv.reshape(-1, steps, 3, self.num_heads, width // self.num_heads).permute(2, 0, 3, 1, 4).contiguous()
        query, key, value = qkv[0], qkv[1], qkv[2]
        if self.logit_scale is None:
            scores = torch.matmul(query * (width // self.num_heads) ** -0.5, key.transpose(-2, -1))
        else:
            scores = torch.matmul(F.normalize(query, dim=-1), F.normalize(key, dim=-1).transpose(-2, -1))
            scores = scores * self.logit_scale.clamp(max=4.605170185988092).exp()  # at most 100
        if self.relative is not None:
            scores = scores + self.biases()[self.index].reshape(steps, steps, self.num_heads).permute(2, 0, 1)
        if self.causal:
            scores = scores + torch.full((steps, steps), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        shares = F.dropout(F.softmax(scores, -1), self.dropout, self.training)
        y = torch.matmul(shares, value).transpose(1, 2).reshape(x.shape)
        z: Tensor = self.out_proj(y)
        return z


class Partition(nn.Module):
    """A map as its windows, batch x N x positions x C; zeros fill up the last ones. `grid` takes one position from each cell."""

    def __init__(self, size: Shape, grid: bool = False) -> None:
        super().__init__()
        self.size, self.grid = size, grid

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        h, w = self.size
        x = F.pad(x, (0, -width % w, 0, -height % h))
        rows, columns = x.shape[2] // h, x.shape[3] // w
        if self.grid:
            x = x.reshape(batch, channels, h, rows, w, columns).permute(0, 3, 5, 2, 4, 1)
        else:
            x = x.reshape(batch, channels, rows, h, columns, w).permute(0, 2, 4, 3, 5, 1)
        return x.reshape(batch, rows * columns, h * w, channels)


class Unpartition(nn.Module):
    """Windows put together to a map as large as a second one, of which only the size is read."""

    def __init__(self, size: Shape, grid: bool = False) -> None:
        super().__init__()
        self.size, self.grid = size, grid

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        (batch, _, _, channels), (height, width), (h, w) = x.shape, like.shape[2:], self.size
        rows, columns = (height + h - 1) // h, (width + w - 1) // w
        x = x.reshape(batch, rows, columns, h, w, channels)
        x = x.permute(0, 5, 3, 1, 4, 2) if self.grid else x.permute(0, 5, 1, 3, 2, 4)
        return x.reshape(batch, channels, rows * h, columns * w)[:, :, :height, :width].contiguous()


def one_bias(module: nn.RNNBase) -> None:
    """Takes the second bias vector out of a recurrent layer: what torch adds in its place is a constant zero."""
    for name in [n for n in module._parameters if n.startswith("bias_hh")]:
        zeros = torch.zeros_like(module._parameters.pop(name), requires_grad=False)
        module.register_buffer(name, zeros, persistent=False)
    module._init_flat_weights()


class Recurrent(nn.Module):
    """In front of torch's RNN, LSTM or GRU: batch×T×F in, the outputs out, of all steps or the last.

    `biases` 1 has one bias vector a gate, as papers write it; of an LSTM `proj_size` is torch's.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        last: bool = False,
        biases: int = 2,
        **more: int,
    ) -> None:
        between = dropout if num_layers > 1 else 0.0
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=biases > 0,
            batch_first=True,
            dropout=between,
            bidirectional=bidirectional,
            **more,
        )
        self.last = last
        if biases == 1:
            one_bias(self)

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)[0]
        return y[:, -1] if self.last else y


class RNN(Recurrent, nn.RNN):
    """torch's RNN as a layer of sequences."""


class LSTM(Recurrent, nn.LSTM):
    """torch's LSTM as a layer of sequences."""


class GRU(Recurrent, nn.GRU):
    """torch's GRU as a layer of sequences."""


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
