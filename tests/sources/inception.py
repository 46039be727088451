import torch
import torch.nn as nn


class BasicConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **kwargs)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x):
        return nn.functional.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    def __init__(self, in_channels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, pool_proj, conv_block=None):
        super().__init__()
        if conv_block is None:
            conv_block = BasicConv2d
        self.branch1 = conv_block(in_channels, ch1x1, kernel_size=1)
        self.branch2 = nn.Sequential(conv_block(in_channels, ch3x3red, kernel_size=1), conv_block(ch3x3red, ch3x3, kernel_size=3, padding=1))
        self.branch3 = nn.Sequential(conv_block(in_channels, ch5x5red, kernel_size=1), conv_block(ch5x5red, ch5x5, kernel_size=5, padding=2))
        self.branch4 = nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1, ceil_mode=True), conv_block(in_channels, pool_proj, kernel_size=1))

    def _forward(self, x):
        return [branch(x) for branch in (self.branch1, self.branch2, self.branch3, self.branch4)]

    def forward(self, x):
        return torch.cat(self._forward(x), 1)


class MiniGoogLeNet(nn.Module):
    def __init__(self, aux=True):
        super().__init__()
        self.aux_on = aux
        self.stem = BasicConv2d(3, 32, kernel_size=3, stride=2, padding=1)
        self.inc1 = Inception(32, 16, 16, 32, 4, 8, 8)
        self.inc2 = Inception(64, 32, 24, 48, 8, 16, 16)
        self.aux = nn.Linear(64, 10) if aux else None
        self.fc = nn.Linear(112, 10)

    def forward(self, x):
        x = self.inc1(self.stem(x))
        aux = self.aux(x.mean((2, 3))) if self.aux is not None and self.training else None
        x = self.inc2(x)
        x = x.mean(-1).mean(-1)
        out = self.fc(x)
        return (out, aux) if self.training else out
