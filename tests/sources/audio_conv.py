import torch
import torch.nn as nn


class AudioNet(nn.Module):
    """Raw waveforms, 1-D convolutions with large strides, attention over time, statistics pooled."""

    def __init__(self, n_classes=35, n_channel=16):
        super().__init__()
        specs = ((80, 16, 1), (3, 1, 1), (3, 1, 2), (3, 1, 2))
        c = 1
        for i, (k, s, mult) in enumerate(specs, 1):
            setattr(self, 'conv' + str(i), nn.Conv1d(c, n_channel * mult, k, stride=s))
            setattr(self, 'bn' + str(i), nn.BatchNorm1d(n_channel * mult))
            setattr(self, 'pool' + str(i), nn.MaxPool1d(4 if i < 4 else 2))
            c = n_channel * mult
        self.n = len(specs)
        self.attn = nn.MultiheadAttention(c, 4, batch_first=True)
        self.fc = nn.Linear(2 * c, n_classes)

    def forward(self, x):
        for i in range(1, self.n + 1):
            conv, bn, pool = (getattr(self, f'{name}{i}') for name in ('conv', 'bn', 'pool'))
            x = pool(torch.relu(bn(conv(x))))
        x = x.permute(0, 2, 1)
        x, _ = self.attn(x, x, x)
        x = torch.cat((x.mean(1), x.std(1)), dim=1)
        return torch.log_softmax(self.fc(x), dim=1)
