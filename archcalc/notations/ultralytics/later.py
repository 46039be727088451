"""The modules of YOLOv9, YOLOv10 and boxes that are turned. Source: ultralytics.nn.modules."""

from __future__ import annotations

from archcalc.notations.ultralytics import modules
from archcalc.notations.ultralytics.modules import Call, Node, branches, c2f_of, extra, psa_of


def psa(c: Call) -> Node:
    """YOLOv10's attention over all positions: one part of C2PSA."""
    return psa_of(c, [""])


def sc_down(c: Call) -> Node:
    """Channels first, by a 1×1 convolution; then positions, by a depthwise one."""
    a, c2 = c.bind(c2=..., k=..., s=...), c.out()
    return c.conv(c.conv(c.one(), c2, path="cv1"), c2, a["k"], a["s"], g=c2, act=False, path="cv2")


def c2f_cib(c: Call) -> Node:
    """C2f whose parts are depthwise and 1×1 convolutions in turn; the middle one 7×7 beside 3×3 where `lk` is true."""
    a = c.bind(c2=..., shortcut=False, lk=False, g=1, e=0.5)

    def part(x: Node, path: str, hidden: int) -> Node:
        wide, at = 2 * hidden, f"{path}.cv1"
        y = c.conv(c.conv(x, hidden, 3, g=hidden, path=f"{at}.0"), wide, path=f"{at}.1")
        if a["lk"]:
            far = c.conv(y, wide, 7, g=wide, act=False, path=f"{at}.2.conv")
            near = c.conv(y, wide, 3, g=wide, act=False, path=f"{at}.2.conv1")
            y = c.layer("silu", [c.layer("add", [far, near], f"{at}.2.add")], f"{at}.2.act")
        else:
            y = c.conv(y, wide, 3, g=wide, path=f"{at}.2")
        y = c.conv(c.conv(y, hidden, path=f"{at}.3"), hidden, 3, g=hidden, path=f"{at}.4")
        return c.layer("add", [x, y], f"{path}.add") if a["shortcut"] else y

    return c2f_of(c, part, a["e"])


def detect_twice(c: Call) -> Node:
    """YOLOv10's head, whose first half only training uses."""
    c.r.graph.note(
        "YOLOv10's head runs twice, and is counted so; Ultralytics takes the half for training out when it fuses a model"
    )
    return branches(c, c.bind(nc=...)["nc"], True, True)


def halves_of(c: Call, x: Node, size: int, path: str = "chunk") -> list[Node]:
    """A map in two along its channels."""
    return [c.layer("slice", [x], f"{path}{n + 1}", start=n * size, end=(n + 1) * size) for n in range(2)]


def rep_csp(c: Call, x: Node, c2: int, times: int, path: str) -> Node:
    """C3 whose bottlenecks begin with 3×3 and 1×1 side by side."""
    hidden = c2 // 2

    def part(x: Node, at: str) -> Node:
        sides = [
            c.conv(x, hidden, k, p=p, act=False, path=f"{at}.cv1.{name}") for name, k, p in (("conv1", 3, 1), ("conv2", 1, 0))
        ]
        y = c.layer("silu", [c.layer("add", sides, f"{at}.cv1.add")], f"{at}.cv1.act")
        return c.layer("add", [x, c.conv(y, hidden, 3, path=f"{at}.cv2")], f"{at}.add")

    y = c.chain(c.conv(x, hidden, path=f"{path}.cv1"), part, f"{path}.m", times)
    both = c.layer("concat", [y, c.conv(x, hidden, path=f"{path}.cv2")], f"{path}.concat")
    return c.conv(both, c2, path=f"{path}.cv3")


def rep_ncsp_elan4(c: Call) -> Node:
    """YOLOv9's part: two halves, and two stages one after the other on the second, all side by side."""
    a = c.bind(c2=..., c3=..., c4=..., n=1)
    made = halves_of(c, c.conv(c.one(), a["c3"], path="cv1"), a["c3"] // 2)
    for name in ("cv2", "cv3"):
        made.append(c.conv(rep_csp(c, made[-1], a["c4"], a["n"], f"{name}.0"), a["c4"], 3, path=f"{name}.1"))
    return c.conv(c.layer("concat", made, "concat"), c.out(), path="cv4")


def elan1(c: Call) -> Node:
    """The same with plain convolutions."""
    a = c.bind(c2=..., c3=..., c4=...)
    made = halves_of(c, c.conv(c.one(), a["c3"], path="cv1"), a["c3"] // 2)
    for name in ("cv2", "cv3"):
        made.append(c.conv(made[-1], a["c4"], 3, path=name))
    return c.conv(c.layer("concat", made, "concat"), c.out(), path="cv4")


def a_conv(c: Call) -> Node:
    """An average of 2×2, and a convolution of every second position."""
    c.bind(c2=...)
    return c.conv(c.layer("avgpool", [c.one()], "pool", kernel=2, stride=1), c.out(), 3, 2, 1, path="cv1")


def a_down(c: Call) -> Node:
    """The same for half the channels; the maxima of the other half through a 1×1 convolution."""
    c.bind(c2=...)
    x = c.layer("avgpool", [c.one()], "pool", kernel=2, stride=1)
    first, second = halves_of(c, x, c.chan(x) // 2)
    y = c.conv(first, c.out() // 2, 3, 2, 1, path="cv1")
    z = c.conv(c.layer("maxpool", [second], "max", kernel=3, stride=2, padding=1), c.out() // 2, path="cv2")
    return c.layer("concat", [y, z], "concat")


def spp_elan(c: Call) -> Node:
    """SPPF with a width of its own."""
    a = c.bind(c2=..., c3=..., k=5)
    made = [c.conv(c.one(), a["c3"], path="cv1")]
    for name in ("cv2", "cv3", "cv4"):
        made.append(c.layer("maxpool", made[-1:], name, kernel=a["k"], stride=1, padding=a["k"] // 2))
    return c.conv(c.layer("concat", made, "concat"), c.out(), path="cv5")


def turned(c: Call) -> Node:
    """A detection head with a branch for the angle of each box."""
    a = c.bind(nc=..., ne=1)
    made = branches(c, a["nc"])
    extra(c, a["ne"])
    return made


MODULES = {
    **modules.MODULES, "PSA": psa, "SCDown": sc_down, "C2fCIB": c2f_cib, "v10Detect": detect_twice,
    "RepNCSPELAN4": rep_ncsp_elan4, "ELAN1": elan1, "AConv": a_conv, "ADown": a_down, "SPPELAN": spp_elan, "OBB": turned,
}  # fmt: skip
