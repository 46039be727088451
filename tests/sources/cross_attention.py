import torch
from torch import nn


class CrossAttention(nn.Module):
    def __init__(self, query_dim, context_dim=None, heads=4, dim_head=8):
        super().__init__()
        inner = dim_head * heads
        context_dim = context_dim if context_dim is not None else query_dim
        self.scale, self.heads = dim_head ** -0.5, heads
        self.to_q = nn.Linear(query_dim, inner, bias=False)
        self.to_kv = nn.Linear(context_dim, inner * 2, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, query_dim), nn.Dropout(0.0))

    def split(self, t):
        return t.unflatten(-1, (self.heads, -1)).movedim(-2, 1)

    def forward(self, x, context=None):
        context = x if context is None else context
        q, (k, v) = self.to_q(x), self.to_kv(context).chunk(2, dim=-1)
        q, k, v = map(self.split, (q, k, v))
        sim = torch.einsum('bhid,bhjd->bhij', q, k) * self.scale
        out = torch.einsum('bhij,bhjd->bhid', sim.softmax(dim=-1), v)
        return self.to_out(out.transpose(1, 2).flatten(2))


class Perceiver(nn.Module):
    """A few learned latents read a long input again and again."""

    def __init__(self, latents=6, dim=16, depth=2):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, dim))
        self.cross = CrossAttention(dim, 10)
        self.layers = nn.ModuleList(CrossAttention(dim) for _ in range(depth))
        self.out = nn.Linear(dim, 3)

    def forward(self, data):
        x = self.latents.unsqueeze(0).expand(data.size(0), -1, -1)
        for layer in self.layers:
            x = x + self.cross(x, data)
            x = x + layer(x)
        return self.out(x.mean(1))
