"""A decoder whose transposed convolutions are told the size to give, a norm of its own and numpy's words: old segmentation code."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.modules.batchnorm import _BatchNorm


class CountedNorm(_BatchNorm):
    """A norm that several devices would share; on one it is the plain one."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True):
        super().__init__(num_features, eps=eps, momentum=momentum, affine=affine)
        self.together = False

    def forward(self, x):
        if not (self.together and self.training):
            return F.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
            )
        raise RuntimeError("only on several devices")


class Down(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride=2, padding=1, bias=False)
        self.norm = CountedNorm(cout)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Up(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.tconv = nn.ConvTranspose2d(cin, cout, 3, stride=2, padding=1, bias=False)

    def forward(self, x, size):
        return self.tconv(x, output_size=size)


class Segment(nn.Module):
    def __init__(self, classes=5):
        super().__init__()
        self.down1, self.down2 = Down(3, 8), Down(8, 16)
        self.up2, self.up1 = Up(16, 8), nn.ConvTranspose2d(8, classes, 2, stride=2)
        self.norms = sum(isinstance(m, _BatchNorm) for m in self.modules())
        self.head = nn.Conv2d(classes, classes * self.norms, 1)

    def forward(self, x):
        size = x.size()
        a = self.down1(x)
        y = self.up2(self.down2(a), a.size()) + a
        y = self.up1(y, output_size=size[2:])
        y = y / (y.sum(dim=1, keepdims=True) + y.mean(axis=1, keepdims=True))
        return self.head(y)


def squash(v):
    return v / torch.sqrt((v**2).sum(axis=-1, keepdims=True))
