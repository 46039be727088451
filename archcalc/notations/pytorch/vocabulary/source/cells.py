"""Layers of torch.nn that are made of others: cells of one step, and the smaller ones."""

import torch
import torch.nn.functional as F
from torch.nn import Module, Parameter


class RNNCellBase(Module):
    gates = 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(torch.empty(rows, input_size))
        self.weight_hh = Parameter(torch.empty(rows, hidden_size))
        self.bias_ih = Parameter(torch.empty(rows)) if bias else None
        self.bias_hh = Parameter(torch.empty(rows)) if bias else None

    def start(self, x):
        return torch.zeros(*x.shape[:-1], self.hidden_size)


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        h = self.start(input) if hx is None else hx
        total = F.linear(input, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)
        return torch.tanh(total) if self.nonlinearity == "tanh" else torch.relu(total)


class LSTMCell(RNNCellBase):
    gates = 4

    def forward(self, input, hx=None):
        h, c = (self.start(input), self.start(input)) if hx is None else hx
        total = F.linear(input, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)
        i, f, g, o = total.chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class GRUCell(RNNCellBase):
    gates = 3

    def forward(self, input, hx=None):
        h = self.start(input) if hx is None else hx
        r, z, n = F.linear(input, self.weight_ih, self.bias_ih).chunk(3, -1)
        hr, hz, hn = F.linear(h, self.weight_hh, self.bias_hh).chunk(3, -1)
        r = torch.sigmoid(r + hr)
        z = torch.sigmoid(z + hz)
        n = torch.tanh(n + r * hn)
        return (1 - z) * n + z * h


class Bilinear(Module):
    def __init__(self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.weight = Parameter(torch.empty(out_features, in1_features, in2_features))
        self.bias = Parameter(torch.empty(out_features)) if bias else None

    def forward(self, input1, input2):
        y = torch.einsum("...i,oij,...j->...o", input1, self.weight, input2)
        return y if self.bias is None else y + self.bias


class GLU(Module):
    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.glu(input, self.dim)


class Hardshrink(Module):
    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def forward(self, input):
        return F.hardshrink(input, self.lambd)


class Softshrink(Module):
    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def forward(self, input):
        return F.softshrink(input, self.lambd)


class Threshold(Module):
    def __init__(self, threshold, value, inplace=False):
        super().__init__()
        self.threshold, self.value = threshold, value

    def forward(self, input):
        return F.threshold(input, self.threshold, self.value)


class RReLU(Module):
    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False):
        super().__init__()
        self.lower, self.upper = lower, upper

    def forward(self, input):
        return F.rrelu(input, self.lower, self.upper)


class LPPool1d(Module):
    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.settings = (norm_type, kernel_size, stride, ceil_mode)

    def forward(self, input):
        return F.lp_pool1d(input, *self.settings)


class LPPool2d(LPPool1d):
    def forward(self, input):
        return F.lp_pool2d(input, *self.settings)


class EmbeddingBag(Module):
    def __init__(self, num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode="mean",
                 sparse=False, _weight=None, include_last_offset=False, padding_idx=None, device=None, dtype=None):
        super().__init__()
        self.mode = mode
        self.weight = Parameter(torch.empty(num_embeddings, embedding_dim))

    def forward(self, input, offsets=None, per_sample_weights=None):
        return F.embedding_bag(input, self.weight, offsets, mode=self.mode, per_sample_weights=per_sample_weights)


class Tanhshrink(Module):
    def forward(self, input):
        return input - torch.tanh(input)


class Softmax2d(Module):
    def forward(self, input):
        return torch.softmax(input, -3)


class PixelUnshuffle(Module):
    def __init__(self, downscale_factor):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, x):
        r = self.downscale_factor
        b, c, h, w = x.shape
        return x.reshape(b, c, h // r, r, w // r, r).permute(0, 1, 3, 5, 2, 4).reshape(b, c * r * r, h // r, w // r)


class Unfold(Module):
    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.settings = (kernel_size, dilation, padding, stride)

    def forward(self, input):
        return F.unfold(input, *self.settings)


class Fold(Module):
    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.settings = (output_size, kernel_size, dilation, padding, stride)

    def forward(self, input):
        return F.fold(input, *self.settings)


class CosineSimilarity(Module):
    def __init__(self, dim=1, eps=1e-8):
        super().__init__()
        self.dim = dim

    def forward(self, x1, x2):
        return F.cosine_similarity(x1, x2, self.dim)


class PairwiseDistance(Module):
    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        super().__init__()
        self.p, self.keepdim = p, keepdim

    def forward(self, x1, x2):
        return F.pairwise_distance(x1, x2, self.p, keepdim=self.keepdim)


class DataParallel(Module):
    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)
