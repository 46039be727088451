"""What stands above the layers: name, inputs, variables, defaults; and what stands about the whole: outputs, expect."""

from __future__ import annotations

import os
from collections.abc import Mapping

from archcalc.layers.base import Shape, dims
from archcalc.notations.own.expand import lines, placing, variants
from archcalc.notations.own.expand.scope import Scope
from archcalc.notations.own.expand.values import Here, parse_shape, plain, read_variable, resolve, span_of
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.expression import Term, Unknown
from archcalc.notations.own.phrase import Lexicon, Phrase
from archcalc.notations.own.tree import List, Map, Scalar, Tree, Value, kind_of
from archcalc.text.faults import ValueFault, suggestions


def read_text(x: Work, tree: Map, key: str) -> str:
    """The text under a top-level key; empty where there is none."""
    value = tree.get(key)
    if value is not None and not isinstance(value, Scalar):
        x.fault(f"{key} is a text, not {kind_of(value)}", value.span(), f"{key}: LeNet-5")
    return value.text if isinstance(value, Scalar) else ""


def read_name(x: Work, tree: Map) -> str:
    """The network's name; that of its file where it has none."""
    stem = os.path.splitext(os.path.basename(tree.source.name))[0].strip("<>")
    return read_text(x, tree, "name") or tree.source.asked or stem or "network"


def read_notes(x: Work, tree: Map) -> tuple[str, ...]:
    """What the reader assumed, or the text states of itself: one note or a list of them."""
    given = tree.get("notes")
    notes = given.items if isinstance(given, List) else [given] if given is not None else []
    for note in notes:
        if not isinstance(note, Scalar):
            x.fault(f"a note is a text, not {kind_of(note)}", note.span(), "notes: [as drawn in figure 2]")
    return tuple(note.text for note in notes if isinstance(note, Scalar))


def read_variables(x: Work, tree: Map, asked: Mapping[str, Scalar]) -> dict[str, Term]:
    """The variables: those under `vars`, replaced by what the name `asked` for sets and by --set, and what follows from them."""
    found: dict[str, Term] = {}
    given = tree.get("vars")
    decides, values = variants.words(x, tree)
    if given is not None and not isinstance(given, Map):
        x.fault(f"vars is a mapping of names to values, not {kind_of(given)}", given.span(), "vars: {width: 1.0}")
    for key, value in given.entries if isinstance(given, Map) else []:
        name = x.name(key, "a variable's name")
        if name is None or not name.isidentifier():
            x.fault(f"'{key.text}' is no name for a variable", key.span(), "a word of letters, digits and _")
            continue
        if name in x.numbers:
            found[name] = x.numbers[name]
            continue
        text = x.settings.get(name)
        value = asked.get(name, value)
        if text is None and not isinstance(value, Scalar):
            x.fault(f"the variable {name} is a number or a word, not {kind_of(value)}", value.span(), f"{name}: 1")
            continue
        written = text if text is not None else value.text if isinstance(value, Scalar) else ""
        try:
            found[name] = written if name == decides and written in values else read_variable(written, found)
        except ValueFault as error:
            if text is not None:
                raise x.stop(f"--set {name}={text}: {error.message}", None, *error.repairs) from None
            x.wrong(error, span_of(error, value) if isinstance(value, Scalar) else value.span())
            found[name] = 1
    variants.follow(x, tree, found, asked)
    variants.hold_names(x, tree, found)
    for name in x.settings:
        if name not in found:
            near = suggestions(name, found)
            known = f"it has {', '.join(found)}" if found else "it has none"
            x.fault(
                f"--set {name}: this network has no such variable; {known}",
                None,
                *(near or [f"--set {n}=…" for n in list(found)[:3]] or ["the command without --set"]),
            )
    return found


def read_inputs(x: Work, tree: Map, given: Mapping[str, Shape], root: Scope) -> None:
    """The inputs by name, replaced by --input where asked. Stops the expansion where there is none."""
    single, several = tree.get("input"), tree.get("inputs")
    if single is not None and several is not None:
        raise x.stop("`input` and `inputs` both say what goes in", several.span(), "one of them")
    named = several if isinstance(several, Map) else single
    if isinstance(named, Map):
        written = {x.name(key, "an input's name") or f"input{i + 1}": value for i, (key, value) in enumerate(named.entries)}
    else:
        value = single or several
        written = {} if value is None else {"input": value}
    found: dict[str, Shape] = {}
    for name, value in written.items():
        # What the command line replaces need not be known from the file.
        replaced = name in given or (set(given) == {""} and len(written) == 1)
        found[name] = () if replaced else read_shape(x, value, root)
    for name, shape in given.items():
        if name and name not in found:
            raise x.stop(
                f"--input {name}: the inputs are {', '.join(found) or 'not named'}",
                None,
                *(suggestions(name, found) or [f"--input {n}=…" for n in found] or ["the command without --input"]),
            )
        if not name and len(found) > 1:
            raise x.stop("--input: this network has several inputs", None, *[f"--input {n}=…" for n in found])
        found[name or next(iter(found), "input")] = shape
    if not found and isinstance(tree, Tree) and tree.lacking is not None:
        raise x.stop(tree.lacking.message, tree.lacking.span, *tree.lacking.repairs)
    if not found:
        raise x.stop("no `input` is given", tree.span(), "input: 1x28x28 in the file", "--input 1x28x28")
    for shape in found.values():
        if len(shape) == 3 and shape[2] in (1, 3, 4) and min(shape[:2]) > 4:
            image = dims((shape[2], *shape[:2]))
            x.graph.note(f"the input is read as {shape[0]} channels of {shape[1]}×{shape[2]}; channels come first: {image}")
    root.names |= {name: x.graph.input(name, shape) for name, shape in found.items()}
    root.names.setdefault("input", -1)


def read_defaults(x: Work, tree: Map, lexicon: Lexicon) -> None:
    """The settings that hold for every layer of a kind."""
    given = tree.get("defaults")
    if given is not None and not isinstance(given, Map):
        x.fault("defaults is a mapping of layers to settings", given.span(), "defaults: {conv: p1 relu}")
        return
    for key, value in given.entries if isinstance(given, Map) else []:
        if not isinstance(value, Scalar):
            x.fault("the settings of defaults are one line", value.span(), "conv: p1 relu")
            continue
        parsed = lines.parse_line(x, value, lexicon, key)
        if parsed and all(fits_slots(x, phrase, key, value) for phrase in parsed):
            x.defaults[parsed[0].form.word] = parsed


def fits_slots(x: Work, phrase: Phrase, key: Scalar, value: Scalar) -> bool:
    """Whether the values of a default are what their settings hold; a fault at its own place where one is not."""
    shift = len(key.text) + 1
    for given in phrase.givens:
        if given.slot.convert is None:
            continue  # a block's argument holds anything
        try:
            known = resolve(given.value, {})
        except ValueFault:
            continue  # it depends on the layer: `cin`, a variable
        try:
            given.slot.convert(known)
        except ValueFault as error:
            span = value.span(max(0, given.start - shift), max(1, given.end - shift))
            x.fault(f"{given.slot.name} of {phrase.form.word}: {error.message}", span, *error.repairs)
            return False
    return True


def find_outputs(x: Work, tree: Map, root: Scope, current: int | None) -> tuple[int, ...]:
    """The output nodes: those named, or every node nobody reads."""
    given = tree.get("outputs")
    if given is None:
        unread = x.graph.unread()
        if not unread and not x.faults:
            x.fault("the network has no layers", tree.span(), "layers: [fc 10]")
        return unread
    items = given.items if isinstance(given, List) else [given]
    found = []
    for item in items:
        index = placing.find(x, item.text, root, current) if isinstance(item, Scalar) else None
        if index is None:
            name = item.text if isinstance(item, Scalar) else ""
            x.fault(
                f"the output '{name}' names no layer", item.span(), *(suggestions(name, root.known()) or ["prev", "an id above"])
            )
        else:
            found.append(index)
    return tuple(found)


def read_shape(x: Work, value: Value, scope: Scope) -> Shape:
    """An input shape. Stops the expansion where it is none."""
    try:
        return parse_shape(plain(value, Here(scope.variables)))
    except Unknown as error:
        if x.prefix:
            x.wrong(error, value.span())
        written = value.text if isinstance(value, Scalar) else "1x28x28"
        hint = "--input " + written.replace("?", "28")
        raise x.stop("the size of the input is not given: ? stands for an unknown", value.span(), hint) from None
    except ValueFault as error:
        raise x.stop(error.message, error.span or value.span(), *error.repairs) from None
