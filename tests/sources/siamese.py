import torch
import torch.nn as nn


class SiameseNet(nn.Module):
    """Koch-style twin network on 1x35x35 characters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.liner = nn.Sequential(nn.Linear(32 * 6 * 6, 128), nn.Sigmoid())
        self.out = nn.Linear(128, 1)

    def forward_one(self, x):
        x = self.conv(x)
        x = x.view(x.size()[0], -1)
        return self.liner(x)

    def forward(self, x1, x2):
        out1, out2 = self.forward_one(x1), self.forward_one(x2)
        return torch.sigmoid(self.out(torch.abs(out1 - out2)))
