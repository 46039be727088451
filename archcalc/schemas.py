"""JSON Schemas: of the JSON report, and of the YAML notation, the latter from the layer classes themselves."""

from __future__ import annotations

from typing import Any

NUMBERS = {"count": "integer", "share": "number", "ratio": "number", "number": "number"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _object(properties: dict[str, Any], *, required: bool = True, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": list(properties)} if required else {}) | more


def report() -> dict[str, object]:
    """The schema of `--format json`. Shapes are lists of integers without the batch."""
    from archcalc.analysis import BYTES
    from archcalc.conventions import TOOLS
    from archcalc.figures import ALWAYS, TABLE, figure

    shape = {"type": "array", "items": {"type": "integer", "minimum": 0}}
    count = {"type": "integer", "minimum": 0}
    told = {"type": ["integer", "null"], "minimum": 0}
    text = {"type": "string"}
    number = {"type": "integer", "minimum": 1}
    source = _object({"file": text, "cell": number, "line": number, "column": number}, required=False)
    source["required"] = ["file", "line", "column"]  # a cell only in a notebook
    layer = _object(
        {
            "name": text,
            "path": text | {"description": "the place in the network: inception3a.branch2.conv1"},
            "type": text | {"description": "the layer's own name, as `archcalc layers` lists it"},
            "settings": text | {"description": "the layer as a line of the notation"},
            "reads": {"type": "array", "items": text},
            "input": {"anyOf": [shape, {"type": "null"}], "description": "the shape of the first input; none of a parameter"},
            "inputs": {"type": "array", "items": shape},
            "output": {"anyOf": [shape, {"type": "null"}], "description": "null where the text does not tell it"},
            **{f.key: told | {"description": f.doc} for f in map(figure, ALWAYS)},
            "weights": {"type": "object", "additionalProperties": shape},
            "shares_weights_of": {"type": ["string", "null"]},
            "inserted": {"type": "boolean"},
            "source": {"oneOf": [source, {"type": "null"}]},
        }
    )
    totals = _object(dict.fromkeys(ALWAYS, told))
    # Of a convention beside multiplies, under its name.
    for f in map(figure, TOOLS):
        for part in (layer, totals):
            part["properties"][f.key] = told | {"description": f.doc}
    # Present where --columns, --count exact, --train or --optimizer ask for them; null is unknown.
    for f in map(figure, TABLE):
        if f.place:
            value = {"type": ["array", "string", "null"] if f.kind not in NUMBERS else [NUMBERS[f.kind], "null"]}
            for part, place in ((layer, True), (totals, f.sums or f.most)):
                if place:
                    part["properties"].setdefault(f.place, _object({}, required=False))["properties"][f.key] = value | {
                        "description": f.doc
                    }
    totals["properties"]["operations"]["properties"]["complete"] = {"type": "boolean"}
    # Of `archcalc memory`.
    tensor = {"tensor": text, "bytes": count, "lies_in": {"type": ["string", "null"]}, "counted": {"type": "boolean"}}
    layer["properties"]["memory"]["properties"]["kept"] = {"type": "array", "items": _object(tensor)}
    files = _object(dict.fromkeys(BYTES, count))
    totals["properties"] |= dict.fromkeys(("param_bytes", "buffer_bytes", "saved_bytes", "peak_bytes"), count)
    totals["properties"] |= dict.fromkeys(("grad_bytes", "optimizer_bytes", "training_bytes"), count) | {"file_bytes": files}
    step = _object({"figure": text, "value": {"type": "integer"}, "working": text, "latex": text})
    working = _object(
        {
            "path": text,
            "settings": text,
            "input": {"anyOf": [shape, {"type": "null"}]},
            "output": shape,
            "working": {"type": "array", "items": step},
        }
    )
    properties = {
        "name": text,
        "inputs": {"type": "object", "additionalProperties": shape},
        "outputs": {"type": "object", "additionalProperties": shape},
        "batch": {"type": "integer", "minimum": 1},
        "totals": totals,
        "layers": {"type": "array", "items": layer},
        "convention": _object({"name": text, "counted": text}),
        "notes": {"type": "array", "items": text},
    }
    made = _object(properties)
    weight = _object({"path": text, "amount": count})
    budget = _object(
        {"figure": text, **dict.fromkeys(("found", "most", "over"), count), "heaviest": {"type": "array", "items": weight}}
    )
    made["properties"]["budgets"] = {"type": "array", "items": budget}  # where --max-params and its like set them
    made["properties"]["working"] = {"type": "array", "items": working}  # of `archcalc layer`
    return {"$schema": DIALECT, "title": "archcalc report"} | made


def spec() -> dict[str, object]:
    """The schema of the YAML notation: structure, and every layer with its settings under all their names.

    A line is text here; what stands in it is checked by archcalc itself.
    """
    from archcalc.blocks import TABLE as BLOCKS
    from archcalc.layers import JOINS, TABLE, layer_class
    from archcalc.layers.base import settings_of

    value = {"type": ["integer", "number", "string", "boolean", "array", "object", "null"]}
    shape = {"type": ["integer", "string", "array"], "description": "1x28x28, [1, 28, 28] or 784; without the batch"}
    items = {"$ref": "#/$defs/layers"}
    layers: dict[str, object] = {}
    definitions: dict[str, object] = {}
    for kind, (_, _, names) in TABLE.items():
        properties: dict[str, object] = {"activation": {"type": "string"}, "norm": {"type": "string"}}
        for field, setting in settings_of(layer_class(kind)).values():
            about: dict[str, object] = {"description": setting.doc}
            if isinstance(field.default, int | float | str):
                about["default"] = field.default
            if setting.kind.schema:
                # An expression may stand wherever a number stands, so text is always allowed.
                about["anyOf"] = [setting.kind.schema, {"type": "string"}]
            properties |= {name: about for name in (field.name, setting.letter, *setting.aliases) if name}
        doc = " ".join((layer_class(kind).__doc__ or "").split())
        plain = {"type": ["string", "number", "array", "null", "boolean"]}
        definitions[kind] = {"description": doc, "anyOf": [{"type": "object", "properties": properties}, plain]}
        layers |= {name: {"$ref": f"#/$defs/{kind}"} for name in (kind, *names.split())}
    structure: dict[str, object] = {
        "id": {"type": "string"},
        "from": {"type": ["string", "array"]},
        "when": value,
        "else": items,
        "then": items,
        "branches": {"type": ["array", "object"]},
        "split": {"type": ["array", "object"]},
        "join": {"enum": [*JOINS]},
        "residual": items,
        "shortcut": items,
        "repeat": {"type": ["integer", "string"]},
        "as": {"type": "string"},
        "layers": items,
        "table": {"type": "object"},
        "heads": {"type": "object"},
        "reuse": {"type": "string"},
        "tied": {"type": "string"},
        "expect": {"type": "object"},
    }
    item = {
        "anyOf": [
            {"type": "string", "description": "one line: conv 64 k3 p1 nobias bn relu"},
            {"type": "object", "properties": structure | layers | dict.fromkeys(BLOCKS, value)},
        ]
    }
    text = {"type": "string"}
    block = _object({"doc": text, "example": text, "input": value, "args": {"type": "object"}, "layers": items}, required=False)
    top = {
        "name": {"type": "string"},
        "source": {"type": "string"},
        "input": {"anyOf": [shape, {"type": "object", "additionalProperties": shape}]},
        "inputs": {"type": "object", "additionalProperties": shape},
        "vars": {"type": "object"},
        "names": {"type": "object", "additionalProperties": {"type": "object"}},
        "variants": _object({"columns": text, "rows": {"type": "array"}}),
        "blocks": {"type": "object", "additionalProperties": {"anyOf": [block, {"type": "array"}]}},
        "defaults": {"type": "object", "additionalProperties": {"type": "string"}},
        "flatten": {"enum": ["auto", "never"]},
        "layers": items,
        "outputs": {"type": ["array", "string"]},
        "expect": {"type": "object"},
        "notes": {"type": "array", "items": {"type": "string"}},
    }
    definitions["layers"] = {"anyOf": [{"type": "array", "items": item}, item]}
    made: dict[str, object] = {"$schema": DIALECT, "title": "archcalc notation", "$defs": definitions}
    return made | _object(top, required=False) | {"required": ["layers"]}
