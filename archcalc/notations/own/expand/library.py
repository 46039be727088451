"""Blocks: those of the file, and those shipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from archcalc.blocks import TABLE as SHIPPED
from archcalc.notations.own.expand.scope import Block
from archcalc.notations.own.expand.values import short
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term
from archcalc.notations.own.phrase import Form, Lexicon
from archcalc.notations.own.tree import List, Map, Scalar, Value, kind_of, map_of
from archcalc.text.faults import suggestions


def read_blocks(x: Work, tree: Map, variables: Mapping[str, Term]) -> None:
    """The file's own blocks."""
    given = tree.get("blocks")
    if given is None:
        return
    if not isinstance(given, Map):
        x.fault(
            f"blocks is a mapping of names to definitions, not {kind_of(given)}",
            given.span(),
            "blocks: {twice: {layers: [relu]}}",
        )
        return
    for key, body in given.entries:
        define(x, key, body, shipped=False, variables=variables)


def define(x: Work, key: Scalar, body: Value, *, shipped: bool, variables: Mapping[str, Term]) -> None:
    """Takes up the definition of one block."""
    if isinstance(body, List):
        body = map_of(body, [("layers", body)])
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
                f"unknown key '{name.text}' in the block {key.text}",
                name.span(),
                *(suggestions(name.text, ["args", "layers", "doc"]) or ["args", "layers", "doc"]),
            )
    if x.name(key, "a block's name") is None:
        return
    given = body.get("args")
    if given is not None and not isinstance(given, Map):
        x.fault(f"args is a mapping of names to defaults, not {kind_of(given)}", given.span(), "args: {out: required, stride: 1}")
        return
    args: list[tuple[Scalar, Scalar]] = []
    for name, default in given.entries if given is not None else []:
        if not isinstance(default, Scalar):
            x.fault(f"the default of {name.text} is one value, not {kind_of(default)}", default.span(), f"{name.text}: required")
        elif not all(n.strip().isidentifier() for n in name.text.split(",")):
            x.fault(f"'{name.text}' is no name for an argument", name.span(), "a word of letters, digits and _")
        else:
            args.append((name, default))
    block = Block(key.text, body, args, shipped=shipped, variables=variables)
    x.blocks[key.text] = block
    names = frozenset([*block.variables, *block.form.slots, "cin"])
    x.lexicons[key.text] = Lexicon(names, partial(form_of, x), partial(block_names, x))


def form_of(x: Work, name: str) -> Form | None:
    """The form of a block of that name, shipped ones read on first use; None where there is none."""
    if name not in x.blocks and name in SHIPPED:
        from archcalc.notations.own.shipped import definitions

        for key, body in definitions(SHIPPED[name]).entries:
            if key.text not in x.blocks:
                define(x, key, body, shipped=True, variables={})
    block = x.blocks.get(name)
    return block.form if block else None


def block_names(x: Work) -> Iterator[str]:
    """Every block that can be used."""
    yield from SHIPPED
    yield from x.blocks


def written_call(block: Block, given: Mapping[str, object]) -> str:
    """The use of a block as one line of the notation, without what is as by default (`inverted_residual 24 s2`)."""
    words = [block.name]
    letters = {slot: letter for letter, slot in block.form.letters.items()}
    bare = True  # whether every argument so far stands in its place without a name
    for slot in block.form.positional:
        default, value = block.args[slot.name], short(given.get(slot.name, ""))
        if slot.name not in given or (isinstance(default, Scalar) and default.text == value):
            bare = False
        elif len(words) > 1 and slot in letters and value.isdecimal():
            words.append(letters[slot] + value)
        elif bare and value.isdecimal():
            words.append(value)
        else:
            words.append(f"{slot.name}={value}")
    return " ".join(words)
