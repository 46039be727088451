"""The use of a block."""

from __future__ import annotations

from archcalc.notations.own.expand import library
from archcalc.notations.own.expand.scope import Block, Scope
from archcalc.notations.own.expand.values import argument, here, placed, read_variable
from archcalc.notations.own.expand.work import DEEPEST, Work
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Phrase, PhraseFault
from archcalc.notations.own.tree import Scalar


def use_block(
    x: Work,
    phrase: Phrase,
    scope: Scope,
    current: int,
    scalar: Scalar,
    name: str | None,
    sources: tuple[int, ...] | None = None,
) -> int | None:
    """One use of a block: its arguments evaluated here, its layers expanded in a scope of its own.

    Inside, `input` is what it reads; where it reads several, `input1`, `input2`… are all of them.
    """
    block: Block = phrase.form.block
    if block.name in x.calls:
        raise x.stop(
            f"the block {block.name} uses itself: {' → '.join([*x.calls, block.name])}",
            scalar.span(),
            "a block that ends in layers",
        )
    if len(x.calls) >= DEEPEST:
        raise x.stop(f"blocks inside blocks more than {DEEPEST} deep", scalar.span(), "fewer blocks inside one another")
    x.spend(30 + 10 * len(block.form.slots), scalar)
    at = here(x, scope, current)
    values = {g.slot.name: argument(g, scope, at) for g in phrase.givens}
    inner: dict[str, Term | None] = dict(block.variables)
    inner["cin"] = x.graph.channels(current)
    x.computed.add(current)
    for arg, default in block.args.items():
        if arg in values:
            inner[arg] = values[arg]
        elif default is None:
            raise PhraseFault(f"{block.name} needs {arg}", phrase.start, phrase.end, f"{arg}=…")
        else:
            with placed(None if block.shipped else default):
                inner[arg] = read_variable(default.text, inner)
    for alias, slot in block.form.slots.items():
        inner[alias] = inner[slot.name]
    level = name or x.graph.number(scope.prefix, block.name)
    x.graph.group(scope.prefix + level, library.written_call(block, values))
    child = Scope(
        f"{scope.prefix}{level}.",
        inner,
        x.lexicons[block.name],
        scope if not block.shipped else None,
        block.name,
    )
    child.names["input"] = current
    child.names |= {f"input{i + 1}": source for i, source in enumerate(sources or ())}
    outer = x.call_span
    if block.shipped and outer is None:
        x.call_span = scalar.span(phrase.start, phrase.end)
    x.calls.append(block.name)
    try:
        body = block.body.get("layers")
        assert body is not None
        end = x.items(x, body, child, current)
    finally:
        x.calls.pop()
        x.call_span = outer
    if end is not None:
        scope.names[level] = end
    return end
