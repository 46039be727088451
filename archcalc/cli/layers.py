"""archcalc layers: what can be written, from the layer classes themselves."""

from __future__ import annotations

from typing import Any

import click

from archcalc.cli.options import format_option, write


@click.command("layers")
@click.argument("name", required=False)
@format_option("table", "json")
def command(name: str | None, format: str) -> None:
    """Every layer that can be written; with NAME (any of its names), its settings, letters and other names."""
    if name is None:
        listing(format)
    else:
        page(name, format)


def listing(format: str) -> None:
    """One line a layer."""
    from archcalc.layers import TABLE, layer_class

    rows = []
    for kind in TABLE:
        cls = layer_class(kind)
        summary = (cls.__doc__ or "").strip().split("\n")[0].split(" Source:")[0]
        rows.append({"layer": kind, "example": cls.example, "summary": summary})
    if format == "json":
        _json(rows)
        return
    width = max(len(r["layer"]) for r in rows)
    wide = max(len(r["example"]) for r in rows)
    for row in rows:
        write(f"{row['layer']:<{width}}  {row['example']:<{wide}}  {row['summary']}")
    write("\n`archcalc layers NAME` shows the settings of one; `archcalc blocks` lists the blocks.")


def page(name: str, format: str) -> None:
    """Everything about one layer. Raises SpecError for an unknown name."""
    from archcalc.layers import KINDS, TABLE, layer_class, normal
    from archcalc.text.faults import Fault, SpecError, suggestions

    kind = KINDS.get(normal(name))
    if kind is None:
        raise SpecError([Fault(f"unknown layer '{name[:60]}'", repairs=suggestions(normal(name), KINDS, 3))])
    cls = layer_class(kind)
    settings = _settings(cls)
    names = TABLE[kind][2].split()
    doc = " ".join((cls.__doc__ or "").split())
    if format == "json":
        _json({"layer": kind, "names": names, "doc": doc, "example": cls.example, "settings": settings})
        return
    write(f"{kind}: {doc}\n")
    if names:
        write(f"also written: {', '.join(names)}")
    write(f"example:      {cls.example}\n")
    if not settings:
        write("no settings")
    for s in settings:
        letter = f"{s['letter']}…" if s["letter"] else ""
        default = "required" if s["required"] else f"default {s['default']}"
        write(f"  {s['name']:<15} {letter:<4} {s['doc']} ({s['kind']}; {default})")
        if s["names"]:
            write(f"  {'':<20} also: {', '.join(s['names'])}")
        if s["flags"]:
            write(f"  {'':<20} flags: {', '.join(s['flags'])}")


def _settings(cls: Any) -> list[dict[str, Any]]:
    from dataclasses import MISSING

    from archcalc.layers.base import settings_of
    from archcalc.layers.kinds import text

    return [
        {
            "name": name,
            "letter": made.letter,
            "doc": made.doc,
            "kind": made.kind.name,
            "required": field.default is MISSING,
            "default": None if field.default in (MISSING, None, ()) else text(field.default),
            "names": list(made.aliases),
            "flags": list(made.flags),
            "bare": name in cls.positional,
        }
        for name, (field, made) in settings_of(cls).items()
    ]


def _json(data: Any) -> None:
    import json

    write(json.dumps(data, indent=2, ensure_ascii=False))
