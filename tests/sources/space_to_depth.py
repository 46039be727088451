"""Rearrangements by view and permute alone."""
import torch
import torch.nn as nn


class SpaceToDepth(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        n, c, h, w = x.size()
        b = self.block
        x = x.view(n, c, h // b, b, w // b, b)
        x = x.permute(0, 3, 5, 1, 2, 4).contiguous()
        return x.view(n, c * b * b, h // b, w // b)


class ChannelShuffle(nn.Module):
    def __init__(self, groups):
        super().__init__()
        self.g = groups

    def forward(self, x):
        N, C, H, W = x.shape
        return x.reshape(N, self.g, C // self.g, H, W).transpose(1, 2).reshape(N, C, H, W)


class Windows(nn.Module):
    """Windows of the picture are put into the batch, mixed by a linear layer, and taken back."""

    def __init__(self, dim, window=4):
        super().__init__()
        self.window = window
        self.mix = nn.Linear(dim, dim)

    def forward(self, x):
        B, C, H, W = x.shape
        m = self.window
        w = x.view(B, C, H // m, m, W // m, m).permute(0, 2, 4, 3, 5, 1).reshape(-1, m * m, C)
        w = self.mix(w)
        w = w.view(B, H // m, W // m, m, m, C).permute(0, 5, 1, 3, 2, 4)
        return w.reshape(B, C, H, W)


model = nn.Sequential(
    SpaceToDepth(2),
    nn.Conv2d(12, 24, 1, groups=4),
    ChannelShuffle(4),
    nn.Conv2d(24, 24, 3, padding=1, groups=24),
    Windows(24),
    nn.PixelShuffle(2),
)
