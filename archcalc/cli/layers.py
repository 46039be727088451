"""archcalc layers: what can be written, from the layer classes themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import finish, format_option

if TYPE_CHECKING:
    from archcalc.report.document import Document


@click.command("layers")
@click.argument("name", required=False)
@format_option
def command(name: str | None, format: str) -> None:
    """Every layer that can be written; with NAME (any of its names), its settings, letters and other names."""
    finish(listing() if name is None else page(name), format)


def listing() -> Document:
    """One line a layer."""
    from archcalc.layers import TABLE, layer_class
    from archcalc.report.document import Column, Document, Table

    rows = []
    for kind in TABLE:
        cls = layer_class(kind)
        rows.append([kind, cls.example, (cls.__doc__ or "").strip().split("\n")[0].split(" Source:")[0]])
    columns = [Column("layer", "name"), Column("example", "line"), Column("summary", "prose")]
    document = Document(
        "", [Table(columns, rows)], [dict(zip(("layer", "example", "summary"), row, strict=True)) for row in rows]
    )
    document.say("`archcalc layers NAME` shows the settings of one; `archcalc blocks` lists the blocks.")
    return document


def page(name: str) -> Document:
    """Everything about one layer. Raises SpecError for an unknown name."""
    from archcalc.layers import KINDS, TABLE, layer_class, normal
    from archcalc.report.document import Column, Document, Maths, Sum, Table
    from archcalc.text.faults import Fault, SpecError, suggestions

    kind = KINDS.get(normal(name))
    if kind is None:
        raise SpecError(
            [
                Fault(
                    f"unknown layer '{name[:60]}'",
                    repairs=suggestions(normal(name), KINDS, 3) or ["`archcalc layers` for all of them"],
                )
            ]
        )
    cls = layer_class(kind)
    settings = _settings(cls)
    names = TABLE[kind][2].split()
    doc = " ".join((cls.__doc__ or "").split())
    data = {"layer": kind, "names": names, "doc": doc, "example": cls.example, "settings": settings}
    document = Document(f"{kind}: {doc}", data=data)
    also = [Sum(", ".join(names), label="also written")] if names else []
    document.add(Maths([*also, Sum(cls.example, label="example")]))
    if not settings:
        document.say("no settings")
        return document
    rows = [
        [
            s["name"],
            f"{s['letter']}…" if s["letter"] else "",
            s["doc"],
            s["kind"],
            "required" if s["required"] else s["default"] or "none",
            ", ".join([*s["names"], *s["flags"]]),
        ]
        for s in settings
    ]
    columns = [
        Column("setting", "name"),
        Column("letter", first=0),
        Column("meaning", "prose", first=0),
        Column("value", "prose"),
    ]
    document.add(Table([*columns, Column("default", first=0), Column("also written", "prose")], rows))
    return document


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
