"""Blocks: those of the file, those shipped, and the use of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from archcalc.blocks import TABLE as SHIPPED
from archcalc.notations.own.expand import graph, header, lines
from archcalc.notations.own.expand.scope import DEEPEST, Block, Scope
from archcalc.notations.own.expand.values import short
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Form, Lexicon, Phrase, PhraseFault
from archcalc.notations.own.tree import List, Map, Scalar, Value, kind_of
from archcalc.text.faults import suggestions

if TYPE_CHECKING:
    from archcalc.notations.own.expand.expander import Expander


def read_blocks(x: Expander, variables: Mapping[str, Term]) -> None:
    """The file's own blocks."""
    given = x.tree.get("blocks")
    if given is None:
        return
    if not isinstance(given, Map):
        x.fault(f"blocks is a mapping of names to definitions, not {kind_of(given)}", given.span())
        return
    for key, body in given.entries:
        define(x, key, body, shipped=False, variables=variables)


def define(x: Expander, key: Scalar, body: Value, *, shipped: bool, variables: Mapping[str, Term]) -> None:
    """Takes up the definition of one block."""
    if isinstance(body, List):
        body = Map(
            [(Scalar("layers", body.source, body.line, body.column), body)],
            body.source,
            body.line,
            body.column,
        )
    if not isinstance(body, Map) or body.get("layers") is None:
        x.fault(
            f"the block {key.text} has no layers",
            key.span(),
            f"{key.text}: {{args: {{out: required}}, layers: […]}}",
        )
        return
    for name, _ in body.entries:
        if name.text not in ("doc", "args", "layers", "example", "input"):
            x.fault(
                f"unknown key '{name}' in the block {key.text}",
                body.span(),
                *suggestions(name.text, ["args", "layers", "doc"]),
            )
    block = Block(key.text, body, shipped=shipped, variables=variables)
    x.blocks[key.text] = block
    names = frozenset([*block.variables, *block.form.slots, "cin"])
    x.lexicons[key.text] = Lexicon(names, partial(form_of, x), partial(block_names, x))


def form_of(x: Expander, name: str) -> Form | None:
    """The form of a block of that name, shipped ones read on first use; None where there is none."""
    if name not in x.blocks and name in SHIPPED:
        from archcalc.blocks import definitions

        for key, body in definitions(SHIPPED[name]).entries:
            if key.text not in x.blocks:
                define(x, key, body, shipped=True, variables={})
    block = x.blocks.get(name)
    return block.form if block else None


def block_names(x: Expander) -> Iterator[str]:
    """Every block that can be used."""
    yield from SHIPPED
    yield from x.blocks


def written_call(block: Block, given: Mapping[str, Any]) -> str:
    """The use of a block as one line of the notation, without what is as by default (`inverted_residual 24 s2`)."""
    words = [block.name]
    letters = {slot: letter for letter, slot in block.form.letters.items()}
    bare = True  # whether every argument so far stands in its place without a name
    for slot in block.form.positional:
        default, value = block.args[slot.name], short(given.get(slot.name, ""))
        if slot.name not in given or (isinstance(default, Scalar) and default.text == value):
            bare = False
        elif len(words) > 1 and slot in letters and value.isdigit():
            words.append(letters[slot] + value)
        elif bare and value.isdigit():
            words.append(value)
        else:
            words.append(f"{slot.name}={value}")
    return " ".join(words)


def call(
    x: Expander,
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
        raise x.stop(f"the block {block.name} uses itself: {' → '.join([*x.calls, block.name])}", scalar.span())
    if len(x.calls) >= DEEPEST:
        raise x.stop(f"blocks inside blocks more than {DEEPEST} deep", scalar.span())
    values = {g.slot.name: lines.argument(x, g, scope) for g in phrase.givens}
    inner: dict[str, Term | None] = dict(block.variables)
    inner["cin"] = graph.channels(x, current)
    for arg, default in block.args.items():
        if arg in values:
            inner[arg] = values[arg]
        elif default is None:
            raise PhraseFault(f"{block.name} needs {arg}", phrase.start, phrase.end, f"{arg}=…")
        elif isinstance(default, Scalar):
            inner[arg] = header.read_variable(x, default.text, inner)
    for alias, slot in block.form.slots.items():
        inner[alias] = inner[slot.name]
    level = name or scope.number(block.name)
    x.open(scope.prefix + level, written_call(block, values))
    child = Scope(
        f"{scope.prefix}{level}.",
        inner,
        x.lexicons[block.name],
        scope if not block.shipped else None,
        block.name,
    )
    child.depth = scope.depth + 1
    child.names["input"] = current
    child.names |= {f"input{i + 1}": source for i, source in enumerate(sources or ())}
    outer = x.call_span
    if block.shipped and outer is None:
        x.call_span = scalar.span(phrase.start, phrase.end)
    x.calls.append(block.name)
    try:
        body = block.body.get("layers")
        assert body is not None
        end = x.items(body, child, current)
    finally:
        x.calls.pop()
        x.call_span = outer
    if end is not None:
        scope.names[level] = end
    return end
