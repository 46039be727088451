import torch
from torch import nn


class CellLoop(nn.Module):
    """An LSTM unrolled by hand, a step at a time."""

    def __init__(self, inp=12, hid=16, out=5):
        super().__init__()
        self.hid = hid
        self.cell1 = nn.LSTMCell(inp, hid)
        self.cell2 = nn.GRUCell(hid, hid)
        self.head = nn.Linear(hid, out)

    def forward(self, x):
        h = x.new_zeros(x.size(0), self.hid)
        c = torch.zeros_like(h)
        g = torch.zeros(x.size(0), self.hid, device=x.device)
        outs = []
        for t in range(x.size(1)):
            h, c = self.cell1(x[:, t, :], (h, c))
            g = self.cell2(h, g)
            outs += [self.head(g)]
        return torch.stack(outs, 1)


class HandMadeGate(nn.Module):
    def __init__(self, n=10):
        super().__init__()
        self.i2h = nn.Linear(n + n, n)
        self.gate = nn.Linear(n + n, n)

    def step(self, x, h):
        z = torch.cat((x, h), 1)
        u = torch.sigmoid(self.gate(z))
        return u * h + (1 - u) * torch.tanh(self.i2h(z))

    def forward(self, x):
        h = torch.zeros(x.shape[0], x.shape[-1])
        for step in x.unbind(1):
            h = self.step(step, h)
        return h
