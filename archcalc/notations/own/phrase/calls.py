"""A call of a torch module on a line: `nn.Conv2d(3, 16, 5, padding=2)`. Read by the reader of PyTorch source, never run."""

from __future__ import annotations

import re

from archcalc.layers.base import settings_of
from archcalc.notations.own.phrase.forms import Given, Phrase, Words
from archcalc.notations.own.phrase.tokens import PhraseFault, Word
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

CALL = re.compile(r"\s*(?:torch\.)?nn\.[A-Z]\w*\s*\(")


def torch_call(text: str, lexicon: Words) -> list[Phrase]:
    """The layer of a call; its positions are torch's. Raises PhraseFault."""
    from archcalc.interpreter.values import Module
    from archcalc.notations.pytorch.importer import Files
    from archcalc.notations.pytorch.run import TorchMachine
    from archcalc.notations.pytorch.vocabulary.leaves import Leaf

    source = Source("", text.strip().rstrip(",;"))
    shift = len(text) - len(text.lstrip())
    machine = TorchMachine(Files(""))
    try:
        leaf = machine.evaluate(source, Module("__main__", program=True))
        if not isinstance(leaf, Leaf) or leaf.plan is None:
            repair = "`nn.Sequential` in a file of PyTorch source"
            raise SpecError([Fault("a line holds one layer", Span(source, 1, 1, len(source.text)), repairs=[repair])])
    except SpecError as error:
        fault = error.faults[0]
        start = (fault.span.column - 1 if fault.span else 0) + shift
        raise PhraseFault(fault.message, start, start + (fault.span.length if fault.span else 1), *fault.repairs) from None
    layer = leaf.plan.layer
    end = shift + len(source.text)
    form = lexicon.find(layer.kind)
    if form is None:
        raise lexicon.unknown(layer.kind, shift, end)
    givens = []
    for name, (field, _) in settings_of(type(layer)).items():
        value = getattr(layer, name)
        if value is not None and value != field.default and name in form.slots:
            givens.append(Given(form.slots[name], Word(value) if isinstance(value, str) else value, shift, end))
    return [Phrase(form, givens, shift, end)]
