"""The modules of Ultralytics' models, made of convolutions. Source: ultralytics.nn.modules, and YOLOv5's models.common."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, prod
from typing import Any

from archcalc.layers.base import Shape
from archcalc.notations.ultralytics.work import Plain, Work
from archcalc.text.faults import ValueFault
from archcalc.text.source import Span

Node = int | None


# Arguments that are yes or no, fractions, words, and sizes that may be one for each axis; every other is a whole number.
FLAGS, FRACTIONS, WORDS = ("shortcut", "act", "c3k", "lk"), ("e", "scale_factor"), ("mode",)
LISTS = ("k", "s", "p", "kernel_size", "stride", "padding")


def _check(name: str, value: Plain) -> None:
    """Refuses an argument of another kind than its name has. Raises ValueFault."""
    if name == "kpt_shape":
        return
    if name in FLAGS:
        fits, what, instead = isinstance(value, bool), "True or False", "True"
    elif name in FRACTIONS:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits, what, instead = number and 0 < float(value) <= 64, "a number above 0", "0.5"  # type: ignore[arg-type]
    elif name in WORDS:
        fits, what, instead = isinstance(value, str), "a word", "nearest"
    else:
        parts = value if isinstance(value, list) and name in LISTS else [value]
        fits = all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= 10**6 for n in parts) and bool(parts)
        what, instead = "a whole number", "1"
    if not fits:
        raise ValueFault(f"{name} is {what}, not {str(value)[:30]}", instead)


class Call:
    """One line of a model being made: its arguments in order, what it reads, and under which path its parts stand."""

    def __init__(
        self, work: Work, path: str, span: Span, place: Span, args: list[Plain], inputs: list[Node], times: int, name: str
    ) -> None:
        self.r = work
        self.path = path
        self.span = span
        self.place = place
        self.args = args
        self.inputs = inputs
        self.times = times
        self.name = name

    # -- arguments ----------------------------------------------------------------------------------------------------

    def bind(self, **defaults: Any) -> dict[str, Any]:
        """Arguments by name: those given in order, then the defaults. Raises ValueFault at one too many, or one missing."""
        if len(self.args) > len(defaults):
            raise ValueFault(f"{len(self.args)} arguments; it takes {', '.join(defaults)}", f"{len(defaults)} arguments")
        found = dict(zip(defaults, self.args, strict=False))
        for name, default in defaults.items():
            value = found.get(name, default)
            if value is ...:
                raise ValueFault(f"it needs {name}", "64")
            if value is not None or default is not None:
                _check(name, value)
            found[name] = value
        return found

    def out(self, name: str = "c2") -> int:
        """The channels asked for, at the model's width. Raises ValueFault."""
        value = self.args[0] if self.args else None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10**6:
            raise ValueFault("its first argument is the channels it puts out", "64")
        return self.r.channels(value)

    def one(self) -> Node:
        """The only line it reads. Raises ValueFault."""
        if len(self.inputs) != 1:
            raise ValueFault(f"it reads one line, not {len(self.inputs)}", "-1")
        return self.inputs[0]

    def shape(self, x: Node) -> Shape | None:
        """The shape of a node."""
        return self.r.building.shape(x)

    def chan(self, x: Node) -> int:
        """The channels of a node; 1 where they are not known after a fault."""
        shape = self.shape(x)
        return shape[0] if shape else 1

    # -- parts --------------------------------------------------------------------------------------------------------

    def layer(self, kind: str, xs: list[Node], path: str, /, **settings: object) -> Node:
        """A layer under a path of this line. Raises ValueFault for a size that is none."""
        made = self.r.building.layer(kind, self.place, **settings)
        return self.r.building.add(made, xs, f"{self.path}.{path}" if path else self.path, self.span)

    def conv(
        self,
        x: Node,
        c2: int,
        k: object = 1,
        s: object = 1,
        p: object = None,
        g: int = 1,
        d: int = 1,
        act: object = True,
        path: str = "",
    ) -> Node:
        """Conv: a convolution without bias, batch normalisation, the activation; padding k // 2."""
        prefix = f"{path}." if path else ""
        kernel = tuple(k) if isinstance(k, list | tuple) else k
        padding = p
        if padding is None:
            reach = [d * (n - 1) + 1 for n in (kernel if isinstance(kernel, tuple) else (kernel,))]
            padding = tuple(n // 2 for n in reach) if isinstance(kernel, tuple) else reach[0] // 2
        stride = tuple(s) if isinstance(s, list | tuple) else s
        x = self.layer(
            "conv", [x], f"{prefix}conv", out=c2, kernel=kernel, stride=stride, padding=padding, groups=g, dilation=d, bias=False
        )
        x = self.layer("bn", [x], f"{prefix}bn")
        if act is False:
            return x
        kind, settings = self.r.activation
        return self.layer(kind, [x], f"{prefix}act", **settings)

    def chain(self, x: Node, part: Callable[[Node, str], Node], path: str, times: int) -> Node:
        """A part several times over."""
        for n in range(times):
            x = part(x, f"{path}.{n}")
        return x

    def repeated(self, part: Callable[[Node, str], Node]) -> Node:
        """The line's module, as often as it stands there."""
        x = self.one()
        return part(x, "") if self.times == 1 else self.chain(x, lambda y, p: part(y, p.lstrip(".")), "", self.times)


def inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def conv(c: Call) -> Node:
    a = c.bind(c2=..., k=1, s=1, p=None, g=1, d=1, act=True)
    return c.repeated(lambda x, p: c.conv(x, c.out(), a["k"], a["s"], a["p"], a["g"], a["d"], a["act"], p))


def dw_conv(c: Call) -> Node:
    a, c2 = c.bind(c2=..., k=1, s=1, d=1, act=True), c.out()
    return c.repeated(lambda x, p: c.conv(x, c2, a["k"], a["s"], None, gcd(c.chan(x), c2), a["d"], a["act"], p))


def focus(c: Call) -> Node:
    a = c.bind(c2=..., k=1, s=1, p=None, g=1, act=True)
    x = c.layer("pixelunshuffle", [c.one()], "contract", factor=2)
    return c.conv(x, c.out(), a["k"], a["s"], a["p"], a["g"], 1, a["act"], "conv")


def bottleneck_of(c: Call, x: Node, c2: int, path: str, shortcut: object, g: int, k: tuple[int, int], e: float) -> Node:
    """Two convolutions, and the input added where it has as many channels."""
    y = c.conv(x, int(c2 * e), k[0], path=inside(path, "cv1"))
    y = c.conv(y, c2, k[1], g=g, path=inside(path, "cv2"))
    return c.layer("add", [x, y], inside(path, "add")) if shortcut and c.chan(x) == c2 else y


def bottleneck(c: Call) -> Node:
    if c.r.old:
        a: dict[str, Any] = {**c.bind(c2=..., shortcut=True, g=1, e=0.5), "k": [1, 3]}
    else:
        a = c.bind(c2=..., shortcut=True, g=1, k=[3, 3], e=0.5)
    if not isinstance(a["k"], list) or len(a["k"]) != 2:
        raise ValueFault("k is two kernels", "[3, 3]")
    kernels = (a["k"][0], a["k"][1])
    return c.repeated(lambda x, p: bottleneck_of(c, x, c.out(), p, a["shortcut"], a["g"], kernels, a["e"]))


def csp(c: Call, middle: Callable[[Node, str, int], Node], e: float, times: int) -> Node:
    """Two 1×1 convolutions, one of them through the middle part; both side by side through a third."""
    x, hidden = c.one(), int(c.out() * e)
    y = c.conv(x, hidden, path="cv1")
    y = c.chain(y, lambda z, p: middle(z, p, hidden), "m", times)
    z = c.conv(x, hidden, path="cv2")
    return c.conv(c.layer("concat", [y, z], "concat"), c.out(), path="cv3")


def c3(c: Call) -> Node:
    a = c.bind(c2=..., shortcut=True, g=1, e=0.5)
    return csp(c, lambda x, p, h: bottleneck_of(c, x, h, p, a["shortcut"], a["g"], (1, 3), 1.0), a["e"], c.times)


def c3x(c: Call) -> Node:
    a = c.bind(c2=..., shortcut=True, g=1, e=0.5)

    def cross(x: Node, p: str, h: int) -> Node:
        y = c.conv(x, h, (1, 3), path=f"{p}.cv1")
        y = c.conv(y, h, (3, 1), g=a["g"], path=f"{p}.cv2")
        return c.layer("add", [x, y], f"{p}.add") if a["shortcut"] else y

    return csp(c, cross, a["e"], c.times)


def c2f(c: Call) -> Node:
    """A convolution in two halves; bottlenecks one after the other, all of them side by side through a second."""
    a = c.bind(c2=..., shortcut=False, g=1, e=0.5)
    return c2f_of(c, lambda x, p, h: bottleneck_of(c, x, h, p, a["shortcut"], a["g"], (3, 3), 1.0), a["e"])


def c2f_of(c: Call, part: Callable[[Node, str, int], Node], e: float) -> Node:
    hidden = int(c.out() * e)
    x = c.conv(c.one(), 2 * hidden, path="cv1")
    halves = [c.layer("slice", [x], f"chunk{n + 1}", start=n * hidden, end=(n + 1) * hidden) for n in range(2)]
    for n in range(c.times):
        halves.append(part(halves[-1], f"m.{n}", hidden))
    return c.conv(c.layer("concat", halves, "concat"), c.out(), path="cv2")


def c3k2(c: Call) -> Node:
    """C2f whose parts are bottlenecks, or C3 with kernels of 3; the latter in every model of scale m, l or x."""
    a = c.bind(c2=..., c3k=False, e=0.5, g=1, shortcut=True)
    deep = a["c3k"] or c.r.scale in ("m", "l", "x")

    def part(x: Node, p: str, hidden: int) -> Node:
        if not deep:
            return bottleneck_of(c, x, hidden, p, a["shortcut"], a["g"], (3, 3), 0.5)
        half = hidden // 2
        y = c.conv(x, half, path=f"{p}.cv1")
        y = c.chain(y, lambda z, q: bottleneck_of(c, z, half, q, a["shortcut"], a["g"], (3, 3), 1.0), f"{p}.m", 2)
        z = c.conv(x, half, path=f"{p}.cv2")
        return c.conv(c.layer("concat", [y, z], f"{p}.concat"), hidden, path=f"{p}.cv3")

    return c2f_of(c, part, a["e"])


def c2psa(c: Call) -> Node:
    """Half the channels through attention over all positions and a feed-forward part, several times; then both halves."""
    return psa_of(c, [f"m.{n}." for n in range(c.times)])


def psa_of(c: Call, paths: list[str]) -> Node:
    """C2PSA: its parts by their paths."""
    a = c.bind(c2=..., e=0.5)
    hidden = int(c.out() * a["e"])
    heads = max(hidden // 64, 1)
    wide = hidden // heads
    key = wide // 2
    x = c.conv(c.one(), 2 * hidden, path="cv1")
    kept = c.layer("slice", [x], "chunk1", start=0, end=hidden)
    y = c.layer("slice", [x], "chunk2", start=hidden, end=2 * hidden)
    shape = c.shape(y)
    positions = prod(shape[1:]) if shape else 1
    for at in paths:
        path = f"{at}attn"
        qkv = c.conv(y, heads * (2 * key + wide), act=False, path=f"{path}.qkv")
        parts = []
        for name, size in (("q", key), ("k", key), ("v", wide)):
            parts.append(c.layer("move", [qkv], f"{path}.{name}", to=(heads, positions, size), how=f"{name} of every head"))
        met = c.layer("dotattention", parts, f"{path}.attention")
        back = c.layer("move", [met], f"{path}.view", to=shape or (hidden, 1, 1), how="heads together")
        values = c.layer("move", [parts[2]], f"{path}.values", to=shape or (hidden, 1, 1), how="values as a map")
        place = c.conv(values, hidden, 3, g=hidden, act=False, path=f"{path}.pe")
        z = c.conv(c.layer("add", [back, place], f"{path}.add"), hidden, act=False, path=f"{path}.proj")
        y = c.layer("add", [y, z], f"{at}add1")
        z = c.conv(c.conv(y, 2 * hidden, path=f"{at}ffn.0"), hidden, act=False, path=f"{at}ffn.1")
        y = c.layer("add", [y, z], f"{at}add2")
    return c.conv(c.layer("concat", [kept, y], "concat"), c.out(), path="cv2")


def bottleneck_csp(c: Call) -> Node:
    a = c.bind(c2=..., shortcut=True, g=1, e=0.5)
    x, hidden = c.one(), int(c.out() * a["e"])
    y = c.conv(x, hidden, path="cv1")
    y = c.chain(y, lambda z, p: bottleneck_of(c, z, hidden, p, a["shortcut"], a["g"], _kernels(c), 1.0), "m", c.times)
    y = c.layer("conv", [y], "cv3", out=hidden, kernel=1, bias=False)
    z = c.layer("conv", [x], "cv2", out=hidden, kernel=1, bias=False)
    y = c.layer("silu", [c.layer("bn", [c.layer("concat", [y, z], "concat")], "bn")], "act")
    return c.conv(y, c.out(), path="cv4")


def _kernels(c: Call) -> tuple[int, int]:
    return (1, 3) if c.r.old else (3, 3)


def spp(c: Call) -> Node:
    a = c.bind(c2=..., k=[5, 9, 13])
    if not isinstance(a["k"], list):
        raise ValueFault("k is a list of windows", "[5, 9, 13]")
    x = c.conv(c.one(), c.chan(c.one()) // 2, path="cv1")
    pools = [c.layer("maxpool", [x], f"m.{n}", kernel=k, stride=1, padding=k // 2) for n, k in enumerate(a["k"])]
    return c.conv(c.layer("concat", [x, *pools], "concat"), c.out(), path="cv2")


def sppf(c: Call) -> Node:
    """One pool three times over, all of them side by side."""
    a = c.bind(c2=..., k=5)
    if not isinstance(a["k"], int):
        raise ValueFault("k is one window", "5")
    found = [c.conv(c.one(), c.chan(c.one()) // 2, path="cv1")]
    for n in range(3):
        found.append(c.layer("maxpool", [found[-1]], f"m{n + 1}", kernel=a["k"], stride=1, padding=a["k"] // 2))
    return c.conv(c.layer("concat", found, "concat"), c.out(), path="cv2")


def ghost_of(c: Call, x: Node, c2: int, path: str, k: int = 1, s: int = 1, g: int = 1, act: object = True) -> Node:
    """Half the channels by a convolution, the other half of those by a depthwise one of 5×5."""
    y = c.conv(x, c2 // 2, k, s, None, g, act=act, path=inside(path, "cv1"))
    z = c.conv(y, c2 // 2, 5, 1, None, c2 // 2, act=act, path=inside(path, "cv2"))
    return c.layer("concat", [y, z], inside(path, "concat"))


def ghost_conv(c: Call) -> Node:
    a = c.bind(c2=..., k=1, s=1, g=1, act=True)
    return c.repeated(lambda x, p: ghost_of(c, x, c.out(), p, a["k"], a["s"], a["g"], a["act"]))


def ghost_bottleneck_of(c: Call, x: Node, c2: int, path: str, k: int = 3, s: int = 1) -> Node:
    half, c1 = c2 // 2, c.chan(x)
    y = ghost_of(c, x, half, inside(path, "conv.0"))
    if s == 2:
        y = c.conv(y, half, k, s, None, half, act=False, path=inside(path, "conv.1"))
    y = ghost_of(c, y, c2, inside(path, "conv.2"), act=False)
    if s == 2:
        x = c.conv(x, c1, k, s, None, c1, act=False, path=inside(path, "shortcut.0"))
        x = c.conv(x, c2, act=False, path=inside(path, "shortcut.1"))
    return c.layer("add", [y, x], inside(path, "add"))


def ghost_bottleneck(c: Call) -> Node:
    a = c.bind(c2=..., k=3, s=1)
    return c.repeated(lambda x, p: ghost_bottleneck_of(c, x, c.out(), p, a["k"], a["s"]))


def c3_ghost(c: Call) -> Node:
    a = c.bind(c2=..., shortcut=True, g=1, e=0.5)
    return csp(c, lambda x, p, h: ghost_bottleneck_of(c, x, h, p), a["e"], c.times)


def concat(c: Call) -> Node:
    a = c.bind(dimension=1)
    if a["dimension"] != 1:
        raise ValueFault(f"a Concat along dimension {a['dimension']} is not known here", "1")
    return c.layer("concat", c.inputs, "")


def upsample(c: Call) -> Node:
    a = c.bind(size=None, scale_factor=2, mode="nearest")
    if a["size"] is not None:
        raise ValueFault("an Upsample to a size is not known here", "[None, 2, nearest]")
    return c.layer("upsample", [c.one()], "", scale=a["scale_factor"], mode=a["mode"])


def max_pool(c: Call) -> Node:
    a = c.bind(kernel_size=..., stride=None, padding=0)
    return c.layer("maxpool", [c.one()], "", kernel=a["kernel_size"], stride=a["stride"], padding=a["padding"])


def zero_pad(c: Call) -> Node:
    pads = c.bind(padding=...)["padding"]
    if isinstance(pads, list) and len(pads) == 4:
        pads = ((pads[2], pads[3]), (pads[0], pads[1]))
    return c.layer("zeropad", [c.one()], "", padding=pads)


def transposed(c: Call) -> Node:
    a = c.bind(c2=..., k=..., s=1, p=0)
    return c.layer("convtranspose", [c.one()], "", out=c.out(), kernel=a["k"], stride=a["s"], padding=a["p"])


def norm(c: Call) -> Node:
    return c.layer("bn", [c.one()], "")


def contract(c: Call) -> Node:
    return c.layer("pixelunshuffle", [c.one()], "", factor=c.bind(gain=2)["gain"])


def expand(c: Call) -> Node:
    return c.layer("pixelshuffle", [c.one()], "", factor=c.bind(gain=2)["gain"])


def classify(c: Call) -> Node:
    """A convolution to 1280 channels, the mean of each, dropout, a fully connected layer."""
    a = c.bind(c2=..., k=1, s=1, p=None, g=1)
    x = c.conv(c.one(), 1280, a["k"], a["s"], a["p"], a["g"], path="conv")
    x = c.layer("flatten", [c.layer("adaptiveavgpool", [x], "pool")], "flatten")
    return c.layer("fc", [c.layer("dropout", [x], "drop", p=0.0)], "linear", out=a["c2"])


def proto(c: Call, x: Node, hidden: int, masks: int) -> Node:
    """Masks at twice the size: convolutions with an upsampling between, in YOLOv8 a transposed convolution."""
    x = c.conv(x, hidden, 3, path="proto.cv1")
    if c.r.old:
        x = c.layer("upsample", [x], "proto.upsample", scale=2)
    else:
        x = c.layer("convtranspose", [x], "proto.upsample", out=hidden, kernel=2, stride=2)
    return c.conv(c.conv(x, hidden, 3, path="proto.cv2"), masks, path="proto.cv3")


def anchored(c: Call, values: int) -> Node:
    """YOLOv5's head: a 1×1 convolution of each map to its boxes' values."""
    boxes = c.r.anchors or 3
    made = [c.layer("conv", [x], f"m.{n}", out=boxes * values, kernel=1) for n, x in enumerate(c.inputs)]
    return made[-1] if made else None


def detect(c: Call) -> Node:
    if c.r.old:
        a = c.bind(nc=..., anchors=3)
        return anchored(c, a["nc"] + 5)
    return branches(c, c.bind(nc=...)["nc"])


def branches(c: Call, classes: int, depthwise: bool | None = None, twice: bool = False) -> Node:
    """YOLOv8's head: for each map a branch for the box (16 values a side) and one for the classes; then the sides' means.

    YOLOv10 has it twice: what comes out is of the second, which has one box for one thing.
    """
    if twice:
        maps(c, classes, depthwise, "")
    boxes, found = maps(c, classes, depthwise, "one2one_" if twice else "")
    y = c.layer("concat", boxes, "boxes", axis=1)
    shape = c.shape(y)
    # The mean of 16 places a side, by a convolution with fixed weights that Ultralytics counts among its parameters.
    y = c.layer("softmax", [c.layer("reshape", [y], "dfl.view", shape=(16, 4, shape[-1] if shape else 1))], "dfl.softmax")
    c.layer("conv", [y], "dfl.conv", out=1, kernel=1, bias=False)
    c.r.graph.note("16 of the parameters are frozen: model.…dfl.conv takes the mean of a distribution")
    return c.layer("sigmoid", [c.layer("concat", found, "classes", axis=1)], "sigmoid")


def maps(c: Call, classes: int, depthwise: bool | None, p: str) -> tuple[list[Node], list[Node]]:
    """What a head makes of each map: the values of boxes, and those of classes."""
    first = c.chan(c.inputs[0]) if c.inputs else 1
    sides, wide = max(16, first // 4, 64), max(first, min(classes, 100))
    light = any(name in c.r.names for name in ("C3k2",)) if depthwise is None else depthwise
    boxes, found = [], []
    for n, x in enumerate(c.inputs):
        y = c.conv(c.conv(x, sides, 3, path=f"{p}cv2.{n}.0"), sides, 3, path=f"{p}cv2.{n}.1")
        y = c.layer("conv", [y], f"{p}cv2.{n}.2", out=64, kernel=1)
        if light:
            c1 = c.chan(x)
            z = c.conv(c.conv(x, c1, 3, g=c1, path=f"{p}cv3.{n}.0.0"), wide, path=f"{p}cv3.{n}.0.1")
            z = c.conv(c.conv(z, wide, 3, g=wide, path=f"{p}cv3.{n}.1.0"), wide, path=f"{p}cv3.{n}.1.1")
        else:
            z = c.conv(c.conv(x, wide, 3, path=f"{p}cv3.{n}.0"), wide, 3, path=f"{p}cv3.{n}.1")
        z = c.layer("conv", [z], f"{p}cv3.{n}.2", out=classes, kernel=1)
        shape = c.shape(y)
        positions = prod(shape[1:]) if shape else 1
        boxes.append(c.layer("reshape", [y], f"{p}box.{n}", shape=(64, positions)))
        found.append(c.layer("reshape", [z], f"{p}class.{n}", shape=(classes, positions)))
    return boxes, found


def segment(c: Call) -> Node:
    """A detection head, masks, and in YOLOv8 a branch for each map that says how they mix."""
    if c.r.old:
        a = c.bind(nc=..., anchors=3, nm=32, npr=256)
        made = anchored(c, a["nc"] + 5 + a["nm"])
        proto(c, c.inputs[0], c.r.channels(a["npr"]), a["nm"])
        return made
    a = c.bind(nc=..., nm=32, npr=256)
    made = branches(c, a["nc"])
    proto(c, c.inputs[0], c.r.channels(a["npr"]), a["nm"])
    extra(c, a["nm"])
    return made


def extra(c: Call, values: int) -> None:
    """A further branch of each map."""
    wide = max((c.chan(c.inputs[0]) if c.inputs else 1) // 4, values)
    for n, x in enumerate(c.inputs):
        y = c.conv(c.conv(x, wide, 3, path=f"cv4.{n}.0"), wide, 3, path=f"cv4.{n}.1")
        c.layer("conv", [y], f"cv4.{n}.2", out=values, kernel=1)


def pose(c: Call) -> Node:
    a = c.bind(nc=..., kpt_shape=None)
    made = branches(c, a["nc"])
    extra(c, c.r.keypoints)
    return made


MODULES: dict[str, Callable[[Call], Node]] = {
    "Conv": conv, "DWConv": dw_conv, "Focus": focus, "Bottleneck": bottleneck, "C3": c3, "C3x": c3x, "C2f": c2f, "C3k2": c3k2,
    "C2PSA": c2psa, "BottleneckCSP": bottleneck_csp, "SPP": spp, "SPPF": sppf, "GhostConv": ghost_conv,
    "GhostBottleneck": ghost_bottleneck, "C3Ghost": c3_ghost, "Concat": concat, "nn.Upsample": upsample,
    "nn.MaxPool2d": max_pool, "nn.ZeroPad2d": zero_pad, "nn.ConvTranspose2d": transposed, "nn.BatchNorm2d": norm,
    "Contract": contract, "Expand": expand, "Classify": classify, "Detect": detect, "Segment": segment, "Pose": pose,
}  # fmt: skip
