import torch.nn as nn
import torch.nn.functional as F


class ResidualDenseBlock(nn.Module):
    def __init__(self, nf=16, gc=8):
        super().__init__()
        for i in range(1, 4):
            self.__setattr__(f'conv{i}', nn.Conv2d(nf + (i - 1) * gc, gc if i < 3 else nf, 3, 1, 1))
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)

    def forward(self, x):
        import torch
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(torch.cat((x, x1), 1)))
        x3 = self.conv3(torch.cat((x, x1, x2), 1))
        return x3.mul(0.2) + x


class SRNet(nn.Module):
    def __init__(self, scale=4, n_blocks=3, mode='nearest'):
        super().__init__()
        self.scale, self.mode = scale, mode
        self.first = nn.Conv2d(3, 16, 3, 1, 1)
        self.trunk = nn.Sequential(*(ResidualDenseBlock() for _ in range(n_blocks)))
        self.up = nn.ModuleList(nn.Conv2d(16, 16, 3, 1, 1) for _ in range(scale // 2))
        self.last = nn.Conv2d(16, 3, 3, 1, 1)

    def forward(self, x):
        fea = self.first(x)
        fea = fea + self.trunk(fea)
        for conv in self.up:
            fea = F.leaky_relu(conv(F.interpolate(fea, scale_factor=2, mode=self.mode)), 0.2, True)
        base = F.interpolate(x, scale_factor=self.scale, mode='bilinear', align_corners=False)
        return self.last(fea) + base
