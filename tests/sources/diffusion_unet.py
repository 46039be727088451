import math
import torch
import torch.nn as nn
import torch.nn.functional as F


def timestep_embedding(t, dim):
    half = dim // 2
    freqs = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / half).to(t.device)
    args = t[:, None].float() * freqs[None]
    return torch.cat([torch.cos(args), torch.sin(args)], dim=-1)


class ResBlock(nn.Module):
    def __init__(self, cin, cout, emb):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.emb = nn.Linear(emb, cout)
        self.norm2 = nn.GroupNorm(8, cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.emb(F.silu(emb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + self.skip(x)


class AttnBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = nn.GroupNorm(8, c)
        self.q, self.k, self.v, self.proj = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x)
        q = self.q(y).reshape(b, c, h * w).permute(0, 2, 1)
        k = self.k(y).reshape(b, c, h * w)
        a = torch.softmax(torch.bmm(q, k) * int(c) ** (-0.5), dim=2)
        v = self.v(y).reshape(b, c, h * w)
        y = torch.bmm(v, a.permute(0, 2, 1)).reshape(b, c, h, w)
        return x + self.proj(y)


class Denoiser(nn.Module):
    def __init__(self, ch=16, mult=(1, 2, 2), attn_at=(2,)):
        super().__init__()
        self.ch, emb = ch, ch * 4
        self.time = nn.Sequential(nn.Linear(ch, emb), nn.SiLU(), nn.Linear(emb, emb))
        self.conv_in = nn.Conv2d(3, ch, 3, padding=1)
        self.down, chans, c = nn.ModuleList(), [ch], ch
        for i, m in enumerate(mult):
            level = nn.Module()
            level.block = ResBlock(c, ch * m, emb)
            level.attn = AttnBlock(ch * m) if i in attn_at else nn.Identity()
            level.down = nn.Conv2d(ch * m, ch * m, 3, stride=2, padding=1) if i < len(mult) - 1 else None
            self.down.append(level)
            c = ch * m
            chans.append(c)
        self.mid = ResBlock(c, c, emb)
        self.up = nn.ModuleList()
        for i, m in reversed(list(enumerate(mult))):
            level = nn.Module()
            level.block = ResBlock(c + chans.pop(), ch * m, emb)
            level.up = nn.ConvTranspose2d(ch * m, ch * m, 4, 2, 1) if i else None
            self.up.append(level)
            c = ch * m
        self.out = nn.Sequential(nn.GroupNorm(8, c), nn.SiLU(), nn.Conv2d(c, 3, 3, padding=1))

    def forward(self, x, t):
        emb = self.time(timestep_embedding(t, self.ch))
        h, hs = self.conv_in(x), []
        for level in self.down:
            h = level.attn(level.block(h, emb))
            hs.append(h)
            if level.down is not None:
                h = level.down(h)
        h = self.mid(h, emb)
        for level in self.up:
            h = level.block(torch.cat([h, hs.pop()], dim=1), emb)
            if level.up is not None:
                h = level.up(h)
        return self.out(h)
