"""The plain table: aligned, complete, never cut to a width; what a pipe receives."""

from __future__ import annotations

from archcalc.render.layout import Layout, shown


def render(layout: Layout) -> str:
    """The table with its title above and what was counted below."""
    headings = ["layer", *(c.heading for c in layout.columns)]
    right = [False, *(c.right for c in layout.columns)]
    body = [["  " * line.depth + line.label, *map(shown, line.cells)] for line in layout.lines]
    total = ["total", *map(shown, layout.totals)]
    has_total = any(total[1:])
    widths = [max(map(len, column)) for column in zip(headings, *body, total, strict=True)]
    rule = "  ".join("-" * w for w in widths)

    def aligned(cells: list[str]) -> str:
        pairs = zip(cells, widths, right, strict=True)
        return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in pairs).rstrip()

    lines = [layout.title, "", aligned(headings), rule, *map(aligned, body)]
    if has_total:
        lines += [rule, aligned(total)]
    return "\n".join([*lines, "", *layout.footer])
