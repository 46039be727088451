"""The formula page: every piece of arithmetic, written once, as plain functions on integers in the textbook's letters.

Called with integers they give the number; called with recording integers (`working.Recorded`) they give the working.
W is the size of one axis, K the kernel, P the padding on one side (Q on the other side where they differ), S the stride,
D the dilation, G the groups. So that a recorded sum reads like the textbook's, sums are written in its order.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod


def conv_out(W: int, K: int, P: int, S: int, D: int = 1, Q: int | None = None) -> int:
    """Output size of a convolution or pooling window along one axis, rounded down.

    The number of places at which the (dilated) kernel starts inside the padded input, every S-th counted.
    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic", relation 15; torch.nn.Conv2d.
    """
    padding = 2 * P if Q is None else P + Q
    return (W - D * (K - 1) - 1 + padding) // S + 1


def pool_out_ceil(W: int, K: int, P: int, S: int, D: int = 1) -> int:
    """Output size of a pooling window along one axis, rounded up, before torch's last-window rule."""
    return ceil_div(W - D * (K - 1) - 1 + 2 * P, S) + 1


def last_window_outside(O: int, W: int, P: int, S: int) -> bool:
    """Whether the last of O windows starts beyond the input and its left padding; torch then drops it."""
    return (O - 1) * S >= W + P


def transposed_out(W: int, K: int, P: int, S: int, D: int = 1, R: int = 0) -> int:
    """Output size of a transposed convolution along one axis; R is the output padding. Source: torch.nn.ConvTranspose2d."""
    return (W - 1) * S - 2 * P + D * (K - 1) + R + 1


def reach(K: int, D: int = 1) -> int:
    """How many input positions a kernel of K taps spans when dilated by D."""
    return D * (K - 1) + 1


def same_padding(K: int, D: int = 1) -> tuple[int, int]:
    """Padding before and after that keeps the size at stride 1; the odd one goes after, as in torch."""
    total = D * (K - 1)
    return total // 2, total - total // 2


def ceil_div(a: int, b: int) -> int:
    """a/b rounded up."""
    return -(-a // b)


def exact_div(a: int, b: int) -> int:
    """a/b where b divides a. Its own function (and `divmod`, not `//`), so that the working shows a fraction, not a floor."""
    return divmod(a, b)[0]


def product(numbers: Iterable[int]) -> int:
    """The product; 1 for none."""
    return prod(numbers)


def conv_multiplies(kernel: tuple[int, ...], C_in: int, out: tuple[int, ...], G: int = 1) -> int:
    """Multiplications of a convolution: each output value is a sum over the kernel and the channels of its group.

    `out` is the output shape, channels first; padding zeros are multiplied like any other value.
    """
    return prod(kernel) * exact_div(C_in, G) * prod(out)


def transposed_multiplies(kernel: tuple[int, ...], inp: tuple[int, ...], C_out: int, G: int = 1) -> int:
    """Multiplications of a transposed convolution: each *input* value meets the kernel once for every output map."""
    return prod(kernel) * prod(inp) * exact_div(C_out, G)


def taps_inside(W: int, K: int, P: int, S: int, O: int, D: int = 1) -> int:
    """How many (window, tap) pairs along one axis fall on the input itself and not on padding, for O windows.

    Tap k of window o reads position o·S + k·D − P; the sum over taps counts, for each, the windows that land in 0…W−1.
    Closed form per tap: every window o with ⌈(P − kD)/S⌉ ≤ o ≤ ⌊(W − 1 + P − kD)/S⌋, clipped to 0…O−1.
    """
    total = 0
    for k in range(K):
        first = max(0, ceil_div(P - k * D, S))
        last = min(O - 1, (W - 1 + P - k * D) // S)
        total += max(0, last - first + 1)
    return total


def recurrent_multiplies(gates: int, T: int, H: int, F: int) -> int:
    """Multiplications of one direction of a recurrent layer: each step, each gate is a product with W_x and with W_h."""
    return T * gates * H * (F + H)


def attention_multiplies(L: int, S: int, E: int) -> int:
    """Multiplications of scaled dot-product attention: queries with keys, then weights with values (heads do not matter)."""
    return 2 * L * S * E
