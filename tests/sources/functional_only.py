"""No layer objects at all: weights are parameters, forward is functions."""
import math
import torch
from torch import nn
from torch.nn import functional as F


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        def weight(*shape):
            return nn.Parameter(torch.randn(*shape) / math.sqrt(shape[0]))
        self.w1, self.b1 = weight(8, 3, 3, 3), nn.Parameter(torch.zeros(8))
        self.w2 = weight(16, 8, 3, 3)
        self.register_parameter('w3', weight(10, 16 * 4 * 4))
        self.b3 = nn.Parameter(torch.zeros(10))
        self.register_buffer('mean', torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer('std', torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(F.conv2d(x, self.w1, self.b1, padding=1)), 2)
        x = F.avg_pool2d(F.relu(F.conv2d(x, self.w2, stride=2, padding=1)), 2)
        x = torch.flatten(x, 1)
        return F.linear(x, self.w3, self.b3)
