# homework 3: a little DenseNet
import torch
from torch import nn
import torch.nn.functional as F


class DenseLayer(nn.Module):
    def __init__(self, n_in, growth):
        super().__init__()
        self.norm = nn.BatchNorm2d(n_in)
        self.conv = nn.Conv2d(n_in, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv(F.relu(self.norm(x)))], dim=1)


class Transition(nn.Sequential):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.add_module('norm', nn.BatchNorm2d(n_in))
        self.add_module('relu', nn.ReLU())
        self.add_module('conv', nn.Conv2d(n_in, n_out, 1, bias=False))
        self.add_module('pool', nn.AvgPool2d(2))


class DenseNet(nn.Module):
    def __init__(self, growth=12, blocks=(4, 4, 4), theta=0.5):
        super().__init__()
        n = 2 * growth
        self.features = nn.Sequential()
        self.features.add_module('conv0', nn.Conv2d(3, n, 3, padding=1))
        for b, depth in enumerate(blocks):
            block = nn.Sequential()
            for d in range(depth):
                block.add_module('layer%d' % d, DenseLayer(n, growth))
                n += growth
            self.features.add_module('block%d' % b, block)
            if b != len(blocks) - 1:
                out = int(n * theta)
                self.features.add_module('trans%d' % b, Transition(n, out))
                n = out
        self.out = nn.Linear(n, 10)

    def forward(self, x):
        h = F.relu(self.features(x))
        h = F.adaptive_avg_pool2d(h, (1, 1)).view(x.shape[0], -1)
        return F.log_softmax(self.out(h), dim=1)
