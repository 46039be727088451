import torch.nn as nn

CHANNELS = [3, 8, 16, 32]


class C3D(nn.Module):
    def __init__(self, classes=6, **kw):
        super().__init__()
        k = kw.pop('kernel', 3)
        if kw:
            raise TypeError(f'unexpected {sorted(kw)}')
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv3d(a, b, k, padding=k // 2), nn.BatchNorm3d(b), nn.ReLU(), nn.MaxPool3d((1 if i == 0 else 2, 2, 2)))
            for i, (a, b) in enumerate(zip(CHANNELS, CHANNELS[1:]))
        )
        self.gap = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(CHANNELS[-1], classes)

    def forward(self, clip):
        for layer in self.layers:
            clip = layer(clip)
        return self.fc(self.gap(clip).squeeze(-1).squeeze(-1).squeeze(-1))
