import torch.nn as nn

__all__ = ["ConvBlock", "SEBlock"]
_MOMENTUM = 0.01


class ConvBlock(nn.Sequential):
    def __init__(self, cin, cout, k=3, s=1, groups=1, act=nn.SiLU):
        super().__init__(
            nn.Conv2d(cin, cout, k, s, (k - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout, momentum=_MOMENTUM),
            act() if act else nn.Identity(),
        )


class SEBlock(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        self.fc = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c // r, 1), nn.ReLU(), nn.Conv2d(c // r, c, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(x)
