"""Convolutions, pools, paddings and normalisations of maps, as torch has not."""

from __future__ import annotations

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
