"""How a model of Keras is written: its layers, the calls of each, and the tensors that a call names."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.notations.keras.work import Work
from archcalc.text.located import Json
from archcalc.text.source import Span

Tensor = tuple[str, int, int]  # the layer, which of its calls, which of its outputs


class Call(NamedTuple):
    """One use of a layer: the tensors it reads, those given by name, such as an initial state, and plain numbers among them."""

    tensors: list[Tensor]
    beside: list[Tensor]
    numbers: list[Json]


class Part(NamedTuple):
    """A layer of a model: its text, class, name, config, and its calls."""

    text: Json
    kind: str
    name: str
    config: Json
    span: Span
    calls: list[Call]


def is_sequential(model: Json) -> bool:
    """Whether a model is a chain; anything else with layers is a graph."""
    config = model.get("config")
    return text_of(model.get("class_name")) == "Sequential" or config is None or config.get("output_layers") is None


def calls_of(r: Work, text: Json) -> list[Call]:
    """The calls of a layer, in the way of Keras 1 and 2 (lists) or of Keras 3 (arguments that are tensors)."""
    found = []
    nodes = text.get("inbound_nodes")
    for node in nodes.items if nodes is not None else []:
        if isinstance(node.value, dict):
            arguments, named = node.get("args"), node.get("kwargs")
            plain = [at for at in (arguments.items if arguments is not None else []) if isinstance(at.value, int | float | str)]
            found.append(Call(_histories(arguments), _histories(named), plain))
        else:
            listed = [node] if node.items and isinstance(node.items[0].value, str) else node.items
            beside = []
            for entry in listed:
                options = entry.items[3] if len(entry.items) > 3 else None
                beside += [tensor for at in (options.walk() if options else ()) if (tensor := _listed(at)) is not None]
            tensors = [tensor for entry in listed if (tensor := _listed(entry)) is not None]
            if len(tensors) < len(listed):
                raise r.building.stop('a call names the layers it reads: [["dense", 0, 0, {}]]', node.span, '["dense", 0, 0, {}]')
            found.append(Call(tensors, beside, []))
    return found


def _histories(listed: Json | None) -> list[Tensor]:
    """The tensors among the arguments of a call, in the order of the text."""
    found = [_history(at) for at in (listed.walk() if listed is not None else ())]
    return [tensor for _, tensor in sorted((place, tensor) for tensor, place in filter(None, found))]


def _history(at: Json) -> tuple[Tensor, int] | None:
    """The layer that made a tensor of Keras 3, and where it is named."""
    if text_of(at.get("class_name")) != "__keras_tensor__":
        return None
    config = at.get("config")
    history = config.get("keras_history") if config is not None else None
    tensor = _listed(history) if history is not None else None
    return None if tensor is None else (tensor, at.start)


def _listed(entry: Json) -> Tensor | None:
    items = entry.items
    if len(items) < 3 or not isinstance(items[0].value, str):
        return None
    numbers = [item.value for item in items[1:3]]
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        return None
    return items[0].value, numbers[0], numbers[1]  # type: ignore[return-value]


def tensors_of(r: Work, listed: Json | None) -> list[Tensor]:
    """The tensors named as inputs or outputs of a model: a list of them, a mapping, or one alone."""
    if listed is None:
        return []
    if isinstance(listed.value, dict):
        entries = list(listed.entries.values())
    else:
        entries = [listed] if listed.items and isinstance(listed.items[0].value, str) else listed.items
    found = [tensor for entry in entries if (tensor := _listed(entry)) is not None]
    if len(found) < len(entries):
        raise r.building.stop("inputs and outputs are named by their layers", listed.span, '[["dense", 0, 0]]')
    return found


def text_of(value: Json | None) -> str:
    """A string of the file; empty where there is none."""
    return value.string() if value is not None else ""
