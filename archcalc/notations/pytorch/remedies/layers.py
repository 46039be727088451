"""A layer that does not take what arrives: the size it states, a flatten in front of it, groups that do not divide."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import gcd

from archcalc.formulas.arithmetic import product
from archcalc.interpreter.machine import Machine
from archcalc.notations.pytorch.remedies.text import Making, Remedy, Text, making, text_of
from archcalc.notations.pytorch.remedies.upstream import above, modules_above
from archcalc.notations.pytorch.vocabulary.leaves import Leaf
from archcalc.notations.pytorch.vocabulary.shapes import Batch, inner
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.notations.pytorch.vocabulary.trace import Failed, trace

# What a layer calls the size that goes in, and the one that comes out.
SIZES = {
    "Linear": ("in_features", "out_features"), "Conv": ("in_channels", "out_channels"), "BatchNorm": ("num_features", ""),
    "InstanceNorm": ("num_features", ""), "GroupNorm": ("num_channels", ""), "LayerNorm": ("normalized_shape", ""),
    "RMSNorm": ("normalized_shape", ""), "PReLU": ("num_parameters", ""), "LSTM": ("input_size", "hidden_size"),
    "GRU": ("input_size", "hidden_size"), "RNN": ("input_size", "hidden_size"), "MultiheadAttention": ("embed_dim", ""),
}  # fmt: skip
MOST_NAMES = 12


def sizes_of(module: Leaf) -> tuple[str, str]:
    """The names of what goes in and out; empty for a layer that states nothing."""
    return next((names for stem, names in SIZES.items() if module.torch_name.startswith(stem)), ("", ""))


def candidates(machine: Machine, failed: Failed, texts: dict[int, Text]) -> Iterator[Remedy]:
    """Remedies at the layer itself and in front of it."""
    module = failed.module
    made = making(texts, module)
    if not failed.tensors:
        if made is not None:
            yield from _groups(made)
        return
    tensor = failed.tensors[0]
    shape = inner(tensor.shape)
    if not isinstance(module, Leaf):
        ranks = [len(t.shape) for t in failed.tensors]
        for flat in failed.tensors:
            if len(flat.shape) == 2 and (max(ranks) > 2 or len(ranks) == 1):
                yield from _unflattened(machine, flat, texts)
        return
    into, out = sizes_of(module)
    stated = module.given.get(into) if into else None
    last = module.torch_name.startswith(("Linear", "LayerNorm", "RMSNorm", "LSTM", "GRU", "RNN", "Multihead"))
    arriving = shape[-1] if last and shape else shape[0] if shape else 0
    ranked = len(tensor.shape) > 2 and not isinstance(tensor.shape[0], int)
    # Where only the rank is wrong, or all values together are those that are stated.
    if ranked and (product(shape) == stated or (stated == arriving and not last)):
        yield from _flattened(machine, failed, texts, module)
    if len(tensor.shape) == 2:
        yield from _unflattened(machine, tensor, texts)
    if made is None or not isinstance(stated, int) or stated == arriving:
        return
    first, second = made.written(into), made.written(out) if out else ""
    plain = not re.search(r"[A-Za-z_]", first)
    swapped = made.with_arguments(**{into: second, out: first}) if second and module.given.get(out) == arriving else iter(())
    if max(stated, arriving) >= 3 * min(stated, arriving) or not plain:
        yield from swapped
    if plain:
        yield from made.with_arguments(**{into: str(arriving)})
    for name in _names(machine, failed, texts, made, into):
        yield from made.with_arguments(**{into: name})
    if not plain:
        yield from made.with_arguments(**{into: str(arriving)})
    yield from swapped
    # It may be the layer before that is wrong.
    for other in modules_above(machine, failed.tensors)[:6]:
        before = making(texts, other)
        comes, goes = sizes_of(other)
        if before is not None and goes and before.written(goes):
            if other.given.get(comes) == stated:
                yield from before.with_arguments(**{comes: before.written(goes), goes: before.written(comes)})
            yield from before.with_arguments(**{goes: str(stated)})
            return


def _names(machine: Machine, failed: Failed, texts: dict[int, Text], made: Making, into: str) -> Iterator[str]:
    """Expressions of the source that may be the size that arrives: parts of what is written, what made it, names in reach."""
    text = made.text
    written = made.argument(into)
    found: dict[str, None] = {}
    if written is not None:
        for node in ast.walk(written):
            if isinstance(node, ast.BinOp):
                found[text.of(node.left)] = None
        found.pop(text.of(written), None)
    function = text.function(made.node)
    for other in modules_above(machine, failed.tensors)[:8]:
        before = making(texts, other)
        if before is not None and before.text is text and text.function(before.node) is function:
            comes, goes = sizes_of(other)
            if name := before.written(goes or comes):
                found[name] = None
    for name in reach(text, made.node, function):
        found[name] = None
    found.pop(made.written(into), None)
    yield from list(found)[:MOST_NAMES]


def reach(text: Text, node: ast.expr, function: ast.FunctionDef | ast.ClassDef | ast.Module) -> list[str]:
    """Sizes that other calls of a function are given, the nearest before a node first, and its parameters."""
    near: list[tuple[int, str]] = []
    for other in ast.walk(function):
        if isinstance(other, ast.Call):
            for item in other.args[:3]:
                if isinstance(item, ast.Name | ast.Attribute | ast.BinOp) and len(ast.unparse(item)) <= 40:
                    away = node.lineno - item.lineno
                    near.append((away if away >= 0 else 1000 - away, text.of(item)))
    names = [name for _, name in sorted(near, key=lambda pair: pair[0])]
    if isinstance(function, ast.FunctionDef):
        names += [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg not in ("self", "cls")]
    return [n for n in dict.fromkeys(names) if "\n" not in n and not n.startswith("nn.")]


# -- flatten ----------------------------------------------------------------------------------------------------------


def _flattened(machine: Machine, failed: Failed, texts: dict[int, Text], module: Leaf) -> Iterator[Remedy]:
    """A flatten in front: in the call that uses the layer, or among the modules around it."""
    place = failed.place
    through = trace(machine).through is module
    if place is not None and isinstance(place.node, ast.Call) and (text := text_of(texts, place)) is not None:
        items = [*place.node.args, *(k.value for k in place.node.keywords)]
        if len(items) == 1 and not isinstance(items[0], ast.Starred):
            item = items[0]
            simple = isinstance(item, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
            new = f"{text.of(item)}.flatten(1)" if simple else f"({text.of(item)}).flatten(1)"
            if not through:
                yield from text.instead(item, new, place.node)
    made = making(texts, module)
    if made is not None and through:
        written = ast.unparse(made.node.func)
        prefix = written.rpartition(".")[0]
        dot = f"{prefix}." if prefix else ""
        flatten = f"{dot}Flatten()"
        holder = made.text.holder(made.node)
        keyword = (
            next((k for k in holder.keywords if k.value is made.node or _same(k.value, made.node)), None) if holder else None
        )
        if keyword is not None and keyword.arg is not None:
            first = made.text.ends(keyword)[0]
            old = f"{keyword.arg}={written}"
            if made.text.text[first:].startswith(old):
                words = f"`flatten={flatten},` in front of `{old}`"
                yield made.text.remedy(words, keyword, (first, first, f"flatten={flatten}, "))
        else:
            first = made.text.ends(made.node)[0]
            words = f"`{flatten},` in front of `{written}`"
            yield made.text.remedy(words, made.node, (first, first, f"{flatten}, "))
        used = place.node if place is not None else None
        around = text_of(texts, place) if place is not None else None
        if around is not None and isinstance(used, ast.Call) and len(used.args) == 1:
            item = used.args[0]
            if isinstance(item, ast.Name | ast.Attribute | ast.Call):
                yield from around.instead(item, f"{around.of(item)}.flatten(1)", used)


def _same(one: ast.expr, other: ast.expr) -> bool:
    return (one.lineno, one.col_offset, one.end_col_offset) == (other.lineno, other.col_offset, other.end_col_offset)


def _unflattened(machine: Machine, tensor: Tensor, texts: dict[int, Text]) -> Iterator[Remedy]:
    """The flatten that a map went through too early, taken out."""
    run = trace(machine)
    for before in above(machine, [tensor]):
        module = None
        if before.node is not None and run.graph is not None and before.node >= 0:
            module = run.homes.get(run.graph.nodes[before.node].path)
        made = making(texts, module)
        if made is not None and made.module.torch_name == "Flatten":
            written = made.text.of(made.node)
            first, last = made.text.ends(made.node)
            rest = re.match(r",?[ \t]*", made.text.text[last:])
            yield made.text.remedy(f"without `{written}`", made.node, (first, last + (rest.end() if rest else 0), ""))
            return
        place = before.place
        call = place.node if place is not None and module is None else None
        if place is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        text = text_of(texts, place)
        if text is not None and call.func.attr in ("flatten", "view", "reshape"):
            inside = call.func.value
            if isinstance(inside, ast.Name) and inside.id == "torch" and call.args:
                inside = call.args[0]
            yield from text.instead(call, text.of(inside))
            return


# -- groups -----------------------------------------------------------------------------------------------------------


def _groups(made: Making) -> Iterator[Remedy]:
    """Groups that do not divide the channels, or channels that they do not divide."""
    given = made.module.given
    normal = made.module.torch_name == "GroupNorm"
    parts, into = ("num_groups", "num_channels") if normal else ("groups", "in_channels")
    out = "" if normal else "out_channels"
    count, comes, goes = given.get(parts), given.get(into), given.get(out) if out else given.get(into)
    if not (isinstance(count, int) and isinstance(comes, int) and isinstance(goes, int)) or count < 1:
        return
    text = made.text
    yield from _channels(made, into, comes, goes if not normal else 0, count)
    written = made.argument(parts)
    common = gcd(comes, goes)
    if written is not None and not isinstance(written, ast.Constant):
        kin = [w for w in reach(text, made.node, text.function(made.node)) if re.search("group|cardinal", w)]
        for word in filter(None, (*_parts(text, written), made.written(into), *kin)):
            yield from made.with_arguments(**{parts: word})
    divisors = sorted((n for n in range(1, min(common, 4096) + 1) if common % n == 0), key=lambda n: (abs(n - count), n))
    likely = [n for n in (count - 1, count + 1) if n > 1 and common % n == 0 and (count >= 8 or normal)]
    if count > common // 2 > 8:
        likely.append(common)  # as many as channels: depthwise
    if common in (count - 1, count + 1) and common > 1:
        likely.insert(0, common)  # a group for each channel, but for one
    if not normal:
        likely.append(1)
    for n in dict.fromkeys([*likely, *divisors[:4]]):
        yield from made.with_arguments(**{parts: str(n)})
    if out:
        yield from _channels(made, out, goes, comes, count)


def _channels(made: Making, name: str, value: int, other: int, count: int) -> Iterator[Remedy]:
    """Channels that the groups divide, where they divide those on the other side."""
    text = made.text
    written = made.argument(name)
    if written is None or value % count == 0 or other % count or count == 1:
        return
    parts = "num_groups" if name == "num_channels" else "groups"
    names = _parts(text, written)
    for word in (made.written(parts), made.written("out_channels") if name == "in_channels" else ""):
        if re.search(r"[A-Za-z_]", word):
            names.append(word)
    if isinstance(written, ast.Constant):
        below = value // count * count
        names += [str(n) for n in dict.fromkeys((max(count, round(value / count) * count), below, below + count)) if n > 0]
    else:
        names += reach(text, made.node, text.function(made.node))[:6]
    for word in dict.fromkeys(names):
        yield from made.with_arguments(**{name: word})


def _parts(text: Text, written: ast.expr) -> list[str]:
    """The expressions an expression is made of, those with names in them."""
    return [text.of(n.left) for n in ast.walk(written) if isinstance(n, ast.BinOp) and not isinstance(n.left, ast.Constant)]


__all__ = ["SIZES", "Batch", "candidates", "reach", "sizes_of"]
