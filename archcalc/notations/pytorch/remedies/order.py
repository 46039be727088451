"""Dimensions in another order: a permute or transpose that is wrong, or lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from archcalc.interpreter.machine import Machine
from archcalc.notations.pytorch.remedies.text import Remedy, Text, text_of
from archcalc.notations.pytorch.remedies.upstream import above
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.shapes import inner
from archcalc.notations.pytorch.vocabulary.trace import Failed

MOST_CALLS = 3


def may_help(failed: Failed) -> bool:
    """Whether another order of dimensions may make shapes go together: the same sizes are there, or one of them is asked for."""
    shapes = [inner(t.shape) for t in failed.tensors]
    if isinstance(failed.module, Leaf):
        return any(n in shape for shape in shapes for n in sizes_asked(failed.module))
    if len(shapes) > 1 and all(len(s) > 2 for s in shapes):
        return len({tuple(sorted(s)) for s in shapes}) == 1 or shapes[0][0] != shapes[1][0]
    return True


def sizes_asked(module: Leaf) -> list[int]:
    """The numbers a layer was given."""
    return [v for v in module.given.values() if isinstance(v, int) and not isinstance(v, bool) and v > 1]


def candidates(machine: Machine, failed: Failed, texts: dict[int, Text]) -> Iterator[Remedy]:
    """Orders that were written, with two of their dimensions exchanged; then two dimensions of what is used here."""
    seen: set[int] = set()
    for tensor in above(machine, failed.tensors)[:40]:
        place = tensor.place
        if place is None or not isinstance(place.node, ast.Call) or not isinstance(place.node.func, ast.Attribute):
            continue
        if place.node.func.attr != "permute" or id(place.node) in seen or len(seen) >= MOST_CALLS:
            continue
        seen.add(id(place.node))
        text = text_of(texts, place)
        if text is not None:
            yield from _exchanged(text, place.node)
    place = failed.place
    text = text_of(texts, place) if place is not None else None
    if place is None or text is None or not failed.tensors:
        return
    rank = max(len(t.shape) for t in failed.tensors)
    if rank < 3:
        return
    node = place.node
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.MatMult):
            yield from text.instead(node.right, f"{text.of(node.right)}.transpose(-2, -1)", node)
        return
    if not isinstance(node, ast.Call):
        return
    items = [i for item in (*node.args, *(k.value for k in node.keywords))
             for i in (item.elts if isinstance(item, ast.Tuple | ast.List) else [item])]  # fmt: skip
    method = node.func if isinstance(node.func, ast.Attribute) else None
    if method is not None and method.attr in ("view", "reshape"):
        items = [method.value]
    elif method is not None and method.attr in ("matmul", "bmm", "add"):
        items.append(method.value)
    orders = [".transpose(1, 2)"] if rank == 3 else [".permute(0, 2, 3, 1)", ".permute(0, 3, 1, 2)", ".transpose(1, 2)"]
    if method is not None and method.attr in ("matmul", "bmm"):
        orders = [".transpose(-2, -1)", *orders]
    for item in items[::-1]:
        if isinstance(item, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            for order in orders:
                yield from text.instead(item, text.of(item) + order, node)


def _exchanged(text: Text, call: ast.Call) -> Iterator[Remedy]:
    """A permute with two of its dimensions exchanged, the last two first."""
    args = call.args
    if len(args) == 1 and isinstance(args[0], ast.Tuple | ast.List):
        args = args[0].elts
    if len(args) < 3 or any(isinstance(a, ast.Starred) for a in args):
        return
    for a, b in reversed(list(combinations(range(len(args)), 2))):
        first, last = text.ends(args[a]), text.ends(args[b])
        one, other = text.of(args[a]), text.of(args[b])
        start, end = text.ends(call)
        old = text.text[start:end]
        if "\n" in old or len(old) > 100 or "`" in old:
            return
        edits = ((*first, other), (*last, one))
        new = text.text[start : first[0]] + other + text.text[first[1] : last[0]] + one + text.text[last[1] : end]
        yield text.remedy(f"`{new}` for `{old}`", call, *edits)
