"""A small net for every kind of work on which counters differ. `peers.py` runs them; archcalc reads this text."""

import torch
import torch.nn.functional as F
from torch import nn


class ConvBiased(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class ConvGrouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=4, bias=False)

    def forward(self, x):
        return self.conv(x)


class ConvOneAxis(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(12, 16, 5, padding=2)

    def forward(self, x):
        return self.conv(x)


class ConvThreeAxes(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(2, 4, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class Transposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1)

    def forward(self, x):
        return self.conv(x)


class TransposedGrouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, groups=4, bias=False)

    def forward(self, x):
        return self.conv(x)


class TransposedSquare(nn.Module):
    """As many channels out as in."""

    def __init__(self):
        super().__init__()
        self.conv = nn.ConvTranspose2d(16, 16, 2, stride=2)

    def forward(self, x):
        return self.conv(x)


class LinearVector(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(512, 20)

    def forward(self, x):
        return self.fc(x)


class LinearTokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(512, 20)

    def forward(self, x):
        return self.fc(x)


class LinearTokensBare(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(512, 20, bias=False)

    def forward(self, x):
        return self.fc(x)


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.batch = nn.BatchNorm2d(8)
        self.bare = nn.BatchNorm2d(8, affine=False)
        self.group = nn.GroupNorm(2, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.plain = nn.InstanceNorm2d(8)

    def forward(self, x):
        return self.plain(self.instance(self.group(self.bare(self.batch(x)))))


class LayerNorms(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(48)
        self.bare = nn.LayerNorm(48, elementwise_affine=False)

    def forward(self, x):
        return self.bare(self.norm(x))


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU()
        self.relu6 = nn.ReLU6()
        self.leaky = nn.LeakyReLU(0.1)
        self.prelu = nn.PReLU(8)
        self.elu = nn.ELU()
        self.gelu = nn.GELU()
        self.silu = nn.SiLU()
        self.sigmoid = nn.Sigmoid()
        self.tanh = nn.Tanh()
        self.hardswish = nn.Hardswish()
        self.hardsigmoid = nn.Hardsigmoid()
        self.softmax = nn.Softmax(1)

    def forward(self, x):
        x = self.silu(self.gelu(self.elu(self.prelu(self.leaky(self.relu6(self.relu(x)))))))
        return self.softmax(self.hardsigmoid(self.hardswish(self.tanh(self.sigmoid(x)))))


class ActivationFunctions(nn.Module):
    """The same as functions, which a counter that watches modules does not see."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1, bias=False)

    def forward(self, x):
        x = self.conv(x)
        x = F.silu(F.gelu(F.elu(F.leaky_relu(F.relu6(F.relu(x)), 0.1))))
        return F.softmax(torch.tanh(torch.sigmoid(x)), 1)


class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1, bias=False)
        self.most = nn.MaxPool2d(3, stride=2, padding=1)
        self.mean = nn.AvgPool2d(2)
        self.adaptive = nn.AdaptiveAvgPool2d(3)
        self.largest = nn.AdaptiveMaxPool2d(2)
        self.whole = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        return self.whole(self.largest(self.adaptive(self.mean(self.most(self.conv(x))))))


class PoolFunctions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1, bias=False)

    def forward(self, x):
        x = self.conv(x)
        x = F.avg_pool2d(F.max_pool2d(x, 2), 2)
        return F.adaptive_avg_pool2d(x, 3).mean([2, 3])


class Upsampled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1, bias=False)
        self.near = nn.Upsample(scale_factor=2)
        self.linear = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x):
        return self.linear(self.near(self.conv(x)))


class Arithmetic(nn.Module):
    """A gate and a skip, written with operators."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1, bias=False)

    def forward(self, x):
        y = self.conv(x)
        return torch.sigmoid(y) * x + y / 2 - x * 0.5


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(100, 128, batch_first=True)

    def forward(self, x):
        y, _ = self.rnn(x)
        return y


class LongShortTerm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(100, 128, batch_first=True)

    def forward(self, x):
        y, _ = self.lstm(x)
        return y


class LongShortTermDeep(nn.Module):
    """Two layers, both directions."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(100, 64, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x):
        y, _ = self.lstm(x)
        return y


class LongShortTermProjected(nn.Module):
    """Two layers in both directions, whose states are smaller than their cells."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(100, 64, num_layers=2, bidirectional=True, batch_first=True, proj_size=24)

    def forward(self, x):
        y, _ = self.lstm(x)
        return y


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(100, 128, batch_first=True)

    def forward(self, x):
        y, _ = self.gru(x)
        return y


class Attended(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(256, 8, batch_first=True)

    def forward(self, x):
        y, _ = self.attention(x, x, x, need_weights=False)
        return y


class AttendedWidths(nn.Module):
    """Keys and values of other widths than the queries."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 4, kdim=20, vdim=12, batch_first=True)

    def forward(self, x):
        y, _ = self.attention(x, x[:, :, :20].contiguous(), x[:, :, 20:].contiguous(), need_weights=False)
        return y


class AttendedAcross(nn.Module):
    """Queries of one sequence, keys and values of another."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 32, bias=False)
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
        self.bare = nn.MultiheadAttention(32, 4, batch_first=True, bias=False)

    def forward(self, x):
        other = self.fc(x)[:, :6].contiguous()
        y, _ = self.attention(x, other, other, need_weights=False)
        y, _ = self.bare(y, other, x[:, :6].contiguous(), need_weights=False)
        return y


class AttendedUnfused(nn.Module):
    """What torch's kernel of attention does not take: no biases, heads that are no pairs, steps first; and asked for weights."""

    def __init__(self):
        super().__init__()
        self.bare = nn.MultiheadAttention(24, 4, batch_first=True, bias=False)
        self.odd = nn.MultiheadAttention(24, 3, batch_first=True)
        self.steps = nn.MultiheadAttention(24, 4)
        self.asked = nn.MultiheadAttention(24, 4)

    def forward(self, x):
        x, _ = self.bare(x, x, x)
        x, _ = self.odd(x, x, x, need_weights=False)
        x = x.transpose(0, 1).contiguous()
        x, _ = self.steps(x, x, x, need_weights=False)
        x, _ = self.asked(x, x, x)
        return x.transpose(0, 1)


class AttendedFused(nn.Module):
    """Attention of a language model: one projection, the fused kernel, another projection."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(96, 288, bias=False)
        self.out = nn.Linear(96, 96, bias=False)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, 4, 24).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(b, t, c))


class Outer(nn.Module):
    """An einsum that sums over nothing: products value by value."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 5, bias=False)

    def forward(self, x):
        y = torch.einsum("btd,btd->btd", x, self.fc(x))
        return torch.einsum("bt,bd->btd", y[:, :, 0], y[:, 1])


class AttendedWritten(nn.Module):
    """The same with its products written out."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(96, 288, bias=False)
        self.out = nn.Linear(96, 96, bias=False)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, 4, 24).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) * 24**-0.5, -1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, t, c))


class Looked(nn.Module):
    """Token embedding and output layer with one table between them."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(1000, 64)
        self.out = nn.Linear(64, 1000, bias=False)
        self.out.weight = self.table.weight

    def forward(self, x):
        return self.out(self.table(x))


class Twice(nn.Module):
    """One convolution called twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(self.conv(x))


class LinearFunction(nn.Module):
    """A matrix product with weights of the module's own."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(20, 512))

    def forward(self, x):
        return F.linear(x, self.weight)


class ManyTransposed(nn.Module):
    """A decoder of a generative net."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.ConvTranspose2d(32, 64, 4, 1, 0, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(True),
            nn.ConvTranspose2d(64, 16, 4, 2, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(True),
            nn.ConvTranspose2d(16, 3, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, x):
        return self.net(x)


class AttendedWeights(nn.Module):
    """Attention that is asked for its weights, as it is where nothing is said."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x):
        y, _ = self.attention(x, x, x)
        return y


class Contracted(nn.Module):
    """Attention by einsum."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(48, 48), nn.Linear(48, 48), nn.Linear(48, 48)

    def forward(self, x):
        q, k, v = (f(x).unflatten(-1, (4, 12)).transpose(1, 2) for f in (self.q, self.k, self.v))
        weights = torch.einsum("bhid,bhjd->bhij", q, k).softmax(-1)
        return torch.einsum("bhij,bhjd->bhid", weights, v)


class Functions(nn.Module):
    """Products and sums by the names of their functions."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)

    def forward(self, x):
        y = self.fc(x)
        z = torch.bmm(y, x.transpose(1, 2))
        z = torch.matmul(z, y)
        return torch.add(torch.mul(z, x), y.relu())


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.leaky = nn.LeakyReLU(0.2, inplace=True)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.leaky(self.conv(x)))


class Resized(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = F.interpolate(self.conv(x), size=(15, 17), mode="nearest")
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Placed(nn.Module):
    """Words and their places, whose numbers have no batch."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(100, 16)
        self.places = nn.Embedding(32, 16)
        self.norm = nn.LayerNorm(16)

    def forward(self, x):
        places = torch.arange(0, x.size(1))
        return self.norm(self.words(x) + self.places(places))


class RootMean(nn.Module):
    """A normalisation of one's own."""

    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class ChannelNorm(nn.LayerNorm):
    """A class derived from one of torch's."""

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class Bordered(nn.Conv2d):
    def forward(self, x):
        return super().forward(F.pad(x, (0, 1, 0, 1)))


class OwnClasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = Bordered(3, 8, 4)
        self.norm = ChannelNorm(8)
        self.root = RootMean(12)

    def forward(self, x):
        return self.root(self.norm(self.conv(x)))


class Lines(nn.Module):
    """Pools and normalisations along one axis."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 3)
        self.norm = nn.BatchNorm1d(8)
        self.most = nn.MaxPool1d(2)
        self.mean = nn.AvgPool1d(2)
        self.whole = nn.AdaptiveAvgPool1d(3)

    def forward(self, x):
        return self.whole(self.mean(self.most(self.norm(self.conv(x)))))


class Volumes(nn.Module):
    """The same along three, and upsampling."""

    def __init__(self):
        super().__init__()
        self.conv = nn.ConvTranspose3d(2, 6, 2, stride=2, groups=2)
        self.norm = nn.BatchNorm3d(6)
        self.most = nn.MaxPool3d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.whole = nn.AdaptiveAvgPool3d(1)

    def forward(self, x):
        return self.whole(self.up(self.most(self.norm(self.conv(x)))))


class Directions(nn.Module):
    """Recurrent layers without biases, and in both directions."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(10, 12, bidirectional=True, batch_first=True)
        self.rnn = nn.RNN(24, 8, num_layers=2, bias=False, batch_first=True)
        self.lstm = nn.LSTM(8, 6, bias=False, batch_first=True)

    def forward(self, x):
        return self.lstm(self.rnn(self.gru(x)[0])[0])[0]


class Responses(nn.Module):
    """Local response normalisation, as AlexNet has it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.LocalResponseNorm(5)

    def forward(self, x):
        return self.norm(self.conv(x))


class RootMeans(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 12, bias=False)
        self.norm = nn.RMSNorm(12)

    def forward(self, x):
        return self.norm(self.fc(x))


class RarerModules(nn.Module):
    """Activations and rearrangements that few counters know."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.net = nn.Sequential(
            nn.SELU(),
            nn.CELU(),
            nn.Mish(),
            nn.Softplus(),
            nn.Hardtanh(),
            nn.LogSigmoid(),
            nn.Softsign(),
            nn.ZeroPad2d(1),
            nn.PixelShuffle(2),
            nn.Dropout(0.5),
            nn.Identity(),
            nn.Flatten(),
            nn.LogSoftmax(1),
        )

    def forward(self, x):
        return self.net(self.conv(x))


# The input of each, without the batch; a net that looks words up reads whole numbers.
INPUTS = {
    "ConvBiased": (3, 32, 32),
    "ConvGrouped": (8, 32, 32),
    "ConvOneAxis": (12, 40),
    "ConvThreeAxes": (2, 6, 8, 10),
    "Transposed": (64, 28, 28),
    "TransposedGrouped": (64, 28, 28),
    "TransposedSquare": (16, 10, 10),
    "LinearVector": (512,),
    "LinearTokens": (100, 512),
    "LinearTokensBare": (100, 512),
    "Norms": (8, 14, 14),
    "LayerNorms": (10, 48),
    "Activations": (8, 14, 14),
    "ActivationFunctions": (8, 14, 14),
    "Pools": (8, 28, 28),
    "PoolFunctions": (8, 28, 28),
    "Upsampled": (8, 6, 6),
    "Arithmetic": (8, 14, 14),
    "Recurrent": (50, 100),
    "LongShortTerm": (50, 100),
    "LongShortTermDeep": (50, 100),
    "LongShortTermProjected": (50, 100),
    "Gated": (50, 100),
    "Attended": (64, 256),
    "AttendedWidths": (9, 32),
    "AttendedAcross": (9, 32),
    "AttendedUnfused": (7, 24),
    "AttendedFused": (32, 96),
    "AttendedWritten": (32, 96),
    "Outer": (7, 5),
    "Looked": (20,),
    "Twice": (8, 12, 12),
    "LinearFunction": (512,),
    "ManyTransposed": (32, 1, 1),
    "AttendedWeights": (6, 32),
    "Contracted": (20, 48),
    "Functions": (10, 16),
    "InPlace": (3, 12, 12),
    "Resized": (3, 12, 12),
    "Placed": (20,),
    "OwnClasses": (3, 14, 14),
    "Lines": (4, 50),
    "Volumes": (2, 4, 5, 6),
    "Directions": (9, 10),
    "Responses": (3, 12, 12),
    "RootMeans": (9, 16),
    "RarerModules": (3, 12, 12),
}
WORDS = ("Looked", "Placed")
