"""Attention, the windows of a map, and recurrent layers with the batch first."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Shape = tuple[int, ...]


class Attention(nn.MultiheadAttention):
    """Multi-head attention of one sequence to itself, or of queries to others; only the output is returned."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        kdim: int | None = None,
        vdim: int | None = None,
        causal: bool = False,
    ) -> None:
        super().__init__(embed_dim, num_heads, dropout=dropout, bias=bias, kdim=kdim, vdim=vdim, batch_first=True)
        self.causal = causal

    def forward(self, x: Tensor, keys: Tensor | None = None, values: Tensor | None = None) -> Tensor:
        if keys is None:
            keys = values = x
        else:  # one tensor given twice is projected twice, as two are
            keys = keys[:] if keys is x else keys
            values = keys if values is None else values[:]
        mask = None
        if self.causal:
            mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        return super().forward(x, keys, values, need_weights=False, attn_mask=mask, is_causal=self.causal)[0]


class WindowAttention(nn.Module):
    """Multi-head attention of every sequence ...xTxE with itself; `relative` learns a bias for each distance in a window.

    `cosine` compares by angles, each head with a factor; `cpb` units work the biases of distances out.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        relative: Shape | None = None,
        cosine: bool = False,
        cpb: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        causal: bool = False,
    ) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide an embedding of {embed_dim}")
        if cpb is not None and relative is None:
            raise ValueError("the biases of distances in no window")
        self.num_heads, self.relative, self.dropout, self.causal = num_heads, relative, dropout, causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        nn.init.xavier_uniform_(self.in_proj_weight)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * embed_dim)) if bias else None
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.logit_scale = nn.Parameter(torch.full((num_heads, 1, 1), 10.0).log()) if cosine else None
        self.cpb_mlp = None
        if relative is not None:
            count, index = 1, torch.zeros(1, 1, dtype=torch.long)
            for size in relative:  # the row of the table for the distance of two positions, one axis after the other
                places = torch.arange(size)
                apart = places[:, None] - places[None, :] + size - 1
                index = index[:, None, :, None] * (2 * size - 1) + apart[None, :, None, :]
                index = index.reshape(index.shape[0] * size, -1)
                count *= 2 * size - 1
            self.register_buffer("index", index.reshape(-1), persistent=False)
            if cpb is None:
                self.relative_positions = nn.Parameter(torch.empty(count, num_heads))
                nn.init.trunc_normal_(self.relative_positions, std=0.02)
            else:  # from the logarithms of a distance, which is 8 at the end of a window
                first, last = nn.Linear(len(relative), cpb, bias=bias), nn.Linear(cpb, num_heads, bias=False)
                self.cpb_mlp = nn.Sequential(first, nn.ReLU(), last)
                axes = [8 * torch.arange(1 - size, size) / max(size - 1, 1) for size in relative]
                apart = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(count, len(relative))
                self.register_buffer("distances", apart.sign() * (apart.abs() + 1).log2() / 3, persistent=False)

    def biases(self) -> Tensor:
        """A bias of each head for every distance in the window."""
        if self.cpb_mlp is None:
            table: Tensor = self.relative_positions
            return table
        return 16 * torch.sigmoid(self.cpb_mlp(self.distances))

    def forward(self, x: Tensor) -> Tensor:
        steps, width = x.shape[-2], x.shape[-1]
        bias = self.in_proj_bias
        if self.logit_scale is not None and bias is not None:  # that of the keys is held and not used
            bias = bias.clone()
            bias[width : 2 * width].zero_()
        qkv = F.linear(x, self.in_proj_weight, bias)
        qkv = qkv.reshape(-1, steps, 3, self.num_heads, width // self.num_heads).permute(2, 0, 3, 1, 4).contiguous()
        query, key, value = qkv[0], qkv[1], qkv[2]
        if self.logit_scale is None:
            scores = torch.matmul(query * (width // self.num_heads) ** -0.5, key.transpose(-2, -1))
        else:
            scores = torch.matmul(F.normalize(query, dim=-1), F.normalize(key, dim=-1).transpose(-2, -1))
            scores = scores * self.logit_scale.clamp(max=4.605170185988092).exp()  # at most 100
        if self.relative is not None:
            scores = scores + self.biases()[self.index].reshape(steps, steps, self.num_heads).permute(2, 0, 1)
        if self.causal:
            scores = scores + torch.full((steps, steps), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        shares = F.dropout(F.softmax(scores, -1), self.dropout, self.training)
        y = torch.matmul(shares, value).transpose(1, 2).reshape(x.shape)
        z: Tensor = self.out_proj(y)
        return z


class Partition(nn.Module):
    """A map as its windows, batch x N x positions x C; zeros fill up the last ones. `grid` takes one position from each cell."""

    def __init__(self, size: Shape, grid: bool = False) -> None:
        super().__init__()
        self.size, self.grid = size, grid

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        h, w = self.size
        x = F.pad(x, (0, -width % w, 0, -height % h))
        rows, columns = x.shape[2] // h, x.shape[3] // w
        if self.grid:
            x = x.reshape(batch, channels, h, rows, w, columns).permute(0, 3, 5, 2, 4, 1)
        else:
            x = x.reshape(batch, channels, rows, h, columns, w).permute(0, 2, 4, 3, 5, 1)
        return x.reshape(batch, rows * columns, h * w, channels)


class Unpartition(nn.Module):
    """Windows put together to a map as large as a second one, of which only the size is read."""

    def __init__(self, size: Shape, grid: bool = False) -> None:
        super().__init__()
        self.size, self.grid = size, grid

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        (batch, _, _, channels), (height, width), (h, w) = x.shape, like.shape[2:], self.size
        rows, columns = (height + h - 1) // h, (width + w - 1) // w
        x = x.reshape(batch, rows, columns, h, w, channels)
        x = x.permute(0, 5, 3, 1, 4, 2) if self.grid else x.permute(0, 5, 1, 3, 2, 4)
        return x.reshape(batch, channels, rows * h, columns * w)[:, :, :height, :width].contiguous()


def one_bias(module: nn.RNNBase) -> None:
    """Takes the second bias vector out of a recurrent layer: what torch adds in its place is a constant zero."""
    for name in [n for n in module._parameters if n.startswith("bias_hh")]:
        zeros = torch.zeros_like(module._parameters.pop(name), requires_grad=False)
        module.register_buffer(name, zeros, persistent=False)
    module._init_flat_weights()


class Recurrent(nn.Module):
    """In front of torch's RNN, LSTM or GRU: batch×T×F in, the outputs out, of all steps or the last.

    `biases` 1 has one bias vector a gate, as papers write it; of an LSTM `proj_size` is torch's.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        last: bool = False,
        biases: int = 2,
        **more: int,
    ) -> None:
        between = dropout if num_layers > 1 else 0.0
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=biases > 0,
            batch_first=True,
            dropout=between,
            bidirectional=bidirectional,
            **more,
        )
        self.last = last
        if biases == 1:
            one_bias(self)

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)[0]
        return y[:, -1] if self.last else y


class RNN(Recurrent, nn.RNN):
    """torch's RNN as a layer of sequences."""


class LSTM(Recurrent, nn.LSTM):
    """torch's LSTM as a layer of sequences."""


class GRU(Recurrent, nn.GRU):
    """torch's GRU as a layer of sequences."""
