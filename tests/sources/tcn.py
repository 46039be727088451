import torch.nn as nn


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super(Chomp1d, self).__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, :-self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size, dilation, dropout=0.2):
        super(TemporalBlock, self).__init__()
        pad = (kernel_size - 1) * dilation
        layers = []
        for n in (n_inputs, n_outputs):
            layers += [nn.Conv1d(n, n_outputs, kernel_size, padding=pad, dilation=dilation), Chomp1d(pad), nn.ReLU(), nn.Dropout(dropout)]
        self.net = nn.Sequential(*layers)
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(self.net(x) + res)


class TCN(nn.Module):
    def __init__(self, input_size=8, output_size=3, num_channels=(16, 16, 24), kernel_size=3):
        super(TCN, self).__init__()
        self.tcn = nn.Sequential()
        for i, out in enumerate(num_channels):
            self.tcn.append(TemporalBlock(num_channels[i - 1] if i else input_size, out, kernel_size, dilation=2 ** i))
        self.linear = nn.Linear(num_channels[-1], output_size)

    def forward(self, x):
        y = self.tcn(x.transpose(1, 2))
        return self.linear(y[:, :, -1])
