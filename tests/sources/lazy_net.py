import torch
from torch import nn


class LazyNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.body = nn.Sequential(
            nn.LazyConv2d(16, kernel_size=3), nn.LazyBatchNorm2d(), nn.ReLU(),
            nn.LazyConv2d(32, kernel_size=3, stride=2), nn.ReLU(),
            nn.Flatten(),
        )
        self.fc = nn.LazyLinear(n_classes)

    def forward(self, x):
        return self.fc(self.body(x))


net = LazyNet(4)
net(torch.zeros(1, 3, 17, 17))
