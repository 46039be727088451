"""A call of a torch module on a line: `nn.Conv2d(3, 16, 5, padding=2)`. Read by the reader of PyTorch source, never run."""

from __future__ import annotations

import re
from typing import Any

from archcalc.notations.own.phrase.forms import Given, Phrase, Words
from archcalc.notations.own.phrase.tokens import PhraseFault, Word, parse_value
from archcalc.notations.own.tree import List, Scalar, Value
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

CALL = re.compile(r"\s*(?:torch\.)?nn\.[A-Z]\w*\s*\(")


def torch_call(text: str, lexicon: Words) -> list[Phrase]:
    """The layer of a call; its positions are torch's. Raises PhraseFault."""
    import ast

    from archcalc.notations.pytorch.modules import Module
    from archcalc.notations.pytorch.places import Places
    from archcalc.notations.pytorch.program import Program

    source = Source("", text.strip().rstrip(",;"))
    shift = len(text) - len(text.lstrip())
    places = Places(source)
    try:
        tree = places.parse()
        node = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
        if node is None:
            raise places.fault(None, "one call a line", "nn.Conv2d(3, 16, 5)")
        module = Program(places, ast.Module([], [])).values.read(node)
        if not isinstance(module, Module):
            raise places.fault(node, "a line holds one layer", "`nn.Sequential` in a file of PyTorch source")
    except SpecError as error:
        fault = error.faults[0]
        start = (fault.span.column - 1 if fault.span else 0) + shift
        raise PhraseFault(fault.message, start, start + (fault.span.length if fault.span else 1), *fault.repairs) from None
    form = lexicon.find(module.word)
    if form is None:
        raise lexicon.unknown(module.word, shift, shift + len(module.name))
    givens = []
    for name, value in module.settings:
        at = value.span()
        slot = form.slots[name.replace("_", "")] if name.replace("_", "") in form.slots else form.slots[name]
        givens.append(Given(slot, _value(value), at.column - 1 + shift, at.column - 1 + at.length + shift))
    return [Phrase(form, givens, shift, shift + len(source.text))]


def _value(value: Value) -> Any:
    """A setting as a line holds it."""
    if isinstance(value, Scalar):
        known = parse_value(value.text)
        return Word(known) if isinstance(known, str) else known
    assert isinstance(value, List)
    return tuple(_value(item) for item in value.items)
