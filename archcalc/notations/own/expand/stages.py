"""timm's block strings as lines: `ir_r2_k3_s2_e6_c24_se0.25` is two inverted residuals, the first with stride 2.

A string names its kind, then letters with numbers: r repeats, k kernel, s the first one's stride, e expansion, c channels, se the
share of squeeze and excitation. The rest of a network (stem, head, rounding) it does not say; its activation is `act` of `vars`,
relu6 where there is none, or named in the string (`nre`, `nsw`). Source: timm.models._efficientnet_builder, decode_arch_def.
"""

from __future__ import annotations

import re

from archcalc.notations.own.expand import lines
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.tree import Scalar, scalar_of
from archcalc.text.faults import suggestions

# What each kind of timm's is here: the block, and what it always has.
KINDS = {"ir": "mbconv", "ds": "mbconv", "er": "fused_mbconv", "cn": "conv_bn"}
ACTIVATIONS = {"nre": "relu", "nr6": "relu6", "nsw": "silu", "nhs": "hardswish", "nmi": "mish", "ngelu": "gelu"}


def is_stage(text: str) -> bool:
    """Whether a line is one of timm's block strings."""
    return "_r" in text and re.match(r"[a-z]{2,4}_r\d+(?:_[a-z]+(?:[\d.]+)?)*$", text) is not None


def expand_stage(x: Work, scalar: Scalar, scope: Scope, current: int | None) -> int | None:
    """The blocks of a string, one after the other; the number of the last, None after a fault."""
    kind, *fields = scalar.text.split("_")
    found: dict[str, str] = {}
    act = str(scope.variables.get("act") or "")
    skips, at = kind != "cn", len(kind) + 1
    if kind not in KINDS:
        near = suggestions(kind, KINDS) or list(KINDS)
        x.fault(f"timm's {kind} is not known here", scalar.span(0, len(kind)), *near)
        return None
    for field in fields:
        match = re.match(r"(r|k|s|e|c|se)(\d{1,5}(?:\.\d{1,4})?)$", field)
        if match is not None and match[1] not in found:
            found[match[1]] = match[2]
        elif field in ACTIVATIONS:
            act = ACTIVATIONS[field]
        elif field in ("noskip", "skip"):
            skips = field == "skip"
        else:
            x.fault(
                f"'{field}' is no part of such a string that is known here", scalar.span(at, at + len(field)), "k3", "e6", "c24"
            )
            return None
        at += len(field) + 1
    if "c" not in found:
        x.fault("a block string needs its channels", scalar.span(), f"{scalar.text}_c24")
        return None
    if not act:
        x.graph.note("timm's strings name no activation: relu6 is assumed; `vars: {act: silu}` gives another")
    settings = {"k": found.get("k", "3"), "act": act or "relu6", "skip": str(int(skips))}
    if kind != "cn":
        settings |= {"e": found.get("e", "1"), "se": found.get("se", "0")}
    elif float(found.get("e", "1")) != 1 or "se" in found:
        x.fault("a cn of timm's expands nothing and has no gate", scalar.span(), "e1", "er for both")
        return None
    for n in range(int(found.get("r", "1"))):
        settings["s"] = found.get("s", "1") if n == 0 else "1"
        said = " ".join(f"{name}={value}" for name, value in settings.items())
        current = lines.expand_line(x, scalar_of(scalar, f"{KINDS[kind]} {found['c']} {said}"), scope, current)
    return current
