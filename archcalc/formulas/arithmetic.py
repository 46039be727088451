"""The formula page: every piece of arithmetic, written once, as plain functions on integers in the textbook's letters.

Called with integers they give the number; called with recording integers (`recording.Recorded`) they give the working.
W is the size of one axis, K the kernel, P the padding on one side (Q on the other side where they differ), S the stride,
D the dilation, G the groups. So that a recorded sum reads like the textbook's, sums are written in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from math import gcd, isfinite, isqrt, prod


def lettered(name: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """A count too long to be written out: of recorded numbers it goes by a name of its own, with its axis."""

    def decorate(count: Callable[..., int]) -> Callable[..., int]:
        @wraps(count)
        def counted(*sizes: int) -> int:
            if all(type(n) is int for n in sizes):
                return count(*sizes)
            from archcalc.formulas.recording import Recorded, expr_of
            from archcalc.formulas.tracing import trace_of

            if (trace := trace_of(sizes)) is not None:
                written: int = trace.call(count, sizes)
                return written

            size = str(expr_of(sizes[0])[1])
            axis = f"_{size[0].lower()}" if size[0] in "DHW" and size[1:2] == "_" else ""
            return Recorded(count(*map(int, sizes)), name + axis)

        return counted

    return decorate


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


def field_size(r: int, K: int, j: int, D: int = 1) -> int:
    """Receptive field behind a window of K taps, D apart: r and j are the field and the jump in front of it.

    Source: Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", equation 1.
    """
    return r + D * (K - 1) * j


def field_jump(j: int, S: int) -> int:
    """How far apart in the network's input the fields of neighbouring positions are behind a stride S."""
    return j * S


def field_offset(o: int, P: int, j: int) -> int:
    """Where in the network's input the field of the first position begins behind P positions of padding."""
    return o - P * j


def ceil_div(a: int, b: int) -> int:
    """a/b rounded up."""
    return -(-a // b)


def exact_div(a: int, b: int) -> int:
    """a/b where b divides a. Its own function (and `divmod`, not `//`), so that the working shows a fraction, not a floor."""
    return divmod(a, b)[0]


def divisor_at_most(n: int, most: int) -> int:
    """The largest divisor of n that is at most `most`."""
    pairs = ((d, n // d) for d in range(1, isqrt(n) + 1) if n % d == 0)
    return max(d for pair in pairs for d in pair if d <= most)


def whole(x: int | float) -> int | None:
    """x as an integer, where it is one up to rounding (0.1 * 30 is 3); otherwise None."""
    if isinstance(x, int):
        return x
    if type(x) is not float:
        from archcalc.formulas.tracing import trace_of

        if (trace := trace_of((x,))) is not None:
            found: int | None = trace.call(whole, (x,))
            return found
    if not isfinite(x):
        return None
    nearest = round(x)
    return nearest if abs(x - nearest) <= 1e-9 * max(1.0, abs(x)) else None


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


@lettered("taps")
def taps_inside(W: int, K: int, P: int, S: int, O: int, D: int = 1) -> int:
    """How many (window, tap) pairs along one axis fall on the input itself and not on padding, for O windows.

    Tap k of window o reads position o·S + k·D − P; the pairs that land in 0…W − 1 are those below W less those below 0.
    """
    return pairs_below(W - 1 + P, K, O, S, D) - pairs_below(P - 1, K, O, S, D)


@lettered("windows")
def windows_inside(W: int, K: int, P: int, S: int, O: int, D: int = 1) -> int:
    """How many of O windows along one axis have at least one tap on the input itself.

    Taps at most W apart cannot step over the input, so these windows are a run; taps further apart meet it once at most.
    """
    if D > W:
        return taps_inside(W, K, P, S, O, D)
    first, last = max(0, ceil_div(P - D * (K - 1), S)), min(O - 1, (W - 1 + P) // S)
    return max(0, last - first + 1)


def pairs_below(n: int, K: int, O: int, S: int, D: int) -> int:
    """How many pairs 0 ≤ k < K, 0 ≤ o < O have o·S + k·D ≤ n, without going through them."""
    if n < 0 or O < 1:
        return 0
    some = min(K, n // D + 1)  # taps that reach at least the first window
    full = max(0, min(some, (n - (O - 1) * S) // D + 1))  # taps that reach every window
    rest = some - full
    return full * O + rest + floor_sum(rest, S, -D, n - full * D)


def floor_sum(n: int, m: int, a: int, b: int) -> int:
    """Σ ⌊(a·i + b)/m⌋ for i = 0…n − 1, in steps like Euclid's algorithm.

    Source: Graham, Knuth, Patashnik, Concrete Mathematics, section 3.5; counting lattice points under a line.
    """
    total = 0
    while n > 0:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        top = a * n + b
        n, b = divmod(top, m)
        m, a = a, m
    return total


@lettered("reached")
def positions_reached(W: int, K: int, P: int, S: int, O: int, D: int = 1) -> int:
    """How many of O output positions a transposed convolution of W inputs writes to along one axis.

    Input i and tap k write to i·S + k·D − P. Pairs that meet at one position are a chain in steps of (D/g, −S/g), g the
    greatest common divisor: positions are pairs less those with a pair before them in their chain.
    """
    g = gcd(S, D)
    back, on = D // g, S // g
    pairs = taps_inside(O, K, P, S, W, D)
    return pairs - taps_inside(O, max(0, K - on), P - back * S, S, max(0, W - back), D)


@lettered("reads")
def adaptive_reads(W: int, O: int) -> int:
    """Values read along one axis by O adaptive windows, window i from ⌊i·W/O⌋ to ⌈(i + 1)·W/O⌉. Source: torch."""
    return floor_sum(O, O, W, W + O - 1) - floor_sum(O, O, W, 0)


def interpolated(inp: tuple[int, ...], out: tuple[int, ...]) -> int:
    """Values made by interpolating along one axis after the other, channels first: behind an axis the map has its new size.

    An axis that keeps its size makes none.
    """
    made = 0
    for axis, (W, O) in enumerate(zip(inp, out, strict=True)):
        if W != O:
            made = made + prod(out[: axis + 1]) * prod(inp[axis + 1 :])
    return made


def recurrent_multiplies(gates: int, T: int, H: int, F: int) -> int:
    """Multiplications of one direction of a recurrent layer: each step, each gate is a product with W_x and with W_h."""
    return T * gates * H * (F + H)


def projected_multiplies(gates: int, T: int, H: int, R: int, F: int) -> int:
    """The same where H units are projected to a state of R values, which is what W_h is multiplied with."""
    return T * (gates * H * (F + R) + R * H)


def attention_multiplies(L: int, S: int, E: int) -> int:
    """Multiplications of scaled dot-product attention: queries with keys, then weights with values (heads do not matter)."""
    return 2 * L * S * E
