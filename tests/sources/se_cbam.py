import torch
import torch.nn as nn


class ChannelGate(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(c, c // r), nn.ReLU(), nn.Linear(c // r, c))

    def forward(self, x):
        avg = self.mlp(x.mean(dim=(2, 3)))
        top = self.mlp(x.amax(dim=(2, 3)))
        return x * torch.sigmoid(avg + top)[..., None, None]


class SpatialGate(nn.Module):
    def __init__(self, k=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, k, padding=k // 2, bias=False)

    def forward(self, x):
        s = torch.cat([x.max(1, keepdim=True)[0], x.mean(1, keepdim=True)], dim=1)
        return x * self.conv(s).sigmoid()


class CBAMNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        for cin, cout in ((3, 16), (16, 32)):
            self.blocks.append(nn.ModuleDict({'conv': nn.Conv2d(cin, cout, 3, 2, 1), 'channel': ChannelGate(cout), 'spatial': SpatialGate()}))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        for block in self.blocks:
            x = block['conv'](x).relu()
            x = block['spatial'](block['channel'](x))
        return self.fc(x.mean((-2, -1)))
