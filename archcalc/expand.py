"""Spec tree → network: blocks opened, repeats unrolled, expressions evaluated, names resolved.

Shapes are followed on the way, since `cin` and the flatten before a fully connected layer depend on them; a layer that does
not fit is left for the analysis to report, with the table up to it. Faults of the text are collected and raised together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archcalc import phrase as phrases
from archcalc.blocks import TABLE as SHIPPED
from archcalc.errors import Fault, Misfit, Source, Span, SpecError, ValueFault, suggestions
from archcalc.expression import Term, Unknown, UnknownShape, evaluate
from archcalc.layers import layer_class
from archcalc.layers.base import Layer
from archcalc.layers.values import LARGEST, shape as shape_kind
from archcalc.network import Network, Node, Shape
from archcalc.phrase import Form, Given, Lexicon, Phrase, PhraseFault, Slot, Word, parse_value
from archcalc.spec import List, Map, Scalar, Value, kind_of

MOST_LAYERS = 150_000  # in all
MOST_MADE = 50_000  # by repeats, tables and blocks
MOST_FAULTS = 20
DEEPEST = 40

TOP_KEYS = (
    "name", "input", "inputs", "vars", "blocks", "layers", "outputs", "defaults", "flatten", "source", "expect", "notes",
)  # fmt: skip
STRUCTURES = ("branches", "residual", "repeat", "table", "heads", "reuse", "layers")
MODIFIERS = ("id", "from", "when", "else", "then", "join", "shortcut", "expect")


class Stop(Exception):
    """Expansion cannot go on; the faults so far say why."""


class Block:
    """A block's definition: its arguments with their other names and defaults, and its layers."""

    def __init__(self, name: str, body: Map, *, shipped: bool, variables: Mapping[str, Term]) -> None:
        self.name = name
        self.body = body
        self.shipped = shipped
        self.args: dict[str, Value | None] = {}
        self.variables = dict(variables)
        slots: dict[str, Slot] = {}
        given = body.get("args")
        for key, default in given.entries if isinstance(given, Map) else []:
            names = [n.strip() for n in key.text.split(",")]
            required = isinstance(default, Scalar) and default.text == "required"
            slot = Slot(names[0], required=required)
            self.args[names[0]] = None if required else default
            slots |= dict.fromkeys(names, slot)
        letters = {name: slot for name, slot in slots.items() if len(name) == 1}
        self.form = Form(name, slots, letters, {}, tuple(dict.fromkeys(slots.values())), block=self)


class Scope:
    """One level of names: a network, a block, a branch. Variables are shared down to the next block."""

    __slots__ = ("block", "counts", "depth", "lexicon", "names", "parent", "prefix", "variables")

    def __init__(
        self, prefix: str, variables: dict[str, Term | None], lexicon: Lexicon, parent: Scope | None, block: str | None
    ) -> None:
        self.prefix = prefix
        self.variables = variables
        self.lexicon = lexicon
        self.parent = parent
        self.block = block
        self.names: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.depth: int = parent.depth + 1 if parent else 0

    def number(self, prefix: str) -> str:
        """The next free name of a kind: conv1, conv2…"""
        count = self.counts.get(prefix, 0) + 1
        while f"{prefix}{count}" in self.names:
            count += 1
        self.counts[prefix] = count
        return f"{prefix}{count}"

    def known(self) -> Iterator[str]:
        """Every name that may be read from here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


class Expander:
    """Makes one network of one tree. Use `expand`."""

    def __init__(self, tree: Map, settings: Mapping[str, str], inputs: Mapping[str, Shape], bias: bool) -> None:
        self.tree = tree
        self.settings = settings
        self.given_inputs = inputs
        self.bias = bias
        self.faults: list[Fault] = []
        self.nodes: list[Node] = []
        self.shapes: list[Shape | None] = []
        self.layouts: list[str] = []
        self.inputs: dict[str, Shape] = {}
        self.input_shapes: list[Shape] = []
        self.groups: dict[str, str] = {}
        self.paths: dict[str, int] = {}
        self.blocks: dict[str, Block] = {}
        self.defaults: dict[str, list[Phrase]] = {}
        self.calls: list[str] = []
        self.call_span: Span | None = None
        self.made = 0
        self.first_fault: int | None = None
        self.flatten = True
        self.lexicons: dict[str, Lexicon] = {}

    # -- faults ---------------------------------------------------------------------------------------------------

    def fault(self, message: str, span: Span | None, *repairs: str) -> None:
        """Notes a fault; expansion goes on to find the others."""
        if self.call_span is not None:
            span = self.call_span
            message = f"in block {self.calls[-1]}: {message}"
        if self.first_fault is None:
            self.first_fault = len(self.nodes)
        self.faults.append(Fault(message, span, repairs=repairs))
        if len(self.faults) >= MOST_FAULTS:
            self.faults[-1].notes = (f"the first {MOST_FAULTS} faults are shown",)
            raise Stop

    def stop(self, message: str, span: Span | None, *repairs: str) -> Stop:
        """Notes a fault after which nothing more can be found."""
        self.fault(message, span, *repairs)
        return Stop()

    # -- the whole ------------------------------------------------------------------------------------------------

    def network(self) -> Network:
        """The network. Raises SpecError."""
        variables: dict[str, Term] = {}
        outputs: tuple[int, ...] = ()
        try:
            for key, _ in self.tree.entries:
                if key.text not in TOP_KEYS:
                    near = suggestions(key.text, TOP_KEYS)
                    self.fault(f"unknown key '{key.text}'", key.span(), *(near or [", ".join(TOP_KEYS[:7])]))
            variables = self._variables()
            self._own_blocks(variables)
            lexicon = Lexicon(frozenset([*variables, "cin"]), self._block_form, self._block_names)
            root = Scope("", {**variables, "cin": None}, lexicon, None, None)
            self._inputs(root)
            self._defaults(lexicon)
            flatten = self.tree.get("flatten")
            if isinstance(flatten, Scalar):
                if flatten.text not in ("auto", "never"):
                    self.fault(f"flatten is 'auto' or 'never', not '{flatten.text}'", flatten.span(), "auto", "never")
                self.flatten = flatten.text != "never"
            layers = self.tree.get("layers")
            if layers is None:
                raise self.stop("no `layers` here: a list, one layer a line", self.tree.span(), "layers:")
            current = self._items(layers, root, -1)
            outputs = self._outputs(root, current)
        except Stop:
            pass
        except RecursionError:
            self.faults.append(Fault("nested too deep", self.tree.span()))
        network = Network(self._text("name"), self.inputs, self.nodes, outputs, self.groups, self._notes(), variables)
        network.expect = self._expect(self.tree.get("expect"))
        network.origin = self._text("source")
        if self.faults:
            raise SpecError(self.faults, self._partial(network))
        return network

    def _partial(self, network: Network) -> Any:
        """The analysis of what stands before the first fault; None where that is nothing."""
        from archcalc.analysis import analyse

        network.nodes = self.nodes[: self.first_fault or 0]
        network.outputs = (len(network.nodes) - 1,)
        if not network.nodes:
            return None
        try:
            return analyse(network)
        except SpecError as error:
            self.faults[:0] = error.faults
            return error.analysis

    def _text(self, key: str) -> str:
        value = self.tree.get(key)
        return value.text if isinstance(value, Scalar) else ""

    def _notes(self) -> tuple[str, ...]:
        notes = self.tree.get("notes")
        return tuple(n.text for n in notes.items if isinstance(n, Scalar)) if isinstance(notes, List) else ()

    def _variables(self) -> dict[str, Term]:
        found: dict[str, Term] = {}
        given = self.tree.get("vars")
        if given is not None and not isinstance(given, Map):
            self.fault(f"vars is a mapping of names to values, not {kind_of(given)}", given.span(), "vars: {width: 1.0}")
        for key, value in given.entries if isinstance(given, Map) else []:
            if not key.text.isidentifier():
                self.fault(f"'{key.text}' is no name for a variable", key.span())
                continue
            text = self.settings.get(key.text)
            if text is None and not isinstance(value, Scalar):
                self.fault(f"the variable {key.text} is a number or a word, not {kind_of(value)}", value.span())
                continue
            try:
                found[key.text] = self._variable(value.text if text is None and isinstance(value, Scalar) else text or "", found)
            except ValueFault as error:
                if text is not None:
                    raise self.stop(f"--set {key.text}={text}: {error.message}", None, *error.repairs) from None
                self.fault(error.message, value.span(), *error.repairs)
                found[key.text] = 1
        for name in self.settings:
            if name not in found:
                near = suggestions(name, found)
                known = f"it has {', '.join(found)}" if found else "it has none"
                self.fault(f"--set {name}: this network has no such variable; {known}", None, *near)
        return found

    def _variable(self, text: str, scope: Mapping[str, Term]) -> Term:
        try:
            return float(text) if "." in text else evaluate(text, scope)
        except ValueError:
            return evaluate(text, scope)
        except ValueFault:
            if text.replace("_", "a").isalnum() and not text[0].isdigit() and text.lower() not in ("nan", "inf"):
                return text  # a word, such as the name of an activation
            raise

    def _inputs(self, root: Scope) -> None:
        single, several = self.tree.get("input"), self.tree.get("inputs")
        found: dict[str, Shape] = {}
        if isinstance(several, Map):
            for key, value in several.entries:
                found[key.text] = self._shape(value, root)
        elif several is not None:
            single = single or several
        if isinstance(single, Map):
            found = {key.text: self._shape(value, root) for key, value in single.entries}
        elif single is not None:
            found["input"] = self._shape(single, root)
        for name, shape in self.given_inputs.items():
            if name and name not in found:
                raise self.stop(f"--input {name}: the inputs are {', '.join(found) or 'not named'}", None, *suggestions(name, found))
            if not name and len(found) > 1:
                raise self.stop("--input: this network has several inputs", None, *[f"--input {n}=…" for n in found])
            found[name or next(iter(found), "input")] = shape
        if not found:
            raise self.stop("no `input` is given", self.tree.span(), "input: 1x28x28 in the file", "--input 1x28x28")
        self.inputs = found
        self.input_shapes = list(found.values())
        root.names |= {name: -1 - i for i, name in enumerate(found)}
        root.names.setdefault("input", -1)

    def _shape(self, value: Value, scope: Scope) -> Shape:
        try:
            return parse_shape(self._plain(value, scope.variables))
        except ValueFault as error:
            raise self.stop(error.message, value.span(), *error.repairs) from None

    def _plain(self, value: Value, variables: Mapping[str, Term | None]) -> Any:
        """A value as numbers: lists as tuples, expressions evaluated, `left`… of a padding as pairs."""
        if isinstance(value, Scalar):
            return resolve(parse_value(value.text.replace("×", "x").strip()), variables)
        if isinstance(value, List):
            if len(value.items) > 100:
                raise ValueFault(f"a list of {len(value.items)} where a few numbers are meant")
            return tuple(self._plain(item, variables) for item in value.items)
        return self._side_pairs(value, variables)

    def _side_pairs(self, value: Map, variables: Mapping[str, Term | None]) -> tuple[tuple[Any, Any], ...]:
        """{left: 0, right: 1, top: 0, bottom: 1} as pairs, first axis first."""
        sides = {key.text: self._plain(v, variables) for key, v in value.entries}
        known = [("front", "back"), ("top", "bottom"), ("left", "right")]
        wrong = [k for k in sides if k not in [n for pair in known for n in pair]]
        if wrong:
            raise ValueFault(f"'{wrong[0]}' is no side", *suggestions(wrong[0], ["top", "bottom", "left", "right", "front", "back"]))
        used = [pair for pair in known if pair[0] in sides or pair[1] in sides]
        if ("left", "right") in used and ("top", "bottom") not in used and len(used) == 1 and len(self.input_shapes[0]) > 2:
            used.insert(0, ("top", "bottom"))
        elif ("top", "bottom") in used and ("left", "right") not in used:
            used.append(("left", "right"))
        return tuple((sides.get(a, 0), sides.get(b, 0)) for a, b in used)

    def _defaults(self, lexicon: Lexicon) -> None:
        given = self.tree.get("defaults")
        if given is not None and not isinstance(given, Map):
            self.fault("defaults is a mapping of layers to settings", given.span(), "defaults: {conv: p1 relu}")
            return
        for key, value in given.entries if isinstance(given, Map) else []:
            if not isinstance(value, Scalar):
                self.fault("the settings of defaults are one line", value.span(), "conv: p1 relu")
                continue
            parsed = self._parse(value, lexicon, key)
            if parsed:
                self.defaults[parsed[0].form.word] = parsed

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _own_blocks(self, variables: Mapping[str, Term]) -> None:
        given = self.tree.get("blocks")
        if given is None:
            return
        if not isinstance(given, Map):
            self.fault(f"blocks is a mapping of names to definitions, not {kind_of(given)}", given.span())
            return
        for key, body in given.entries:
            self._define(key, body, shipped=False, variables=variables)

    def _define(self, key: Scalar, body: Value, *, shipped: bool, variables: Mapping[str, Term]) -> None:
        if isinstance(body, List):
            body = Map([(Scalar("layers", body.source, body.line, body.column), body)], body.source, body.line, body.column)
        if not isinstance(body, Map) or body.get("layers") is None:
            self.fault(f"the block {key.text} has no layers", key.span(), f"{key.text}: {{args: {{out: required}}, layers: […]}}")
            return
        for name in body.keys():
            if name not in ("doc", "args", "layers", "example"):
                self.fault(f"unknown key '{name}' in the block {key.text}", body.span(), *suggestions(name, ["args", "layers", "doc"]))
        block = Block(key.text, body, shipped=shipped, variables=variables)
        self.blocks[key.text] = block
        names = frozenset([*block.variables, *block.form.slots, "cin"])
        self.lexicons[key.text] = Lexicon(names, self._block_form, self._block_names)

    def _block_form(self, name: str) -> Form | None:
        if name not in self.blocks and name in SHIPPED:
            from archcalc.blocks import definitions

            for key, body in definitions(SHIPPED[name]).entries:
                if key.text not in self.blocks:
                    self._define(key, body, shipped=True, variables={})
        block = self.blocks.get(name)
        return block.form if block else None

    def _block_names(self) -> Iterator[str]:
        yield from SHIPPED
        yield from self.blocks

    def _call(self, phrase: Phrase, scope: Scope, current: int, scalar: Scalar, name: str | None) -> int | None:
        """One use of a block: its arguments evaluated here, its layers expanded in a scope of its own."""
        block: Block = phrase.form.block
        if block.name in self.calls:
            raise self.stop(f"the block {block.name} uses itself: {' → '.join([*self.calls, block.name])}", scalar.span())
        if len(self.calls) >= DEEPEST:
            raise self.stop(f"blocks inside blocks more than {DEEPEST} deep", scalar.span())
        values = {g.slot.name: self._value(g, scope) for g in phrase.givens}
        inner: dict[str, Term | None] = dict(block.variables)
        inner["cin"] = self._cin(current)
        for arg, default in block.args.items():
            if arg in values:
                inner[arg] = values[arg]
            elif default is None:
                raise PhraseFault(f"{block.name} needs {arg}", phrase.start, phrase.end, f"{arg}=…")
            elif isinstance(default, Scalar):
                inner[arg] = self._variable(default.text, {k: v for k, v in inner.items() if v is not None})
        for alias, slot in block.form.slots.items():
            inner[alias] = inner[slot.name]
        level = name or scope.number(block.name)
        shown = [f"{inner[s.name]}" if i == 0 else f"{s.name}={_short(inner[s.name])}" for i, s in enumerate(block.form.positional)]
        self.groups[scope.prefix + level] = " ".join([block.name, *shown])
        child = Scope(f"{scope.prefix}{level}.", inner, self.lexicons[block.name], scope if not block.shipped else None, block.name)
        child.depth = scope.depth + 1
        child.names["input"] = current
        outer = self.call_span
        if block.shipped and outer is None:
            self.call_span = scalar.span(phrase.start, phrase.end)
        self.calls.append(block.name)
        try:
            body = block.body.get("layers")
            assert body is not None
            end = self._items(body, child, current)
        finally:
            self.calls.pop()
            self.call_span = outer
        if end is not None:
            scope.names[level] = end
        return end

    # -- items ----------------------------------------------------------------------------------------------------

    def _items(self, items: Value, scope: Scope, current: int | None) -> int | None:
        """Expands a list of layers (or a single one) and returns the number of the last node; None after a fault."""
        if isinstance(items, Scalar | Map):
            return self._item(items, scope, current)
        for item in items.items:
            current = self._item(item, scope, current)
        return current

    def _item(self, item: Value, scope: Scope, current: int | None) -> int | None:
        if isinstance(item, Scalar):
            return self._line(item, scope, current)
        if isinstance(item, List):
            raise_span = item.span()
            self.fault("a layer is a line or a mapping, not a list", raise_span, "`branches:` for parallel paths", "`layers:` for a group")
            return None
        if not item.entries:
            self.fault("an empty mapping is no layer", item.span())
            return None
        if len(item.entries) == 1 and item.entries[0][0].text not in STRUCTURES:
            return self._mapping(item.entries[0], scope, current, {})
        return self._structure(item, scope, current)

    def _structure(self, item: Map, scope: Scope, current: int | None) -> int | None:
        """A mapping with structure or modifiers: exactly one thing, and what is said about it."""
        said = {key.text: (key, value) for key, value in item.entries}
        modifiers = {k: said.pop(k)[1] for k in MODIFIERS if k in said}
        try:
            if "when" in modifiers:
                test = self._evaluate(modifiers.pop("when"), scope, current)
                otherwise = modifiers.pop("else", None)
                if not test:
                    return current if otherwise is None else self._items(otherwise, scope, current)
            if "from" in modifiers:
                current, sources = self._from(modifiers.pop("from"), scope, current)
                modifiers["sources"] = sources  # type: ignore[assignment]
        except UnknownShape:
            return None
        except ValueFault as error:
            self.fault(error.message, item.span(), *error.repairs)
            return None
        things = [k for k in said if k in STRUCTURES] or list(said)
        if "repeat" in said and "layers" in said:
            things = ["repeat"]
        if len(things) != 1 or (len(said) > 1 and things[0] not in ("repeat", "table")):
            if not things:
                if "id" in modifiers and current is not None:
                    self._name_end(modifiers, scope, current)
                    return current
                self.fault("no layer is named here", item.span(), "one layer, block or structure beside the rest")
                return None
            extra = next((k for k in said if k != things[0]), things[0])
            near = suggestions(extra, [*MODIFIERS, *STRUCTURES])
            self.fault(f"'{extra}' beside '{things[0]}': one thing an item", said[extra][0].span(), *(near or ["an item of its own"]))
            return None
        thing = things[0]
        key, value = said[thing]
        level = self._id(modifiers, scope)
        start = len(self.nodes)
        if thing in STRUCTURES:
            current = self._grow(thing, said, modifiers, scope, current, level)
        else:
            current = self._mapping((key, value), scope, current, modifiers, level)
        if "then" in modifiers:
            current = self._items(modifiers["then"], scope, current)
        if current is not None and level and thing != "heads":
            scope.names[level] = current
        if "expect" in modifiers and current is not None and len(self.nodes) > start:
            self.nodes[current].expect = self._expect(modifiers["expect"])
        return current

    def _grow(
        self, thing: str, said: Mapping[str, tuple[Scalar, Value]], modifiers: dict[str, Value], scope: Scope, current: int | None, level: str | None
    ) -> int | None:
        key, value = said[thing]
        if thing == "repeat":
            return self._repeat(key, value, said.get("layers"), scope, current)
        if thing == "table":
            return self._table(value, scope, current)
        if thing == "reuse":
            return self._reuse(value, scope, current, level)
        if thing == "layers":
            inner = self._level(scope, level, "") if level else scope
            return self._items(value, inner, current)
        if thing == "heads":
            return self._heads(key, value, scope, current)
        inner = self._level(scope, level, thing)
        if thing == "branches":
            return self._branches(value, modifiers.get("join"), inner, current)
        return self._residual(value, modifiers.get("shortcut"), inner, current)

    def _level(self, scope: Scope, level: str | None, thing: str) -> Scope:
        """A level of names for a structure: its id, or its own name at the top; none inside a block."""
        if level is None:
            if scope.block is not None:
                return scope
            level = scope.number(thing)
        self.groups[scope.prefix + level] = thing
        return Scope(f"{scope.prefix}{level}.", scope.variables, scope.lexicon, scope, scope.block)

    def _id(self, modifiers: Mapping[str, Value], scope: Scope) -> str | None:
        value = modifiers.get("id")
        if value is None:
            return None
        if not isinstance(value, Scalar) or not value.text.replace("_", "a").replace("-", "a").isalnum():
            self.fault("an id is one word of letters, digits and _", value.span(), "id: skip1")
            return None
        if value.text in ("prev", "input") or value.text in scope.names:
            what = "has a meaning of its own" if value.text in ("prev", "input") else "is the name of a layer above"
            self.fault(f"the id '{value.text}' {what}", value.span(), f"{value.text}_2")
            return None
        return value.text

    def _name_end(self, modifiers: Mapping[str, Value], scope: Scope, current: int) -> None:
        name = self._id(modifiers, scope)
        if name:
            scope.names[name] = current

    def _repeat(self, key: Scalar, value: Value, layers: tuple[Scalar, Value] | None, scope: Scope, current: int | None) -> int | None:
        if layers is None:
            self.fault("repeat says how often; `layers` beside it says what", key.span(), "layers: [conv 64 k3 p1 relu]")
            return None
        try:
            times = self._evaluate(value, scope, current)
        except UnknownShape:
            return None
        except ValueFault as error:
            self.fault(error.message, value.span(), *error.repairs)
            return None
        if isinstance(times, float) and times == int(times):
            times = int(times)
        if not isinstance(times, int) or times < 0:
            self.fault(f"repeat takes a whole number from 0, not {times}", value.span())
            return None
        if times * self._weight(layers[1], scope) > MOST_MADE - self.made:
            raise self.stop(f"more than {MOST_MADE:,} layers made by repeat", value.span(), "a smaller number")
        for _ in range(times):
            self.made += 1
            current = self._items(layers[1], scope, current)
        return current

    def _weight(self, items: Value, scope: Scope, depth: int = 0) -> int:
        """How many layers a list makes at least, to refuse a flood before making it."""
        if isinstance(items, Scalar) or depth > DEEPEST:
            return 1
        if isinstance(items, List):
            return sum(self._weight(item, scope, depth + 1) for item in items.items) or 1
        times, layers = items.get("repeat"), items.get("layers")
        if isinstance(times, Scalar) and layers is not None:
            try:
                count = evaluate(times.text, scope.variables)
            except ValueFault:
                count = 1
            return (count if isinstance(count, int) and count > 0 else 1) * self._weight(layers, scope, depth + 1)
        return 1

    def _branches(self, value: Value, join: Value | None, scope: Scope, current: int | None) -> int | None:
        if isinstance(value, Map):
            paths = [(key.text, items) for key, items in value.entries]
        elif isinstance(value, List):
            paths = [(scope.number("branch"), items) for items in value.items]
        else:
            paths = []
        if not paths:
            self.fault("branches is a list of paths, each a list of layers", value.span(), "branches: [[conv 64 k1], [conv 96 k3 p1]]")
            return None
        ends = []
        for name, items in paths:
            inner = Scope(f"{scope.prefix}{name}.", scope.variables, scope.lexicon, scope, scope.block)
            self.groups[scope.prefix + name] = "branch"
            end = self._items(items, inner, current)
            ends.append(end)
            if end is not None:
                scope.names[name] = end
        how = join.text if isinstance(join, Scalar) else "concat"
        if how not in ("concat", "add", "mul"):
            self.fault(f"join is concat, add or mul, not '{how}'", join.span() if join else value.span(), *suggestions(how, ["concat", "add", "mul"]))
            return None
        return self._merge(how, ends, scope, join.span() if join else value.span())

    def _merge(self, how: str, ends: list[int | None], scope: Scope, span: Span) -> int | None:
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return None
        return self._add(layer_class(how)(), tuple(known), scope, span)

    def _residual(self, value: Value, shortcut: Value | None, scope: Scope, current: int | None) -> int | None:
        end = self._items(value, scope, current)
        side = current
        if shortcut is not None and not (isinstance(shortcut, List) and not shortcut.items):
            name = "shortcut" if "shortcut" not in scope.counts else f"shortcut{scope.counts['shortcut'] + 1}"
            scope.counts["shortcut"] = scope.counts.get("shortcut", 0) + 1
            inner = Scope(f"{scope.prefix}{name}.", scope.variables, scope.lexicon, scope, scope.block)
            self.groups[scope.prefix + name] = "shortcut"
            side = self._items(shortcut, inner, current)
        return self._merge("add", [end, side], scope, value.span())

    def _heads(self, key: Scalar, value: Value, scope: Scope, current: int | None) -> int | None:
        if not isinstance(value, Map):
            self.fault("heads is a mapping of names to layers", value.span(), "heads: {box: [fc 4], class: [fc 10]}")
            return None
        for name, items in value.entries:
            inner = Scope(f"{scope.prefix}{name.text}.", scope.variables, scope.lexicon, scope, scope.block)
            self.groups[scope.prefix + name.text] = "head"
            end = self._items(items, inner, current)
            if end is not None:
                scope.names[name.text] = end
        return current

    def _reuse(self, value: Value, scope: Scope, current: int | None, level: str | None) -> int | None:
        if current is None:
            return None
        target = self._find(value.text, scope, current) if isinstance(value, Scalar) else None
        if target is None or target < 0:
            name = value.text if isinstance(value, Scalar) else ""
            self.fault(f"'{name}' names no layer above whose weights could be used again", value.span(), *suggestions(name, scope.known()))
            return None
        node = self.nodes[target]
        span = value.span()
        shares = node.shares if node.shares is not None else target
        return self._add(node.layer, (current,), scope, span, name=level, shares=shares)

    def _table(self, value: Value, scope: Scope, current: int | None) -> int | None:
        """A paper's table: a row a block; column `n` repeats it, all but the first time with stride 1."""
        if not isinstance(value, Map):
            self.fault("table is a mapping", value.span(), "table: {block: inverted_residual, columns: t c n s, rows: [1 16 1 1]}")
            return None
        block, columns, rows = value.get("block"), value.get("columns"), value.get("rows")
        layers, more = value.get("layers"), value.get("with")
        if not isinstance(columns, Scalar | List) or not isinstance(rows, List) or (block is None) == (layers is None):
            self.fault("a table needs `columns`, `rows`, and `block` or `layers`", value.span(), "columns: t c n s")
            return None
        if isinstance(columns, Scalar):
            heads = columns.text.replace(",", " ").split()
        else:
            heads = [c.text for c in columns.items if isinstance(c, Scalar)]
        form = self._block_form(block.text) if isinstance(block, Scalar) else None
        if isinstance(block, Scalar) and form is None:
            self.fault(f"unknown block '{block.text}'", block.span(), *suggestions(block.text, self._block_names()))
            return None
        extra = {key.text for key, _ in more.entries} if isinstance(more, Map) else set()
        wrong = [h for h in heads if form and h != "n" and h not in form.slots and not extra]
        if wrong and form:
            self.fault(f"{form.word} has no argument '{wrong[0]}'", columns.span(), *(suggestions(wrong[0], form.slots) or list(form.slots)))
            return None
        for row in rows.items:
            cells = self._cells(row)
            if len(cells) != len(heads):
                self.fault(f"{len(cells)} values under {len(heads)} columns {' '.join(heads)}", row.span())
                continue
            current = self._row(dict(zip(heads, cells, strict=True)), row, form, layers, more, scope, current)
        return current

    def _cells(self, row: Value) -> list[str]:
        if isinstance(row, Scalar):
            try:
                return [word for word, _, _ in phrases.tokens(row.text)]
            except PhraseFault:
                return []
        return [cell.text for cell in row.items if isinstance(cell, Scalar)] if isinstance(row, List) else []

    def _row(
        self, cells: dict[str, str], row: Value, form: Form | None, layers: Value | None, more: Value | None, scope: Scope, current: int | None
    ) -> int | None:
        place = row if isinstance(row, Scalar) else Scalar("", row.source, row.line, row.column, 1)
        try:
            self._set_cin(scope, current)
            values: dict[str, Term] = {name: self._variable(text, scope.variables) for name, text in cells.items()}  # type: ignore[arg-type]
            extra = {}
            for key, value in more.entries if isinstance(more, Map) else []:
                if isinstance(value, Scalar):
                    extra[key.text] = evaluate(value.text, {**scope.variables, **values})
        except UnknownShape:
            return None
        except ValueFault as error:
            self.fault(error.message, place.span(), *error.repairs)
            return None
        times = values.pop("n", 1)
        if not isinstance(times, int) or times < 0 or times > MOST_MADE - self.made:
            self.fault(f"n is a whole number of repeats up to {MOST_MADE:,}, not {times}", place.span())
            return None
        if layers is not None:
            names = frozenset([*scope.variables, *values, *extra])
            lexicon = Lexicon(names, self._block_form, self._block_names)
            inner = Scope(scope.prefix, {**scope.variables, **values, **extra}, lexicon, scope.parent, scope.block)
            inner.names, inner.counts = scope.names, scope.counts
            for _ in range(times):
                self.made += 1
                current = self._items(layers, inner, current)
            return current
        assert form is not None
        given = {form.slots[k].name: (form.slots[k], v) for k, v in {**values, **extra}.items() if k in form.slots}
        stride = form.slots.get("stride")
        for index in range(times):
            self.made += 1
            if index == 1 and stride is not None and "stride" in given:
                given["stride"] = (stride, 1)
            givens = [Given(slot, value if not isinstance(value, str) else Word(value), 0, len(place.text)) for slot, value in given.values()]
            if current is None:
                return None
            phrase = Phrase(form, givens, 0, max(1, len(place.text)))
            current = self._guard(lambda phrase=phrase, at=current: self._call(phrase, scope, at, place, None), place)  # type: ignore[misc]
        return current

    # -- lines and mappings ---------------------------------------------------------------------------------------

    def _line(self, scalar: Scalar, scope: Scope, current: int | None, name: str | None = None, **more: Any) -> int | None:
        parsed = self._parse(scalar, scope.lexicon)
        if parsed is None:
            return None
        return self._phrases(parsed, scalar, scope, current, name, **more)

    def _parse(self, scalar: Scalar, lexicon: Lexicon, key: Scalar | None = None) -> list[Phrase] | None:
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
            self.fault(error.message, span, *error.repairs)
            return None

    def _phrases(
        self,
        parsed: list[Phrase],
        scalar: Scalar,
        scope: Scope,
        current: int | None,
        name: str | None = None,
        sources: tuple[int, ...] | None = None,
        shift: int = 0,
    ) -> int | None:
        """The nodes of a line, one after the other."""
        if self.defaults and scope.block is None:
            parsed = self._with_defaults(parsed)
        for phrase in parsed:
            form = phrase.form
            if phrase.variable:
                current = self._by_variable(phrase, scalar, scope, current)
                continue
            span = scalar.span(max(0, phrase.start - shift), max(1, phrase.end - shift)) if len(parsed) > 1 or shift else scalar.span()
            if current is None:
                # After a fault: the line is still read for its own faults, but makes nothing.
                if form.block is None:
                    self._guard(lambda p=phrase: self._layer(p, scope) and None, scalar, shift)  # type: ignore[misc]
                continue
            self._set_cin(scope, current)
            if form.block is not None:
                at = current
                current = self._guard(lambda p=phrase, at=at, n=name: self._call(p, scope, at, scalar, n), scalar, shift)  # type: ignore[misc]
            else:
                layer = self._guard(lambda p=phrase: self._layer(p, scope), scalar, shift)  # type: ignore[misc]
                current = None if layer is None else self._place(layer, scope, current, span, name, sources)
            name, sources = None, None
        return current

    def _by_variable(self, phrase: Phrase, scalar: Scalar, scope: Scope, current: int | None) -> int | None:
        """A variable that stands for a layer that follows (`conv out k1 act`)."""
        value = scope.variables.get(phrase.variable)
        if not isinstance(value, str):
            self.fault(
                f"{phrase.form.word} has no place for the value of {phrase.variable}, {value}", scalar.span(phrase.start, phrase.end)
            )
            return None
        inner = Scalar(value, scalar.source, scalar.line, scalar.column, scalar.length)
        return self._line(inner, scope, current)

    def _with_defaults(self, parsed: list[Phrase]) -> list[Phrase]:
        """The phrases of a line with what `defaults` adds: settings not given, and layers that follow where none does."""
        first = parsed[0]
        extra = self.defaults.get(first.form.word)
        if extra is None:
            return parsed
        taken = {g.slot.name for g in first.givens}
        givens = first.givens + [g for g in extra[0].givens if g.slot.name not in taken]
        followers = parsed[1:] or extra[1:]
        return [Phrase(first.form, givens, first.start, first.end), *followers]

    def _guard(self, action: Any, scalar: Scalar, shift: int = 0) -> Any:
        """Runs an action and turns what it raises into a fault at its place; None then."""
        try:
            return action()
        except UnknownShape:
            return None
        except PhraseFault as error:
            span = scalar.span(max(0, error.start - shift), max(1, error.end - shift))
            self.fault(error.message, span, *error.repairs)
        except ValueFault as error:
            self.fault(error.message, scalar.span(), *error.repairs)
        return None

    def _layer(self, phrase: Phrase, scope: Scope) -> Layer:
        """The layer of a phrase. Raises PhraseFault."""
        if phrase.built is not None:
            return phrase.built
        form = phrase.form
        values: dict[str, Any] = dict(form.implied)
        constant = True
        for given in phrase.givens:
            value = self._value(given, scope)
            constant = constant and _constant(given.value)
            try:
                values[given.slot.name] = given.slot.convert(value)
            except ValueFault as error:
                raise PhraseFault(f"{given.slot.name} of {form.word}: {error.message}", given.start, given.end, *error.repairs) from None
        for slot in form.all_slots():
            if slot.required and slot.name not in values:
                hints = {"kernel": "k3", "out": f"{form.word} 64"}
                raise PhraseFault(
                    f"{form.word} needs {slot.name}", phrase.start, phrase.end, hints.get(slot.name, f"{slot.name}=…")
                )
        assert form.layer is not None
        if not self.bias:
            if "bias" in form.slots and form.slots["bias"].name == "bias" and form.word != "layernorm":
                values["bias"] = False
            elif "biases" in form.slots:
                values["biases"] = 0
        layer = form.layer(**values)
        if constant:
            phrase.built = layer
        return layer

    def _value(self, given: Given, scope: Scope) -> Any:
        try:
            return resolve(given.value, scope.variables)
        except (Unknown, UnknownShape):
            raise
        except ValueFault as error:
            raise PhraseFault(error.message, given.start, given.end, *error.repairs) from None

    def _mapping(
        self, entry: tuple[Scalar, Value], scope: Scope, current: int | None, modifiers: Mapping[str, Any], name: str | None = None
    ) -> int | None:
        """`conv: {out: 16, kernel: 5}`, `conv: 16 k5`, `add: [a, b]`."""
        key, value = entry
        sources = modifiers.get("sources")
        if isinstance(value, Scalar) and value.text.strip() not in ("", "~", "null"):
            form = self._guard(lambda: scope.lexicon.find(key.text), key)
            if form is not None and form.layer is not None and form.layer.arity[0] > 1:
                value = List([value], value.source, value.line, value.column)
            else:
                parsed = self._parse(value, scope.lexicon, key)
                if parsed is None:
                    return None
                return self._phrases(parsed, value, scope, current, name, sources, shift=len(key.text) + 1)
        if isinstance(value, Scalar):
            return self._line(key, scope, current, name, sources=sources)
        form = scope.lexicon.find(key.text)
        if form is None:
            near = suggestions(key.text, [*STRUCTURES, *MODIFIERS]) or list(scope.lexicon.unknown(key.text, 0, 1).repairs)
            self.fault(f"unknown layer or block '{key.text}'", key.span(), *near)
            return None
        if isinstance(value, List):
            if form.layer is not None and (form.layer.arity[1] is None or form.layer.arity[1] > 1) and "of" in form.slots:
                return self._merged(form, value, scope, current, key, name)
            givens = self._list_givens(form, value, scope, current)
        else:
            if "of" in form.slots and (of := value.get("of") or value.get("inputs")) is not None:
                rest = Map([e for e in value.entries if e[0].text not in ("of", "inputs")], value.source, value.line, value.column)
                listed = of if isinstance(of, List) else List([of], of.source, of.line, of.column)
                return self._merged(form, listed, scope, current, key, name, rest)
            givens = self._map_givens(form, value, scope, current)
        if givens is None:
            return None
        pairs, followers = givens
        phrase = Phrase(form, pairs, 0, len(key.text))
        current = self._phrases([phrase], key, scope, current, name, sources)
        for follower in followers:
            current = self._line(follower, scope, current)
        return current

    def _merged(
        self, form: Form, value: List, scope: Scope, current: int | None, key: Scalar, name: str | None, rest: Map | None = None
    ) -> int | None:
        """A merge with the names of what it merges; one name alone is merged with the layer above."""
        found: list[int | None] = []
        for item in value.items:
            if not isinstance(item, Scalar):
                self.fault("the name of a layer is meant here", item.span(), f"{form.word}: [skip1, prev]")
                return None
            index = self._find(item.text, scope, current)
            if index is None and not (item.text == "prev" and current is None):
                self._no_layer(item, scope)
            found.append(index)
        if len(found) == 1 and form.layer is not None and form.layer.arity[0] > 1:
            found.insert(0, current)
        extra = self._map_givens(form, rest, scope, current) if rest is not None else ([], [])
        if extra is None or any(i is None for i in found):
            return None
        phrase = Phrase(form, extra[0], 0, len(key.text))
        layer = self._guard(lambda: self._layer(phrase, scope), key)
        if layer is None:
            return None
        return self._place(layer, scope, current or -1, key.span(), name, tuple(i for i in found if i is not None))

    def _list_givens(self, form: Form, value: List, scope: Scope, current: int | None) -> tuple[list[Given], list[Scalar]] | None:
        """Positional values: `inception: [64, 96, 128, 16, 32, 32]`."""
        if len(value.items) > len(form.positional):
            self.fault(f"{form.word} takes {len(form.positional)} values, {len(value.items)} are given", value.span())
            return None
        return self._givens(form, list(zip(form.positional, value.items, strict=False)), scope, current)

    def _map_givens(self, form: Form, value: Map, scope: Scope, current: int | None) -> tuple[list[Given], list[Scalar]] | None:
        pairs: list[tuple[Slot, Value]] = []
        followers: list[Scalar] = []
        wrong = False
        for key, item in value.entries:
            slot = form.slots.get(phrases.normal(key.text)) or form.letters.get(key.text)
            if slot is not None:
                pairs.append((slot, item))
            elif key.text in ("activation", "norm", "normalization", "act") and isinstance(item, Scalar):
                if item.text not in ("linear", "none", "None", "null", "~", ""):
                    followers.append(item)
            else:
                near = suggestions(phrases.normal(key.text), form.slots)
                self.fault(f"{form.word} has no setting '{key.text}'", key.span(), *(near or [", ".join(s.name for s in form.all_slots())]))
                wrong = True
        return None if wrong else self._givens(form, pairs, scope, current, followers)

    def _givens(
        self, form: Form, pairs: list[tuple[Slot, Value]], scope: Scope, current: int | None, followers: list[Scalar] | None = None
    ) -> tuple[list[Given], list[Scalar]] | None:
        """Settings from a mapping or list, each fault at its own value."""
        found: list[Given] = []
        wrong = False
        self._set_cin(scope, current)
        for slot, item in pairs:
            if any(g.slot == slot for g in found):
                self.fault(f"{slot.name} of {form.word} is given twice", item.span())
                wrong = True
                continue
            try:
                if isinstance(item, Scalar) and slot.convert is not None and slot.convert.word(item.text):
                    value: Any = Word(item.text.lower())
                else:
                    value = self._plain(item, scope.variables)
                if slot.convert is not None:
                    slot.convert(value)
            except UnknownShape:
                return None
            except ValueFault as error:
                self.fault(f"{slot.name} of {form.word}: {error.message}", item.span(), *error.repairs)
                wrong = True
                continue
            found.append(Given(slot, Word(value) if isinstance(value, str) else value, 0, 1))
        return None if wrong else (found, followers or [])

    # -- nodes ----------------------------------------------------------------------------------------------------

    def _place(
        self, layer: Layer, scope: Scope, current: int, span: Span, name: str | None, sources: tuple[int, ...] | None
    ) -> int | None:
        """Puts a layer after the current node, a flatten before it where one is needed."""
        inputs = sources or (current,)
        fewest, most = layer.arity
        if len(inputs) < fewest or (most is not None and len(inputs) > most):
            wanted = f"at least {fewest}" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
            self.fault(f"{layer.kind} reads {wanted} inputs, {len(inputs)} are given", span, f"{layer.kind}: [skip1, prev]")
            return None
        if layer.kind == "fc" and self.flatten:
            shape = self._shape_of(inputs[0])
            if shape is not None and (len(shape) >= 3 or (len(shape) == 2 and self._layout(inputs[0]) == "channels")):
                inputs = (self._add(layer_class("flatten")(), inputs, scope, span, inserted=True),)
        return self._add(layer, inputs, scope, span, name=name)

    def _add(
        self,
        layer: Layer,
        inputs: tuple[int, ...],
        scope: Scope,
        span: Span,
        *,
        name: str | None = None,
        inserted: bool = False,
        shares: int | None = None,
    ) -> int:
        if len(self.nodes) >= MOST_LAYERS:
            raise self.stop(f"more than {MOST_LAYERS:,} layers", span)
        if scope.block is not None:
            self.made += 1
            if self.made > MOST_MADE:
                raise self.stop(f"more than {MOST_MADE:,} layers made by blocks and repeats", span)
        kind = layer.kind
        if kind == "concat" and getattr(layer, "axis", 0) is None:
            first = self._shape_of(inputs[0])
            tokens = first is not None and len(first) == 2 and self._layout(inputs[0]) != "channels"
            layer = type(layer)(axis=1 if tokens else 0)  # type: ignore[call-arg]
        name = name or scope.number(layer.prefix or kind)
        index = len(self.nodes)
        path = scope.prefix + name
        if self.call_span is not None:
            node = Node(path, layer, inputs, self.call_span, inserted=inserted, shares=shares)
        else:
            node = Node(path, layer, inputs, span, inserted=inserted, shares=shares)
        self.nodes.append(node)
        scope.names[name] = index
        self.paths[path] = index
        shapes = tuple(self._shape_of(i) for i in inputs)
        shape: Shape | None = None
        if None not in shapes:
            try:
                shape = layer.output(shapes)  # type: ignore[arg-type]
            except Misfit:
                shape = None
        self.shapes.append(shape)
        self.layouts.append(layer.layout or self._layout(inputs[0]))
        return index

    def _shape_of(self, index: int) -> Shape | None:
        return self.shapes[index] if index >= 0 else self.input_shapes[-1 - index]

    def _layout(self, index: int) -> str:
        return self.layouts[index] if index >= 0 else "tokens"

    def _cin(self, current: int | None) -> int | None:
        """Channels, or features of a sequence, of the current node; None where not known."""
        shape = None if current is None else self._shape_of(current)
        if shape is None or current is None:
            return None
        return shape[-1] if len(shape) == 2 and self._layout(current) != "channels" else shape[0]

    def _set_cin(self, scope: Scope, current: int | None) -> None:
        scope.variables["cin"] = self._cin(current)

    def _evaluate(self, value: Value, scope: Scope, current: int | None) -> Term:
        if not isinstance(value, Scalar):
            raise ValueFault("an expression is meant here")
        self._set_cin(scope, current)
        return evaluate(value.text, scope.variables)

    # -- names ----------------------------------------------------------------------------------------------------

    def _find(self, name: str, scope: Scope, current: int | None) -> int | None:
        """The node a name stands for, from this scope outwards."""
        if name == "prev":
            return current
        at: Scope | None = scope
        while at is not None:
            if name in at.names:
                return at.names[name]
            if at.prefix + name in self.paths:
                return self.paths[at.prefix + name]
            at = at.parent
        return None

    def _no_layer(self, item: Scalar, scope: Scope) -> None:
        near = suggestions(item.text, scope.known())
        self.fault(
            f"'{item.text}' names no layer above; a layer reads only what stands before it, so there are no cycles",
            item.span(),
            *near,
        )

    def _from(self, value: Value, scope: Scope, current: int | None) -> tuple[int | None, tuple[int, ...] | None]:
        items = value.items if isinstance(value, List) else [value]
        found = []
        for item in items:
            index = self._find(item.text, scope, current) if isinstance(item, Scalar) else None
            if index is None:
                if isinstance(item, Scalar):
                    self._no_layer(item, scope)
                return None, None
            found.append(index)
        if not found:
            raise ValueFault("from names no layer", "from: skip1")
        return found[0], tuple(found) if len(found) > 1 else None

    def _outputs(self, root: Scope, current: int | None) -> tuple[int, ...]:
        given = self.tree.get("outputs")
        if given is None:
            read = {i for node in self.nodes for i in node.inputs}
            unread = tuple(i for i in range(len(self.nodes)) if i not in read)
            if not unread and not self.faults:
                self.fault("the network has no layers", self.tree.span(), "layers: [fc 10]")
            return unread
        items = given.items if isinstance(given, List) else [given]
        found = []
        for item in items:
            index = self._find(item.text, root, current) if isinstance(item, Scalar) else None
            if index is None:
                name = item.text if isinstance(item, Scalar) else ""
                self.fault(f"the output '{name}' names no layer", item.span(), *suggestions(name, root.known()))
            else:
                found.append(index)
        return tuple(found)

    def _expect(self, value: Value | None) -> dict[str, Any]:
        """What the spec states: an output shape, params, params_without_bias, multiplies."""
        if value is None:
            return {}
        known = ("output", "params", "params_without_bias", "multiplies")
        if not isinstance(value, Map):
            self.fault("expect is a mapping", value.span(), "expect: {output: 16x10x10}")
            return {}
        found: dict[str, Any] = {}
        for key, item in value.entries:
            if key.text not in known:
                self.fault(f"expect has no '{key.text}'", key.span(), *(suggestions(key.text, known) or known))
                continue
            try:
                plain = self._plain(item, {})
                found[key.text] = parse_shape(plain) if key.text == "output" else _number(plain)
            except ValueFault as error:
                self.fault(error.message, item.span(), *error.repairs)
        return found


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= LARGEST**2:
        raise ValueFault(f"'{value}' is not a whole number")
    return value


def _constant(value: Any) -> bool:
    """Whether a given value needs no scope."""
    if isinstance(value, tuple):
        return all(_constant(v) for v in value)
    return not isinstance(value, str) or isinstance(value, Word)


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def resolve(value: Any, scope: Mapping[str, Term | None]) -> Any:
    """A given value with its expressions evaluated."""
    if type(value) is str:
        return evaluate(value, scope)
    if isinstance(value, tuple):
        return tuple(resolve(v, scope) for v in value)
    return value


def parse_shape(value: Any) -> Shape:
    """A shape from numbers: one, or a tuple. Raises ValueFault."""
    parts = value if isinstance(value, tuple) else (value,)
    if any(v is None or isinstance(v, tuple) for v in parts):
        raise ValueFault("a shape is a list of numbers without the batch", "1x28x28")
    shape: Shape = shape_kind(parts)
    return shape


def expand(
    tree: Map, *, variables: Mapping[str, str] | None = None, inputs: Mapping[str, Shape] | None = None, bias: bool = True
) -> Network:
    """The network of a spec tree.

    `variables` replaces values under `vars`, as text; `inputs` replaces input shapes, by name (the name "" for the only
    one); `bias=False` builds every layer without its bias. Raises SpecError with every fault of the tree.
    """
    return Expander(tree, variables or {}, inputs or {}, bias).network()


def empty_source(name: str) -> Source:
    """A source for text that came from a command line."""
    return Source(name, "")
