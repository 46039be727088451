"""PyTorch source, read with Python's `ast` and never run: nn.Sequential and what goes into it, classes with a plain forward,
constants and simple lists above, and Dive into Deep Learning's `conv_arch` for VGG.

As in torch nothing is flattened unasked. What goes in is not part of such source: it comes from a comment (`# input: 1x28x28`), a
tensor beside the net (`X = torch.rand(size=(1, 1, 28, 28))`), a first nn.Linear, or `--input`.
"""

from __future__ import annotations

import ast
from typing import Any

from archcalc.layers.base import dims
from archcalc.notations.own.expand.spec import Spec
from archcalc.notations.own.tree import List, Map, Scalar, Tree, Value
from archcalc.notations.pytorch.inputs import Found, find_input, hint
from archcalc.notations.pytorch.modules import Group, Module
from archcalc.notations.pytorch.places import Places
from archcalc.notations.pytorch.program import Program
from archcalc.notations.pytorch.tree import Emitter, nothing
from archcalc.notations.pytorch.values import Class, Unread
from archcalc.notations.pytorch.vgg import vgg_tree
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

PREFERRED = ("net", "model", "network")


def read(source: Source) -> Spec:
    """The spec of PyTorch source. Raises SpecError."""
    return Spec(_tree(source))


def _tree(source: Source) -> Map:
    places = Places(source)
    syntax = places.parse()
    try:
        program = Program(places, syntax)
        root = choose(places, program)
        if root is None:
            return vgg_tree(places, program, syntax)
        emitter = Emitter(places, root)
    except RecursionError:
        raise places.fault(None, "nested too deep to be read") from None
    if not emitter.leaves:
        raise places.fault(
            root.node if isinstance(root.node, ast.expr) else None, "this network has no layers", "nn.Linear(784, 10)"
        )
    notes = [*program.values.notes, *emitter.notes]
    found = find_input(places, program.values, syntax, emitter.leaves)
    return spec(places, emitter, found, notes)


def spec(places: Places, emitter: Emitter, found: Found | None, notes: list[str]) -> Tree:
    """The tree of the items of a network."""
    source = places.source
    first = emitter.items[0]

    def key(text: str) -> Scalar:
        return Scalar(text, source, first.line, first.column, 1)

    entries: list[tuple[Scalar, Value]] = []
    if found is not None:
        place = found.place
        shape = dims(found.shape).replace("×", "x")
        entries.append((key("input"), Scalar(shape, source, place.line, place.column, place.length)))
        notes = [found.note, *notes] if found.note else notes
    entries.append((key("flatten"), key("never")))
    if notes:
        entries.append((key("notes"), List([key(note) for note in notes], source, first.line, first.column)))
    entries.append((key("layers"), List(emitter.items, source, first.line, first.column)))
    known, typed = hint(emitter.leaves)
    repairs = [f"--input {typed}", f"a line `# input: {typed}`"]
    lacking = Fault(f"the input is not known: {known}", first.span(), repairs=repairs)
    return Tree(entries, source, first.line, first.column, lacking)


def choose(places: Places, program: Program) -> Module | Group | None:
    """The network of a text: what is part of nothing else; None where only conv_arch may stand. Raises SpecError."""
    found = {name: value for name, value in program.names.items() if isinstance(value, Module | Group)}
    for name in PREFERRED:
        value = program.names.get(name)
        if isinstance(value, Unread):
            raise value.error
    for name, value in program.names.items():
        if isinstance(value, Unread) and name in program.given and makes_modules(program, program.given[name]):
            raise value.error
    for _, value in program.loose:
        if isinstance(value, Unread):
            raise value.error
    loose = {f"line {node.lineno}": value for node, value in program.loose}
    parts = {id(inner) for value in [*found.values(), *loose.values()] for inner in inside(value)}
    roots: dict[int, tuple[str, Module | Group]] = {}
    for name, value in (found | loose).items():
        if id(value) not in parts:
            roots.setdefault(id(value), (name, value))
    if roots:
        return best(places, list(roots.values()))
    return made_of_class(places, program)


def inside(value: Module | Group) -> list[Module | Group]:
    """What a group is made of, each once."""
    found: dict[int, Module | Group] = {}
    waiting = [value]
    while waiting:
        at = waiting.pop()
        for _, item in at.items if isinstance(at, Group) else []:
            if id(item) not in found:
                found[id(item)] = item
                waiting.append(item)
    return list(found.values())


def best(places: Places, roots: list[tuple[str, Module | Group]]) -> Module | Group:
    """The one that is the network: by its name, or the only group."""
    named = dict(roots)
    for name in PREFERRED:
        if name in named:
            return named[name]
    groups = [(name, value) for name, value in roots if isinstance(value, Group)] or roots
    if len(groups) == 1:
        return groups[0][1]
    shown = ", ".join(name for name, _ in groups[:6])
    node = groups[1][1].node
    raise places.fault(
        node if isinstance(node, ast.expr) else None, f"several networks are made here: {shown}", "`net = …` for the one meant"
    )


def makes_modules(program: Program, node: ast.expr) -> bool:
    """Whether an expression would make a network: a call of nn.Sequential or of a class of the text is in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            path = program.values.path(part.func) or ""
            named = isinstance(part.func, ast.Name) and isinstance(program.names.get(part.func.id), Class)
            if path.endswith("Sequential") or named:
                return True
    return False


def made_of_class(places: Places, program: Program) -> Module | Group | None:
    """The only class that no other class uses, made with its defaults; lists of modules are refused with what to do."""
    classes = {name: value for name, value in program.names.items() if isinstance(value, Class)}
    used = {
        part.id
        for name, value in classes.items()
        for part in ast.walk(value.node)
        if isinstance(part, ast.Name) and part.id in classes and part.id != name
    }
    tops = [value for name, value in classes.items() if name not in used]
    if len(tops) == 1:
        from archcalc.notations.pytorch.classes import make

        return make(program.values, tops[0], None)
    if tops:
        span = places.keyword(tops[1].node)
        names = ", ".join(value.node.name for value in tops[:6])
        raise SpecError([Fault(f"several classes stand here: {names}", span, repairs=[f"net = {tops[-1].node.name}()"])])
    for name, value in program.names.items():
        if isinstance(value, list) and value and all(isinstance(item, Module | Group) for item in value):
            raise places.fault(
                program.given.get(name), f"`{name}` is a list of modules, no network", f"net = nn.Sequential(*{name})"
            )
    if any(is_arch(name, value) for name, value in program.names.items()):
        return None
    unread = [v.error for n, v in program.names.items() if isinstance(v, Unread)]
    raise unread[0] if unread else SpecError([nothing(places)])


def is_arch(name: str, value: Any) -> bool:
    """Whether a name is Dive into Deep Learning's table of VGG blocks."""
    return name.endswith("conv_arch") and isinstance(value, list | tuple)
