"""Which variables of a list of layers are strides: a row of a table that repeats has them once, and 1 from then on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcalc.notations.own.expand.scope import Block
from archcalc.notations.own.expand.work import DEEPEST, Work
from archcalc.notations.own.phrase import Form, Lexicon, PhraseFault, Slot, normal
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.text.faults import ValueFault

# Beside a layer, what holds no layers: a condition, a name, a number.
SAYS_NO_LAYER = ("when", "id", "from", "expect", "join", "repeat", "as", "tied", "reuse")


def stride_names(x: Work, items: Value, lexicon: Lexicon, depth: int = 0) -> set[str]:
    """The names in `items` whose value a layer takes for its stride, directly or as the stride of a block."""
    found: set[str] = set()
    for form, slot, value in _settings(items, lexicon):
        if _is_stride(x, form, slot, depth):
            found |= set(_factors(value))
    return found


def block_strides(x: Work, block: Block, depth: int = 0) -> set[str]:
    """The arguments of a block that are strides in it."""
    body = block.body.get("layers")
    if body is None or depth > DEEPEST:
        return set()
    names = stride_names(x, body, x.lexicons[block.name], depth + 1)
    return {block.form.slots[name].name for name in names if name in block.form.slots}


def _is_stride(x: Work, form: Form, slot: Slot, depth: int) -> bool:
    if form.block is not None:
        return slot.name in block_strides(x, form.block, depth)
    return slot.name == "stride"


def _settings(items: Value, lexicon: Lexicon) -> Iterator[tuple[Form, Slot, str]]:
    """What is set in every line and mapping: whose setting, which, and the expression it is given."""
    if isinstance(items, Scalar):
        yield from _line(items.text, lexicon)
    elif isinstance(items, Map):
        for key, value in items.entries:
            if key.text in SAYS_NO_LAYER:
                continue
            form = _form(key.text, lexicon)
            if form is not None and isinstance(value, Map):
                for name, item in value.entries:
                    slot = form.slots.get(normal(name.text)) or form.letters.get(name.text)
                    if slot is not None and isinstance(item, Scalar):
                        yield form, slot, item.text
            elif form is not None and isinstance(value, List):
                if "of" not in form.slots:  # values in their order, not names of layers
                    for slot, item in zip(form.positional, value.items, strict=False):
                        if isinstance(item, Scalar):
                            yield form, slot, item.text
            elif form is not None and isinstance(value, Scalar):
                yield from _line(f"{key.text} {value.text}", lexicon)
            else:
                yield from _settings(value, lexicon)
    else:
        for item in items.items:
            yield from _settings(item, lexicon)


def _form(word: str, lexicon: Lexicon) -> Form | None:
    try:
        return lexicon.find(word)
    except ValueFault:
        return None


def _line(text: str, lexicon: Lexicon) -> Iterator[tuple[Form, Slot, str]]:
    try:
        phrases = lexicon.parse(text)
    except PhraseFault:
        return  # a name, a condition, or what is refused where it is used
    for phrase in phrases:
        for given in phrase.givens:
            for value in given.value if isinstance(given.value, tuple) else (given.value,):
                if type(value) is str:
                    yield phrase.form, given.slot, value


def _factors(text: str) -> Iterator[str]:
    """The names an expression is made of; those that only decide between two values are not what it is made of."""
    try:
        waiting: list[ast.AST] = [ast.parse(text.strip(), mode="eval").body]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.IfExp):
            waiting += [node.body, node.orelse]
        elif not isinstance(node, ast.Compare):
            waiting += list(ast.iter_child_nodes(node))
