"""Modules to the spec tree: one item a module, named as in the source, weights shared where a module is used again."""

from __future__ import annotations

import ast
import re
from collections import Counter

from archcalc.layers import KINDS, normal
from archcalc.notations.own.tree import List, Map, Scalar, Value
from archcalc.notations.pytorch.modules import Group, Module, has_weights
from archcalc.notations.pytorch.places import Places
from archcalc.text.faults import Fault, SpecError

MOST_PLACED = 50_000
DEEPEST = 30
# Beside the names of layers, what the expander numbers.
NUMBERED = frozenset(["attn", "upconv", "pos", "cls", "in", "local", "branch", "residual", "transformer_encoder_layer"])
STATES = ("LSTM", "GRU", "RNN")


class Emitter:
    """Writes the items of a network. `leaves` are its modules in order, `notes` what had to be said."""

    def __init__(self, places: Places, root: Module | Group) -> None:
        self.places = places
        self.notes: dict[str, None] = {}
        self.leaves: list[Module] = []
        self.uses: Counter[int] = Counter()
        self.paths: dict[int, str] = {}
        self.visits = 0
        self._count(root, 1)
        self.items: list[Value] = self._emit([("", root)] if isinstance(root, Module) else root.items, "", set())
        for module, after in zip(self.leaves, self.leaves[1:], strict=False):
            if module.word in STATES and after.word not in STATES:
                self.notes[f"nn.{module.word} hands on the pair (output, state) in torch; the output is read on"] = None

    def _count(self, item: Module | Group, depth: int) -> None:
        self.visits += 1
        if self.visits > MOST_PLACED or depth > DEEPEST:
            what = f"more than {MOST_PLACED:,} modules" if self.visits > MOST_PLACED else f"nested more than {DEEPEST} deep"
            raise self._fault(item, f"{what} in one network")
        if isinstance(item, Module):
            self.uses[id(item)] += 1
            return
        for _, inner in item.items:
            self._count(inner, depth + 1)

    def _fault(self, item: Module | Group, message: str) -> SpecError:
        node = item.node
        return self.places.fault(node if isinstance(node, ast.expr) else None, message)

    def _emit(self, items: list[tuple[str, Module | Group]], prefix: str, taken: set[str], *, named: bool = True) -> list[Value]:
        """The items of one level of names; a group without a name is one with its level. What repeats is not `named`."""
        found: list[Value] = []
        bare = any(isinstance(item, Module) and not (name or item.label) for name, item in items)
        for name, item in items:
            label = self._label(name or item.label, taken, bare) if named and getattr(item, "times", 1) == 1 else ""
            if isinstance(item, Module):
                keeps = has_weights(item) or (name and self.uses[id(item)] == 1)
                found.append(self._leaf(item, label if keeps else "", prefix, taken))
                continue
            once = named and item.times == 1
            inside = self._emit(item.items, f"{prefix}{label}." if label else prefix, set() if label else taken, named=once)
            place = self._place(item)
            listed = List(inside, place.source, place.line, place.column)
            if item.times > 1:
                found.append(self._map(place, ("repeat", self._at(place, str(item.times))), ("layers", listed)))
            elif label:
                taken.add(label)
                found.append(self._map(place, ("id", self._at(place, label)), ("layers", listed)))
            else:
                found += inside
        return found

    def _label(self, name: str, taken: set[str], bare: bool) -> str:
        """A name as an id: a word, free here, and not one that a layer without a name may get by its number."""
        word = name.replace("_", "a").replace("-", "a")
        if not (word.isalnum() and word.isascii()) or name.isdigit() or name in taken or name in ("prev", "input"):
            return ""
        numbered = re.fullmatch(r"([a-z_]+?)_?\d+", name)
        return "" if bare and numbered and (normal(numbered[1]) in KINDS or numbered[1] in NUMBERED) else name

    def _leaf(self, module: Module, label: str, prefix: str, taken: set[str]) -> Value:
        place = self._place(module)
        known = self.paths.get(id(module))
        self.leaves.append(module)
        if known is not None:
            return self._map(place, ("reuse", self._at(place, known)))
        if self.uses[id(module)] > 1 and has_weights(module):
            while not label or label in taken:
                label = f"shared{len(self.paths) + 1}" if not label else f"{label}_shared"
            self.paths[id(module)] = prefix + label
        settings: list[tuple[Scalar, Value]] = [(self._at(place, name), value) for name, value in module.settings]
        entry = (self._at(place, module.word), Map(settings, place.source, place.line, place.column))
        if not label:
            return Map([entry], place.source, place.line, place.column)
        taken.add(label)
        return Map([(self._at(place, "id"), self._at(place, label)), entry], place.source, place.line, place.column)

    def _place(self, item: Module | Group) -> Scalar:
        node = item.node
        if isinstance(node, ast.ClassDef):
            span = self.places.keyword(node)
            return Scalar("", span.source, span.line, span.column, span.length)
        assert isinstance(node, ast.expr)
        return self.places.scalar(node, "")

    def _at(self, place: Scalar, text: str) -> Scalar:
        return Scalar(text, place.source, place.line, place.column, place.length)

    def _map(self, place: Scalar, *entries: tuple[str, Value]) -> Map:
        return Map([(self._at(place, key), value) for key, value in entries], place.source, place.line, place.column)


def nothing(places: Places) -> Fault:
    """The fault of a text that makes no network."""
    return places.fault(
        None, "read as PyTorch source; no network is made here", "net = nn.Sequential(nn.Linear(784, 10))"
    ).faults[0]
