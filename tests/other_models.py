"""Models as somebody else would have written them, for `archcalc check --against other_models:…`."""

from __future__ import annotations

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


def broken() -> nn.Module:
    """Raises."""
    raise RuntimeError("no weights\nhere")


def number() -> int:
    """Makes no module."""
    return 3
