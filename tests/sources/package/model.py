import torch.nn as nn

from . import blocks
from .blocks import ConvBlock, SEBlock


class MBConv(nn.Module):
    def __init__(self, cin, cout, expand, s):
        super().__init__()
        mid = cin * expand
        self.use_res = cin == cout and s == 1
        self.body = nn.Sequential(
            ConvBlock(cin, mid, 1),
            blocks.ConvBlock(mid, mid, 3, s, groups=mid),
            SEBlock(mid),
            ConvBlock(mid, cout, 1, act=None),
        )

    def forward(self, x):
        return x + self.body(x) if self.use_res else self.body(x)


class Network(nn.Module):
    SETTING = [(16, 2, 1), (24, 4, 2), (24, 4, 1), (40, 4, 2)]

    def __init__(self, classes=10):
        super().__init__()
        self.stem = ConvBlock(3, 16, s=2)
        cin, body = 16, []
        for cout, expand, s in self.SETTING:
            body.append(MBConv(cin, cout, expand, s))
            cin = cout
        self.body = nn.Sequential(*body)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, classes))

    def forward(self, x):
        return self.head(self.body(self.stem(x)))
