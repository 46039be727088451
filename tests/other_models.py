"""Models as somebody else would have written them, for `archcalc check --against other_models:…`."""

from __future__ import annotations

import torch
from torch import nn


def lenet(classes: int = 10, kernel: int = 5) -> nn.Module:
    """LeNet-5 as Dive into Deep Learning writes it."""
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel, padding=kernel // 2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, classes),
    )


class Shortcut(nn.Module):
    """A residual block that computes its shortcut first, where the notation computes it last."""

    def __init__(self) -> None:
        super().__init__()
        self.side = nn.Conv2d(4, 8, 1, bias=False)
        self.main = nn.Conv2d(4, 8, 3, padding=1)

    def forward(self, x):
        side = self.side(x)
        return self.main(x) + side


class Encoder(nn.Module):
    """torch's recurrent and attention modules, whose work its counter does not see as they run."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x, _ = self.lstm(x)
        return self.attention(x, x, x)[0]


class Projected(nn.Module):
    """An LSTM whose states are smaller than its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 8, 2, bidirectional=True, batch_first=True, proj_size=3)

    def forward(self, x):
        return self.lstm(x)[0]


class Encoded(nn.Module):
    """A part of a vision transformer that owns the positions beside the layers that follow them."""

    def __init__(self) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.zeros(1, 5, 8))
        self.attention = nn.MultiheadAttention(8, 2)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = (x + self.pos_embedding).transpose(0, 1)
        return self.fc(self.attention(query=x, key=x, value=x)[0].transpose(0, 1))


class VisionTransformer(nn.Module):
    """A small one, as torchvision writes it: the token belongs to the whole, the positions to the encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, 8))
        self.conv_proj = nn.Conv2d(3, 8, 4, 4)
        self.encoder = Encoded()

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        return self.encoder(torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], 1))


class ByHand(nn.Module):
    """Products written out in `forward`, beside one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 8)

    def forward(self, x):
        x = self.fc(x)
        return (x @ x.transpose(1, 2)) @ x


class Spare(nn.Module):
    """A layer that runs, and one that never does."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 8)
        self.spare = nn.Linear(8, 1)

    def forward(self, x):
        return self.fc(x)


def broken() -> nn.Module:
    """Raises."""
    raise RuntimeError("no weights\nhere")


def number() -> int:
    """Makes no module."""
    return 3
