import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import rearrange, reduce, repeat
from einops.layers.torch import Rearrange


class Mixer(nn.Module):
    def __init__(self, image=32, patch=8, dim=24, depth=2):
        super().__init__()
        n = (image // patch) ** 2
        self.embed = nn.Sequential(Rearrange('b c (h p1) (w p2) -> b (h w) (p1 p2 c)', p1=patch, p2=patch), nn.Linear(3 * patch * patch, dim))
        self.cls = nn.Parameter(torch.zeros(dim))
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            self.layers.append(nn.ModuleList([
                nn.Sequential(nn.LayerNorm(dim), Rearrange('b n d -> b d n'), nn.Linear(n + 1, n + 1), nn.GELU(), Rearrange('b d n -> b n d')),
                nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)),
            ]))

    def forward(self, x):
        x = self.embed(x)
        x = torch.cat((repeat(self.cls, 'd -> b 1 d', b=x.shape[0]), x), dim=1)
        for tokens, channels in self.layers:
            x = tokens(x) + x
            x = channels(x) + x
        return reduce(x, 'b n d -> b d', 'mean')
