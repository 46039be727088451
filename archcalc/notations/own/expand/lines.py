"""Lines and mappings that name a layer or a block, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from archcalc.layers import kinds, normal
from archcalc.layers.base import Layer
from archcalc.notations.own.expand import placing
from archcalc.notations.own.expand.scope import MODIFIERS, STRUCTURES, Scope
from archcalc.notations.own.expand.use import use_block
from archcalc.notations.own.expand.values import given_value, guard, here, is_constant, is_follower, plain
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import UnknownShape
from archcalc.notations.own.phrase import Form, Given, Lexicon, Phrase, PhraseFault, Slot, Word
from archcalc.notations.own.tree import List, Map, Scalar, Value, list_of, map_of, scalar_of
from archcalc.text.faults import ValueFault, suggestions


def expand_line(x: Work, scalar: Scalar, scope: Scope, current: int | None, name: str | None = None, **more: Any) -> int | None:
    """The nodes of a line of text; returns the last one, None after a fault."""
    parsed = parse_line(x, scalar, scope.lexicon)
    if parsed is None:
        return None
    return place_phrases(x, parsed, scalar, scope, current, name, **more)


def is_single(scalar: Scalar, lexicon: Lexicon) -> bool:
    """Whether a line is one layer or block with nothing after it."""
    try:
        return len(lexicon.parse(scalar.text)) == 1
    except PhraseFault:
        return False


def is_layer(name: str, lexicon: Lexicon) -> bool:
    """Whether a word names a layer or a block."""
    try:
        return lexicon.find(name) is not None
    except ValueFault:
        return False


def parse_line(x: Work, scalar: Scalar, lexicon: Lexicon, key: Scalar | None = None) -> list[Phrase] | None:
    """The phrases of a line; with a key, of `key line` whose settings stand at the line's own place."""
    text = scalar.text if key is None else f"{key.text} {scalar.text}"
    shift = 0 if key is None else len(key.text) + 1
    try:
        return lexicon.parse(text)
    except PhraseFault as error:
        if key is not None and error.start < shift:
            span = key.span()
        else:
            span = scalar.span(max(0, error.start - shift), max(1, error.end - shift))
        x.fault(error.message, span, *error.repairs)
        return None


def place_phrases(
    x: Work,
    parsed: list[Phrase],
    scalar: Scalar,
    scope: Scope,
    current: int | None,
    name: str | None = None,
    sources: tuple[int, ...] | None = None,
    shift: int = 0,
) -> int | None:
    """The nodes of a line, one after the other."""
    if x.defaults and scope.block is None:
        parsed = with_defaults(x, parsed)
    for phrase in parsed:
        form = phrase.form
        if phrase.variable:
            current = by_variable(x, phrase, scalar, scope, current)
            continue
        span = (
            scalar.span(max(0, phrase.start - shift), max(1, phrase.end - shift)) if len(parsed) > 1 or shift else scalar.span()
        )
        if current is None:
            # After a fault: the line is still read for its own faults, but makes nothing.
            if form.block is None:
                guard(x, partial(build_layer, x, phrase, scope, None), scalar, shift)
            continue
        if form.block is not None:
            current = guard(x, partial(use_block, x, phrase, scope, current, scalar, name, sources), scalar, shift)
        else:
            layer = guard(x, partial(build_layer, x, phrase, scope, current), scalar, shift)
            current = None if layer is None else placing.place(x, layer, scope, current, span, name, sources)
        name, sources = None, None
    return current


def by_variable(x: Work, phrase: Phrase, scalar: Scalar, scope: Scope, current: int | None) -> int | None:
    """A variable that stands for a layer that follows (`conv out k1 act`)."""
    value = scope.variables.get(phrase.variable)
    if not isinstance(value, str):
        x.fault(
            f"{phrase.form.word} has no place for the value of {phrase.variable}, {value}",
            scalar.span(phrase.start, phrase.end),
            f"{phrase.form.word} without {phrase.variable}",
        )
        return None
    if value == "none":
        return current
    return expand_line(x, scalar_of(scalar, value), scope, current)


def with_defaults(x: Work, parsed: list[Phrase]) -> list[Phrase]:
    """The phrases of a line with what `defaults` adds: settings not given, and layers that follow its last one."""
    last = parsed[-1]
    extra = [] if last.variable else x.defaults.get(last.form.word, [])[1:]
    # What the header adds stands, for a message, where the layer stands.
    followers = [Phrase(e.form, e.givens, last.start, last.end, variable=e.variable) for e in extra]
    return [with_settings(x, phrase) for phrase in (*parsed, *followers)]


def with_settings(x: Work, phrase: Phrase) -> Phrase:
    """A phrase with the settings of `defaults` that are not given."""
    extra = None if phrase.variable else x.defaults.get(phrase.form.word)
    if extra is None:
        return phrase
    taken = {g.slot.name for g in phrase.givens}
    at = (phrase.start, phrase.end)
    givens = phrase.givens + [Given(g.slot, g.value, *at) for g in extra[0].givens if g.slot.name not in taken]
    return Phrase(phrase.form, givens, *at)


def build_layer(x: Work, phrase: Phrase, scope: Scope, current: int | None) -> Layer:
    """The layer of a phrase after the current node. Raises PhraseFault."""
    if phrase.built is not None:
        return phrase.built
    at = here(x, scope, current)
    form = phrase.form
    values: dict[str, object] = dict(form.implied)
    constant = True
    for given in phrase.givens:
        value = given_value(given, at)
        constant = constant and is_constant(given.value)
        try:
            values[given.slot.name] = value if given.slot.convert is None else given.slot.convert(value)
        except ValueFault as error:
            raise PhraseFault(
                f"{given.slot.name} of {form.word}: {error.message}", given.start, given.end, *error.repairs
            ) from None
    for slot in form.all_slots():
        if slot.required and slot.name not in values:
            hints = {"kernel": "k3", "out": f"{form.word} 64"}
            raise PhraseFault(
                f"{form.word} needs {slot.name}",
                phrase.start,
                phrase.end,
                hints.get(slot.name, f"{slot.name}=…"),
            )
    assert form.layer is not None
    if not x.bias and "nobias" in form.flags:
        slot, without = form.flags["nobias"]
        values[slot.name] = without
    layer = form.layer(**values)
    if constant:
        phrase.built = layer
    return layer


def expand_mapping(
    x: Work,
    entry: tuple[Scalar, Value],
    scope: Scope,
    current: int | None,
    modifiers: Mapping[str, Any],
    name: str | None = None,
) -> int | None:
    """`conv: {out: 16, kernel: 5}`, `conv: 16 k5`, `add: [a, b]`."""
    key, value = entry
    sources = modifiers.get("sources")
    if isinstance(value, Scalar) and value.text.strip() not in ("", "~", "null"):
        form = guard(x, lambda: scope.lexicon.find(key.text), key)
        if form is not None and form.layer is not None and form.layer.arity[0] > 1 and sources is None:
            value = list_of(value, [value])
        else:
            parsed = parse_line(x, value, scope.lexicon, key)
            if parsed is None:
                return None
            return place_phrases(x, parsed, value, scope, current, name, sources, shift=len(key.text) + 1)
    if isinstance(value, Scalar):
        return expand_line(x, key, scope, current, name, sources=sources)
    form = scope.lexicon.find(key.text)
    if form is None:
        near = suggestions(key.text, [*STRUCTURES, *MODIFIERS]) or list(scope.lexicon.unknown(key.text, 0, 1).repairs)
        x.fault(f"unknown layer or block '{key.text}'", key.span(), *near)
        return None
    merges = form.layer is not None and (form.layer.arity[1] is None or form.layer.arity[1] > 1) and "of" in form.slots
    of = [entry for entry in value.entries if entry[0].text in ("of", "inputs")] if isinstance(value, Map) and merges else []
    if len(of) > 1:
        x.fault("`of` and `inputs` both say what is read", of[1][0].span(), "one of the two")
        return None
    if merges and (of or isinstance(value, List)):
        names = of[0][1] if of else value
        sources = merged(x, form, names if isinstance(names, List) else list_of(names, [names]), scope, current, key, modifiers)
        if sources is None:
            return None
        current = sources[0] if current is None else current  # a merge of what stands before a fault
        value = map_of(value, (entry for entry in value.entries if entry not in of) if isinstance(value, Map) else ())
    if isinstance(value, List):
        givens = list_givens(x, form, value, scope, current)
    else:
        givens = map_givens(x, form, value, scope, current)
    if givens is None:
        return None
    pairs, followers = givens
    phrase = Phrase(form, pairs, 0, len(key.text))
    current = place_phrases(x, [phrase], key, scope, current, name, sources)
    for follower in followers:
        current = expand_line(x, follower, scope, current)
    return current


def merged(
    x: Work, form: Form, names: List, scope: Scope, current: int | None, key: Scalar, modifiers: Mapping[str, Any]
) -> tuple[int, ...] | None:
    """The nodes that a merge names; one name alone is merged with the layer above, or what `from` says. None after a fault."""
    found: list[int | None] = []
    x.spend(20 * len(names.items), names)
    for item in names.items:
        if not isinstance(item, Scalar):
            x.fault("the name of a layer is meant here", item.span(), f"{form.word}: [skip1, prev]")
            return None
        index = placing.find(x, item.text, scope, current)
        if index is None and item.text.isdecimal() and len(names.items) > 1 and form.positional:
            size = "x".join(i.text for i in names.items if isinstance(i, Scalar))
            x.fault(f"a list behind {form.word} names the layers it reads", names.span(), f"{form.word}: {size}")
            return None
        if index is None and not (item.text == "prev" and current is None):
            placing.no_layer(x, item, scope)
        found.append(index)
    joined = len(found) == 1 and form.layer is not None and form.layer.arity[0] > 1
    if joined:
        found.insert(0, current)
    if not found:
        x.fault(f"{form.word} names no layer", names.span(), f"{form.word}: [skip1, prev]")
    read = joined or any(isinstance(item, Scalar) and item.text == "prev" for item in names.items)
    if "sources" in modifiers and (modifiers["sources"] is not None or not read):
        x.fault(f"`from` and the names of {form.word} both say what is read", key.span(), f"{form.word} without from")
        return None
    return None if None in found else tuple(i for i in found if i is not None) or None


def list_givens(x: Work, form: Form, value: List, scope: Scope, current: int | None) -> tuple[list[Given], list[Scalar]] | None:
    """Positional values: `inception: [64, 96, 128, 16, 32, 32]`; or one with a number an axis: `reshape: [4, 10]`."""
    count = len(form.positional)
    if count == 1 < len(value.items) and isinstance(form.positional[0].convert, kinds.LISTED):
        return read_givens(x, form, [(form.positional[0], value)], scope, current)
    if len(value.items) > count:
        at_most = {0: "no value", 1: "one value"}.get(count, f"{count} values at most")
        first = value.items[0].text if isinstance(value.items[0], Scalar) else "…"
        typed = f"{form.word}: {first}" if count else f"`{form.word}` alone"
        x.fault(f"{form.word} takes {at_most}, {len(value.items)} are given", value.span(), typed)
        return None
    return read_givens(x, form, list(zip(form.positional, value.items, strict=False)), scope, current)


def map_givens(x: Work, form: Form, value: Map, scope: Scope, current: int | None) -> tuple[list[Given], list[Scalar]] | None:
    """Named settings: `{filters: 16, kernel_size: 5}`, and the layers that follow by `activation` and `norm`."""
    pairs: list[tuple[Slot, Value]] = []
    followers: list[Scalar] = []
    wrong = False
    for key, item in value.entries:
        slot = form.slots.get(normal(key.text)) or form.letters.get(key.text)
        if slot is not None:
            pairs.append((slot, item))
        elif key.text in ("activation", "norm", "normalization", "act") and isinstance(item, Scalar):
            if item.text not in ("linear", "none", "None", "null", "~", ""):
                followers.append(item)
        else:
            near = suggestions(normal(key.text), form.slots)
            x.fault(
                f"{form.word} has no setting '{key.text}'",
                key.span(),
                *(near or [", ".join(s.name for s in form.all_slots()) or f"{form.word} without it"]),
            )
            wrong = True
    return None if wrong else read_givens(x, form, pairs, scope, current, followers)


def read_givens(
    x: Work,
    form: Form,
    pairs: list[tuple[Slot, Value]],
    scope: Scope,
    current: int | None,
    followers: list[Scalar] | None = None,
) -> tuple[list[Given], list[Scalar]] | None:
    """Settings from a mapping or list, each fault at its own value."""
    found: list[Given] = []
    wrong = False
    at = here(x, scope, current)
    for slot, item in pairs:
        if any(g.slot == slot for g in found):
            x.fault(f"{slot.name} of {form.word} is given twice", item.span(), "one of the two")
            wrong = True
            continue
        try:
            if isinstance(item, Scalar) and slot.convert is not None and slot.convert.word(item.text):
                value: object = Word(item.text.lower())
            elif isinstance(item, Scalar) and slot.convert is None and is_follower(item.text, scope.lexicon):
                value = item.text
            else:
                value = plain(item, at)
            if slot.convert is not None:
                slot.convert(value)
        except UnknownShape:
            return None
        except ValueFault as error:
            x.wrong(error, item.span(), f"{slot.name} of {form.word}: ")
            wrong = True
            continue
        found.append(Given(slot, Word(value) if isinstance(value, str) else value, 0, 1))
    return None if wrong else (found, followers or [])
