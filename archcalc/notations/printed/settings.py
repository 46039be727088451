"""Settings of a layer of Keras that follow from its class, the shapes around it, and its parameters.

A function finds the config that Keras would print so: kernels from parameters and channels, strides and padding from the sizes.
Where several fit, the first is taken and all are named; parameters, shapes and multiplications are the same with each. Where
nothing fits, the row contradicts itself, or is of a layer that does not show what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.formulas import arithmetic as a
from archcalc.layers.base import Shape, dims

LARGEST_KERNEL = 31
LARGEST_STRIDE = 32
Config = dict[str, Any]


class Contradiction(Exception):
    """What a row states and what follows: its parameters or its shape cannot be."""

    def __init__(self, said: str, right: str) -> None:
        super().__init__(said)
        self.said = said
        self.right = right


class Found(NamedTuple):
    """A config, what else fits, and what no summary shows and is read as something."""

    config: Config
    others: tuple[str, ...] = ()
    note: str = ""
    kind: str = ""  # where it is read as another class


Stated = tuple[Sequence[Shape], Shape, int]  # the shapes that come in, the one that goes out, all parameters


def found(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    """The settings of a layer, in Keras's order of axes; None where they do not follow. Raises Contradiction."""
    maker = MAKERS.get(cls)
    if maker is None or not reads or not out or any(0 in shape or not shape for shape in (*reads, out)):
        return None
    if params and cls in FREE:
        raise Contradiction(f"{params:,} parameters of a {cls}, which has none", "0")
    return maker(cls, reads, out, params)


def inputs(cls: str, out: Shape, params: int) -> Iterator[Shape]:
    """Inputs, in Keras's order, that a layer may have read; the usual ones first."""
    each = params // out[-1] if out[-1] else 0
    if cls == "Flatten":
        yield from ((a.product(out),),)
    elif cls == "Dense":
        yield from ((*out[:-1], width) for width in (each - 1, each) if width > 0)
    elif cls == "Embedding":
        yield out[:-1]
    elif cls in ("LSTM", "GRU", "SimpleRNN", "Bidirectional"):
        steps = out[0] if len(out) == 2 else 50
        units = ((out[-1] // 2, params // 2), (out[-1], params // 2)) if cls == "Bidirectional" else ((out[-1], params),)
        for unit, count in units:
            for _, gates, biases, _ in GATES:
                width = count // (gates * unit) - unit - biases if unit else 0
                if width > 0:
                    yield (steps, width)
    elif "Conv" in cls or "Separable" in cls:
        usual = (1, 3, 4, 2, *range(5, 65), 96, 128, 192, 256, 320, 384, 512, 768, 1024, 2048)
        for bias in (1, 0):
            for channels in usual:
                for k in range(1, LARGEST_KERNEL + 1):
                    if "Separable" in cls or k ** (len(out) - 1) * channels == each - bias:
                        yield from (
                            (*(n * stride + valid * (k - 1) for n in out[:-1]), channels) for stride in (1, 2) for valid in (1, 0)
                        )
    elif "Pooling" in cls and len(out) > 1:
        yield from ((*(n * stride for n in out[:-1]), out[-1]) for stride in (2, 3, 4))
    elif "ZeroPadding" in cls:
        yield (*(n - 6 for n in out[:-1]), out[-1])
        yield (*(n - 2 for n in out[:-1]), out[-1])
    elif cls == "Reshape":
        yield (a.product(out),)
    else:
        yield out


def _rank(cls: str) -> int:
    return next((int(c) for c in cls if c in "123"), 2)


def shared(params: int, filters: int) -> int:
    """The parameters of each filter. Raises Contradiction."""
    if filters < 1 or params % filters:
        raise Contradiction(f"{params:,} parameters cannot be shared by {filters:,} filters", f"a multiple of {filters:,}")
    return params // filters


# -- windows ----------------------------------------------------------------------------------------------------------------


def kernels(volume: int, rank: int) -> list[Shape]:
    """Kernels of so many taps: a cube where there is one, else all that are no longer than LARGEST_KERNEL."""
    for k in range(1, LARGEST_KERNEL + 1):
        if k**rank == volume:
            return [(k,) * rank]
    if rank == 1:
        return []
    if rank == 2:
        return [(k, volume // k) for k in range(1, LARGEST_KERNEL + 1) if volume % k == 0 and volume // k <= LARGEST_KERNEL]
    return [
        (k, *rest)
        for k in range(1, LARGEST_KERNEL + 1)
        if volume % k == 0
        for rest in ([(j, j) for j in range(1, LARGEST_KERNEL + 1) if j * j == volume // k])
    ]


def windows(size: Shape, out: Shape, kernel: Shape) -> list[tuple[int, str, int]]:
    """Stride, padding and dilation with which a kernel makes one map of another; the plainest first."""
    fits = []
    for stride in range(1, LARGEST_STRIDE + 1):
        valid = all(w >= k and n == (w - k) // stride + 1 for w, k, n in zip(size, kernel, out, strict=True))
        if valid:
            fits.append((stride, "valid", 1))
        if all(n == a.ceil_div(w, stride) for w, n in zip(size, out, strict=True)) and not (
            valid and all((n - 1) * stride + k <= w for w, k, n in zip(size, kernel, out, strict=True))
        ):
            fits.append((stride, "same", 1))  # with zeros; without, it is the same as valid
    if not fits:
        apart = [
            d for d in range(2, LARGEST_KERNEL) if all(n == w - d * (k - 1) for w, k, n in zip(size, kernel, out, strict=True))
        ]
        fits = [(1, "valid", dilation) for dilation in apart]
    return fits


def _window(kernel: Shape, fit: tuple[int, str, int]) -> str:
    stride, padding, dilation = fit
    apart = f", dilation {dilation}" if dilation > 1 else ""
    return f"kernel {dims(kernel)}, stride {stride}, {padding}{apart}"


def _settled(shapes: Sequence[tuple[Shape, tuple[int, str, int]]]) -> tuple[Config, tuple[str, ...]]:
    """The first of the windows that fit, and all of them in words where they are several."""
    kernel, (stride, padding, dilation) = shapes[0]
    config = {"kernel_size": list(kernel), "strides": [stride] * len(kernel), "padding": padding}
    if dilation > 1:
        config["dilation_rate"] = [dilation] * len(kernel)
    # A kernel of 1 at stride 1 is the same with either padding.
    said = dict.fromkeys(_window(k, fit) for k, fit in shapes)
    return config, tuple(said) if len(said) > 1 else ()


def _conv(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1:
        return None
    filters, channels = out[-1], into[-1]
    each = shared(params, filters)
    for groups in [1, *(g for g in range(2, channels + 1) if channels % g == 0 and filters % g == 0)]:
        fits = []
        for bias in (True, False):
            volume, left = divmod(each - bias, channels // groups)
            if left == 0 and volume > 0:
                for kernel in kernels(volume, rank):
                    fits += [(bias, kernel, fit) for fit in windows(into[:-1], out[:-1], kernel)]
        fits = [fit for fit in fits if len(set(fit[1])) == 1] or fits  # a square where one fits
        if fits:
            bias = fits[0][0]
            config, others = _settled([(kernel, fit) for b, kernel, fit in fits if b == bias])
            config |= {"filters": filters, "use_bias": bias} | ({"groups": groups} if groups > 1 else {})
            if any(b != bias for b, _, _ in fits):
                return None  # how many of the parameters are biases does not follow
            return Found(config, others)
        if groups == 1 and any((each - bias) % channels == 0 and kernels((each - bias) // channels, rank) for bias in (0, 1)):
            return None  # parameters fit, sizes do not: it may be padded or dilated in a way of its own
    return None


def _depthwise(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1 or out[-1] % into[-1]:
        return None
    each = shared(params, out[-1])
    for bias in (False, True):
        fits = [(k, fit) for k in kernels(each - bias, rank) for fit in windows(into[:-1], out[:-1], k)] if each > bias else []
        if fits and (each - bias == 1 or len(set(fits[0][0])) == 1):
            config, others = _settled(fits)
            return Found(config | {"depth_multiplier": out[-1] // into[-1], "use_bias": bias}, others)
    return None


def _separable(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1:
        return None
    channels, filters = into[-1], out[-1]
    for bias in (True, False):
        volume, left = divmod(params - channels * filters - bias * filters, channels)
        if left == 0 and volume > 0:
            fits = [(k, fit) for k in kernels(volume, rank) for fit in windows(into[:-1], out[:-1], k)]
            if fits and len(set(fits[0][0])) == 1:
                config, others = _settled(fits)
                return Found(config | {"filters": filters, "use_bias": bias}, others)
    return None


def _transposed(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1:
        return None
    each = shared(params, out[-1])
    fits = []
    for bias in (True, False):
        volume, left = divmod(each - bias, into[-1])
        for kernel in kernels(volume, rank) if left == 0 and volume > 0 else []:
            for stride in range(1, LARGEST_STRIDE + 1):
                if all(n == w * stride for w, n in zip(into[:-1], out[:-1], strict=True)):
                    fits.append((bias, kernel, (stride, "same", 1)))
                elif all(n == w * stride + max(k - stride, 0) for w, k, n in zip(into[:-1], kernel, out[:-1], strict=True)):
                    fits.append((bias, kernel, (stride, "valid", 1)))
    if not fits or any(b != fits[0][0] for b, _, _ in fits):
        return None
    config, others = _settled([(kernel, fit) for _, kernel, fit in fits])
    return Found(config | {"filters": out[-1], "use_bias": fits[0][0]}, others)


def _pool(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1 or into[-1] != out[-1]:
        return None
    size, to = into[:-1], out[:-1]
    fits = []
    for k in range(1, LARGEST_STRIDE + 1):
        for kernel, padding in ((k, "valid"), (k, "same"), (k + 1, "valid"), (k + 1, "same"), (3, "same")):
            made = [a.ceil_div(w, k) if padding == "same" else (w - kernel) // k + 1 for w in size]
            unpadded = padding == "same" and all((n - 1) * k + kernel <= w for w, n in zip(size, to, strict=True))
            fit = (kernel, k, "valid" if unpadded else padding)
            if tuple(made) == to and fit not in fits and not (padding == "valid" and kernel > min(size)):
                fits.append(fit)
    if not fits:
        strides = [next((s for s in range(1, w + 1) if w // s == n), 0) for w, n in zip(size, to, strict=True)]
        if min(strides) < 1:
            return None
        return Found({"pool_size": strides, "strides": strides, "padding": "valid"})
    kernel, stride, padding = fits[0] if fits[0][1] > 1 or len(fits) == 1 else fits[-1]
    said = tuple(f"window {k}, stride {s}, {p}" for k, s, p in fits)
    config = {"pool_size": [kernel] * rank, "strides": [stride] * rank, "padding": padding}
    return Found(config, said if len(said) > 1 else ())


def _padding(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1 or into[-1] != out[-1]:
        return None
    cut = cls.startswith("Cropping")
    added = [(w - n if cut else n - w) for w, n in zip(into[:-1], out[:-1], strict=True)]
    if min(added) < 0:
        return None
    pairs = [[n // 2, n - n // 2] for n in added]
    uneven = "" if all(n % 2 == 0 for n in added) else "the odd row and column are read as the last"
    value = pairs if rank > 1 else pairs[0]
    return Found({"cropping" if cut else "padding": value}, note=uneven)


def _upsampling(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    rank, into = _rank(cls), reads[0]
    if len(into) != rank + 1 or len(out) != rank + 1 or any(n % w for w, n in zip(into[:-1], out[:-1], strict=True)):
        return None
    return Found({"size": [n // w for w, n in zip(into[:-1], out[:-1], strict=True)]})


def _global(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    into = reads[0]
    if out[-1:] != into[-1:]:
        raise Contradiction(f"{dims(out)} comes out of {dims(into)}", dims(into[-1:]))
    return Found({"keepdims": True} if len(out) == len(into) else {}) if len(out) in (1, len(into)) else None


# -- vectors and sequences --------------------------------------------------------------------------------------------------


def _dense(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    into = reads[0]
    if into[:-1] != out[:-1]:
        raise Contradiction(f"a Dense makes {dims(out)} of {dims(into)}", dims((*into[:-1], out[-1])))
    units, width = out[-1], into[-1]
    for bias in (True, False):
        if params == units * (width + bias):
            return Found({"units": units, "use_bias": bias})
    raise Contradiction(f"{params:,} parameters of a Dense from {width:,} to {units:,}", f"{units * (width + 1):,}")


def _embedding(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    return Found({"input_dim": shared(params, out[-1]), "output_dim": out[-1]})


GATES: tuple[tuple[str, int, int, Config], ...] = (
    ("LSTM", 4, 1, {}),
    ("GRU", 3, 2, {"reset_after": True}),
    ("GRU", 3, 1, {"reset_after": False}),
    ("SimpleRNN", 1, 1, {}),
)


def _cells(kind: str, width: int, units: int, params: int) -> Iterator[Found]:
    """The recurrent layers of so many units that have so many parameters."""
    for name, gates, biases, more in GATES:
        for bias in (True, False):
            if kind in ("", name) and params == gates * units * (width + units + (biases if bias else 0)):
                yield Found({"units": units, "use_bias": bias, **more}, kind=name)


def _recurrent(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    into = reads[0]
    if len(reads) > 1 or len(into) != 2 or len(out) not in (1, 2) or (len(out) == 2 and out[0] != into[0]):
        return None
    made = next(_cells(cls, into[-1], out[-1], params), None)
    if made is None:
        return None
    return Found(made.config | {"return_sequences": len(out) == 2})


def _bidirectional(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    into = reads[0]
    if len(reads) > 1 or len(into) != 2 or len(out) not in (1, 2) or params % 2:
        return None
    fits = [
        (made, merge)
        for units, merge in ((out[-1] // 2, "concat"), (out[-1], "sum"))
        for made in _cells("", into[-1], units, params // 2)
        if merge == "sum" or out[-1] % 2 == 0
    ]
    if len({(made.kind, merge) for made, merge in fits}) != 1:
        return None
    made, merge = fits[0]
    inner = {"class_name": made.kind, "config": made.config | {"return_sequences": len(out) == 2}}
    note = f"a Bidirectional is read as two {made.kind}s, which its parameters fit"
    return Found({"layer": inner, "merge_mode": merge}, note=note)


# -- normalisation ----------------------------------------------------------------------------------------------------------


def _batch_norm(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    for axis, channels in ((-1, out[-1]), (1, out[0])):
        if params == 4 * channels:
            return Found({"axis": axis})
        if params == 3 * channels:
            return Found({"axis": axis, "scale": False}, ("without a scale", "without a shift"))
        if params == 2 * channels:
            return Found({"axis": axis, "scale": False, "center": False})
    raise Contradiction(f"{params:,} parameters of a BatchNormalization of {out[-1]:,} channels", f"{4 * out[-1]:,}")


def _scaled_norm(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    channels = out[-1]
    if params not in (0, channels, 2 * channels) or (cls == "GroupNormalization" and params == channels):
        raise Contradiction(f"{params:,} parameters of a {cls} of {channels:,} channels", f"{2 * channels:,}")
    config: Config = {"axis": -1, "scale": params > 0, "center": params == 2 * channels}
    if cls == "GroupNormalization":
        config["groups"] = -1
        return Found(config, note="how many groups a GroupNormalization has is not printed; one for each channel is read")
    return Found(config)


def _normalization(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if params == 0:
        return Found({"axis": -1, "mean": 0.0, "variance": 1.0})  # given as numbers, and not stored
    return Found({"axis": -1}) if params == 2 * out[-1] + 1 else None


# -- shapes, joins, activations ---------------------------------------------------------------------------------------------


def _same(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if reads[0] != out:
        raise Contradiction(f"a {cls} makes {dims(out)} of {dims(reads[0])}", dims(reads[0]))
    if cls == "Activation":
        return Found({}, note="which function an Activation computes is not printed", kind="Identity")
    if cls == "Rescaling":
        return Found({"scale": 1.0, "offset": 0.0})
    return Found({})


def _prelu(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if params == a.product(out):
        return Found({})
    return Found({"shared_axes": list(range(1, len(out)))}) if params == out[-1] else None


def _flatten(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if out != (a.product(reads[0]),):
        raise Contradiction(f"a Flatten makes {dims(out)} of {dims(reads[0])}", f"{a.product(reads[0])}")
    return Found({})


def _reshape(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if a.product(out) != a.product(reads[0]):
        raise Contradiction(f"a Reshape makes {dims(out)} of {dims(reads[0])}", f"{a.product(reads[0]):,} values")
    return Found({"target_shape": list(out)})


def _permute(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    into = reads[0]
    if sorted(into) != sorted(out) or len(set(into)) < len(into):
        return None
    return Found({"dims": [into.index(n) + 1 for n in out]})


def _repeat(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    return Found({"n": out[0]}) if len(out) == 2 and out[1:] == reads[0] else None


def _join(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    return Found({}) if len(reads) > 1 else None


def _concatenate(cls: str, reads: Sequence[Shape], out: Shape, params: int) -> Found | None:
    if len({len(shape) for shape in (*reads, out)}) != 1 or len(reads) < 2:
        return None
    for axis in reversed(range(len(out))):
        rest = {shape[:axis] + shape[axis + 1 :] for shape in (*reads, out)}
        if len(rest) == 1 and sum(shape[axis] for shape in reads) == out[axis]:
            return Found({"axis": axis + 1})
    raise Contradiction(f"{' and '.join(map(dims, reads[:4]))} do not make {dims(out)} side by side", "the shapes as printed")


Maker = Callable[[str, Sequence[Shape], Shape, int], Found | None]
MAKERS: dict[str, Maker] = {
    **dict.fromkeys("Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D".split(), _conv),
    **dict.fromkeys("DepthwiseConv1D DepthwiseConv2D".split(), _depthwise),
    **dict.fromkeys("SeparableConv1D SeparableConv2D SeparableConvolution2D".split(), _separable),
    **dict.fromkeys("Conv1DTranspose Conv2DTranspose Conv3DTranspose".split(), _transposed),
    **dict.fromkeys(
        "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D MaxPool1D MaxPool2D".split(),
        _pool,
    ),
    **dict.fromkeys(
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
        "GlobalMaxPooling3D".split(),
        _global,
    ),
    **dict.fromkeys("ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D Cropping3D".split(), _padding),
    **dict.fromkeys("UpSampling1D UpSampling2D UpSampling3D".split(), _upsampling),
    "Dense": _dense,
    "Embedding": _embedding,
    **dict.fromkeys("LSTM GRU SimpleRNN".split(), _recurrent),
    "Bidirectional": _bidirectional,
    "BatchNormalization": _batch_norm,
    **dict.fromkeys("LayerNormalization GroupNormalization".split(), _scaled_norm),
    "Normalization": _normalization,
    "PReLU": _prelu,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat,
    "Concatenate": _concatenate,
    **dict.fromkeys("Add Multiply Average Maximum Minimum Subtract".split(), _join),
    **dict.fromkeys(
        "Activation ReLU LeakyReLU ELU Softmax Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout "
        "GaussianDropout GaussianNoise ActivityRegularization Masking RandomFlip RandomRotation RandomZoom RandomContrast "
        "RandomTranslation RandomBrightness Identity Rescaling".split(),
        _same,
    ),
}  # fmt: skip
# Layers without parameters.
FREE = frozenset(
    cls
    for cls, maker in MAKERS.items()
    if maker in (_pool, _global, _padding, _upsampling, _same, _flatten, _reshape, _permute, _repeat, _concatenate, _join)
    and not cls.startswith("Random")  # Keras counts the seed of those that draw numbers
)
