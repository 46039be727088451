"""A network from rows [from, repeats, module, arguments], as detectors of one family are written."""
import torch
import torch.nn as nn


def autopad(k, p=None):
    return k // 2 if p is None else p


class Conv(nn.Module):
    act = nn.SiLU()

    def __init__(self, c1, c2, k=1, s=1, p=None):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, autopad(k, p), bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = self.act if isinstance(self.act, nn.Module) else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class C2(nn.Module):
    def __init__(self, c1, c2, n=1, shortcut=True):
        super().__init__()
        self.c = c2 // 2
        self.cv1 = Conv(c1, c2, 1)
        self.m = nn.ModuleList(nn.Sequential(Conv(self.c, self.c, 3), Conv(self.c, self.c, 3)) for _ in range(n))
        self.cv2 = Conv((2 + n) * self.c, c2, 1)

    def forward(self, x):
        y = list(self.cv1(x).chunk(2, 1))
        y.extend(m(y[-1]) for m in self.m)
        return self.cv2(torch.cat(y, 1))


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)


ROWS = [
    [-1, 1, 'Conv', [16, 3, 2]],
    [-1, 1, 'Conv', [32, 3, 2]],
    [-1, 2, 'C2', [32]],
    [-1, 1, 'Conv', [64, 3, 2]],
    [-1, 1, 'C2', [64]],
    [-1, 1, 'nn.Upsample', [None, 2, 'nearest']],
    [[-1, 2], 1, 'Concat', [1]],
    [-1, 1, 'C2', [32]],
]
KINDS = {'Conv': Conv, 'C2': C2, 'Concat': Concat, 'nn.Upsample': nn.Upsample}


def parse(rows, ch):
    layers, save, out = [], [], [ch]
    for i, (f, n, m, args) in enumerate(rows):
        m = KINDS[m]
        if m in (Conv, C2):
            c1, c2 = out[f], args[0]
            args = [c1, c2, *args[1:]]
            if m is C2:
                args.insert(2, n)
        elif m is Concat:
            c2 = sum(out[x] if x < 0 else out[x + 1] for x in f)
        else:
            c2 = out[f]
        module = m(*args)
        module.i, module.f = i, f
        save.extend(x % i for x in ([f] if isinstance(f, int) else f) if x != -1)
        layers.append(module)
        out.append(c2)
    return nn.Sequential(*layers), sorted(save)


class Model(nn.Module):
    def __init__(self, rows=ROWS, ch=3):
        super().__init__()
        self.model, self.save = parse(rows, ch)

    def forward(self, x):
        y = []
        for m in self.model:
            if m.f != -1:
                x = y[m.f] if isinstance(m.f, int) else [x if j == -1 else y[j] for j in m.f]
            x = m(x)
            y.append(x if m.i in self.save else None)
        return x
