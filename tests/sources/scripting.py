import torch
import torch.nn as nn
from torch import Tensor


@torch.jit.script
def swish(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x)


class Branchy(nn.Module):
    __constants__ = ['scale']

    def __init__(self):
        super().__init__()
        self.scale = 2
        self.a = nn.Conv2d(3, 8, 3, padding='same')
        self.b = nn.Conv2d(3, 8, 1)
        self.aux = nn.Linear(8, 2)

    @torch.jit.unused
    def slow(self, x):
        return self.b(x)

    @torch.jit.export
    def features(self, x: Tensor) -> Tensor:
        if torch.jit.is_scripting():
            y = self.b(x)
        else:
            y = self.slow(x)
        return swish(self.a(x) + y * self.scale)

    def forward(self, x: Tensor):
        x = self.features(x)
        if self.training and not torch.jit.is_scripting():
            return self.aux(x.mean((2, 3))), x
        with torch.no_grad():
            pass
        return x.amax(dim=(-2, -1))
