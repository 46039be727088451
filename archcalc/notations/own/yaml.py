"""YAML, from the parser's events: the place of every key and value, scalars as they are written, depth and size bounded.

The events, not PyYAML's composed nodes: composing is recursive in C and a deeply nested text overflows its stack.
"""

from __future__ import annotations

import yaml

from archcalc.notations.own.tree import List, Map, Scalar, Value, map_of
from archcalc.text.faults import Fault, SpecError
from archcalc.text.signs import plain
from archcalc.text.source import Source, Span

DEEPEST = 60
# Keys under which a person writes prose, which stays as it is typed.
PROSE = frozenset(["name", "doc", "source", "notes", "student"])

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def parse(source: Source) -> Value | None:
    """The located tree of a YAML text, whatever stands at its root. Raises SpecError."""
    try:
        return _Builder(source).build()
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, source) from None
    except yaml.YAMLError as error:
        # A character YAML does not allow: the reader's error knows its position in the text, not its line.
        at = getattr(error, "position", 0)
        before = source.text[: at if isinstance(at, int) else 0]
        span = Span(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _fault(f"not YAML: {getattr(error, 'reason', error)}", span, "the text without it") from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise _fault(f"not YAML: {error}", Span(source, 1, 1), "the file saved anew as plain text") from None


def read(source: Source) -> Map:
    """The spec tree of a YAML text. Raises SpecError."""
    tree = parse(source)
    if isinstance(tree, Map):
        return tree
    if isinstance(tree, List):
        return map_of(tree, [("layers", tree)])
    span = tree.span() if tree else Span(source, 1, 1)
    raise _fault("a network is a mapping with `input` and `layers`", span, "input: 1x28x28", "layers: and one line a layer")


def _fault(message: str, span: Span, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, span, repairs=(repair, *more))])


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> SpecError:
    """The parser's fault in a person's words; a bracket that is never closed is shown where it was opened."""
    mark, opened = error.problem_mark or error.context_mark, error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if opened is not None and error.context in ("while parsing a flow sequence", "while parsing a flow mapping"):
        bracket = source.line(opened.line + 1)[opened.column : opened.column + 1]
        if bracket in ("[", "{"):
            close = {"[": "]", "{": "}"}[bracket]
            span = Span(source, opened.line + 1, opened.column + 1)
            message = f"not YAML: this '{bracket}' is not closed before line {line + 1}, column {column + 1}"
            return _fault(message, span, f"a '{close}', or a comma between two items")
    return _fault(
        f"not YAML: {error.problem or error.context}",
        Span(source, line + 1, column + 1),
        _hint(source, line, error.problem or ""),
    )


# What to do about a slip, by words of the parser's own; what is not listed is text that YAML takes for signs of its own.
HINTS = {
    "expected key": "the same depth for all keys of one mapping",
    "expected '-'": "the same depth for all items of one list",
    "mapping values are not allowed": "quotes around what holds a colon and a space",
    "expected ':'": "a colon and a space behind the key",
    "block sequence entries": "a line of its own for the item",
    "unexpected end of stream": "the quote that closes the text",
    "unknown escape": "single quotes, in which a backslash is itself",
    "anchor": "a name of letters and digits behind & or *",
    "tag": "the value without its tag",
    "directive": "the text without the line that begins with %",
}


def _hint(source: Source, line: int, problem: str) -> str:
    """What to do about the commonest slips."""
    if "\t" in source.line(line + 1)[:40]:
        return "spaces instead of tabs"
    return next((hint for words, hint in HINTS.items() if words in problem), "quotes around the text that stands there")


class _Builder:
    """Builds the tree from events, with a stack of open collections."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.anchors: dict[str, Value | None] = {}

    def build(self) -> Value | None:
        loader = Loader(self.source.text)
        try:
            return self._collect(loader)
        finally:
            loader.dispose()

    def _collect(self, loader: Loader) -> Value | None:
        # Each open collection: the value, its anchor, and for a mapping the key that waits for its value.
        stack: list[tuple[Value, str | None]] = []
        keys: list[Scalar | None] = []
        self.seen: list[set[str]] = []
        root: Value | None = None
        while loader.check_event():
            event = loader.get_event()
            done: Value
            if isinstance(event, yaml.ScalarEvent):
                done = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = done
            elif isinstance(event, yaml.AliasEvent):
                done = self._alias(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                line, column = _place(event)
                kind = List if isinstance(event, yaml.SequenceStartEvent) else Map
                if len(stack) >= DEEPEST:
                    raise _fault(f"nested more than {DEEPEST} deep", self._span(event), "blocks, which need no nesting")
                stack.append((kind([], self.source, line, column), event.anchor))
                keys.append(None)
                self.seen.append(set())
                if event.anchor:
                    self.anchors[event.anchor] = None
                continue
            elif isinstance(event, yaml.CollectionEndEvent):
                done, anchor = stack.pop()
                keys.pop()
                self.seen.pop()
                if anchor:
                    self.anchors[anchor] = done
            elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _fault("a second document; one file is one network", self._span(event), "a file for each network")
            else:
                continue
            if not stack:
                root = done
            else:
                self._place(stack[-1][0], keys, done, event)
        return root

    def _place(self, parent: Value, keys: list[Scalar | None], done: Value, event: yaml.Event) -> None:
        """Puts a finished value into the innermost open collection; what is no prose, in plain signs."""
        if isinstance(done, Scalar) and not done.text.isascii() and not any(key and key.text in PROSE for key in keys):
            done.text = plain(done.text)
        if isinstance(parent, List):
            parent.items.append(done)
            return
        assert isinstance(parent, Map)
        key = keys[-1]
        if key is not None:
            parent.entries.append((key, done))
            keys[-1] = None
        elif isinstance(done, Scalar):
            if done.text in self.seen[-1]:
                raise _fault(f"'{done.text}' stands twice in one mapping", done.span(), "one of the two")
            self.seen[-1].add(done.text)
            keys[-1] = done
        else:
            raise _fault("a key must be plain text", self._span(event), "quotes around what was meant as text")

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        line, column = _place(event)
        end = event.end_mark
        last = end.column if end is not None and end.line == line - 1 else len(self.source.line(line))
        quoted = event.style in ("'", '"')
        return Scalar(event.value, self.source, line, column, max(last - column + 1, 1), quoted)

    def _alias(self, event: yaml.AliasEvent) -> Value:
        if event.anchor not in self.anchors:
            raise _fault(
                f"*{event.anchor} names no anchor above", self._span(event), f"&{event.anchor} in front of what is meant, above"
            )
        value = self.anchors[event.anchor]
        if value is None:
            raise _fault(f"*{event.anchor} contains itself", self._span(event), "what it stands for, written out")
        return value

    def _span(self, event: yaml.Event) -> Span:
        return Span(self.source, *_place(event))


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, counted from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
