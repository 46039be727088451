"""One page that needs nothing else: blocks fold, a row opens on its working, light and dark as the reader has it.

No script: what folds is `<details>`. The columns of a table that folds are as wide as their letters, so that nested rows align.
"""

from __future__ import annotations

from html import escape as _escape

from archcalc.report.cells import shown
from archcalc.report.cells import width as wide
from archcalc.report.document import Beside, Cell, Code, Column, Document, Heading, Maths, Note, Part, Table
from archcalc.text.visible import one_line, visible

LIGHT = "--ink:#1c2024;--soft:#60646c;--line:#e0e1e6;--paper:#fff;--wash:#f6f7f9;--accent:#0b68cb;--bar:#8ec0f5;\
--bad:#c62a2f;--warn:#946800"
DARK = "--ink:#e6e8eb;--soft:#9ba1a6;--line:#2e3338;--paper:#16181a;--wash:#1f2326;--accent:#70b8ff;--bar:#2a5f94;\
--bad:#ff9592;--warn:#ffca16"
# A notebook has a theme of its own, whatever the system has: JupyterLab's, Visual Studio Code's, Colab's. Jupyter also paints
# every second row of a table, and sets the colour of all of it.
STYLE = (
    f"""
.archcalc{{{LIGHT};color:var(--ink);background:var(--paper);font:15px/1.5 system-ui,sans-serif;padding:2rem;
box-sizing:border-box;min-width:max-content}}
@media(prefers-color-scheme:dark){{.archcalc{{{DARK}}}}}
[data-jp-theme-light=true] .archcalc,.vscode-light .archcalc{{{LIGHT}}}
[data-jp-theme-light=false] .archcalc,.vscode-dark .archcalc,[theme=dark] .archcalc{{{DARK}}}
"""
    + """
.archcalc h1{font-size:1.35rem;margin:0 0 1.2rem;font-weight:650}
.archcalc h2{font-size:1.02rem;margin:1.6rem 0 .5rem;font-weight:600}
.archcalc p{margin:.6rem 0;max-width:70ch}
.archcalc .note{color:var(--soft);font-size:.85rem;margin:.15rem 0}
.archcalc .rows,.archcalc table,.archcalc .sums,.archcalc pre{font:13px/1.65 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.archcalc .rows,.archcalc table{margin:.8rem 0 1.2rem}
.archcalc .row{display:grid;grid-template-columns:var(--columns);column-gap:2ch;padding:0 .8ch;border-radius:4px}
.archcalc summary.row{cursor:pointer;list-style:none}
.archcalc summary.row::-webkit-details-marker{display:none}
.archcalc tbody tr:nth-child(n){background:none}
.archcalc summary.row:hover,.archcalc tbody tr:nth-child(n):hover{background:var(--wash)}
.archcalc summary:focus-visible{outline:2px solid var(--accent)}
.archcalc .row>:first-child{white-space:pre}
.archcalc .row>*{white-space:nowrap}
.archcalc summary.row>:first-child::before{content:"▸";display:inline-block;width:2ch;color:var(--soft)}
.archcalc details[open]>summary.row>:first-child::before{content:"▾"}
.archcalc div.row:not(.head):not(.total)>:first-child::before{content:"";display:inline-block;width:2ch}
.archcalc .head,.archcalc th{font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);border-radius:0}
.archcalc .head{position:sticky;top:0;background:var(--paper);padding-bottom:.3rem;margin-bottom:.3rem}
.archcalc .head>:first-child,.archcalc .total>:first-child{padding-left:2ch}
.archcalc .total{font-weight:650;border-top:1px solid var(--line);border-radius:0;padding-top:.3rem;margin-top:.3rem}
.archcalc .group>summary{font-weight:600}
.archcalc .r{text-align:right}
.archcalc .line,.archcalc .quiet,.archcalc .label{color:var(--soft)}
.archcalc .shape{color:var(--accent)}
.archcalc .quiet .shape,.archcalc .head .shape{color:inherit}
.archcalc th.shape{color:var(--soft)}
.archcalc .group .line{font-weight:400}
.archcalc .bad{color:var(--bad);font-weight:600}
.archcalc .warn{color:var(--warn)}
.archcalc [style*="--p"]{background:linear-gradient(var(--bar),var(--bar)) right bottom/var(--p) 3px no-repeat}
.archcalc table{border-collapse:collapse;color:inherit}
.archcalc .rows{width:max-content}
.archcalc th,.archcalc td{padding:.1rem 2ch .1rem 0;text-align:left;vertical-align:top;max-width:60ch}
.archcalc th.r,.archcalc td.r{text-align:right}
.archcalc td.count,.archcalc td.shape,.archcalc td.name{white-space:nowrap}
.archcalc .sums{display:grid;grid-template-columns:minmax(13ch,auto) auto 1fr;
column-gap:1ch;margin:.3rem 0 .8rem;justify-content:start}
.archcalc .sums>.whole{grid-column:2/-1;white-space:pre-wrap}
.archcalc .plain{grid-template-columns:auto 1fr}
.archcalc .plain>.whole{grid-column:1/-1}
.archcalc details .sums{margin:.2rem 0 .6rem;padding:.4rem 1ch .4rem calc(2.8ch + var(--depth,0)*2ch);
border-left:2px solid var(--accent);background:var(--wash)}
.archcalc .label{padding-right:1ch}
.archcalc pre{background:var(--wash);padding:1rem;border-radius:6px}
"""
)
PAGE = "html{color-scheme:light dark}body{margin:0}.archcalc{min-height:100vh}"


def escape(text: str) -> str:
    """Text in which nothing is markup."""
    return _escape(visible(text))


def write(document: Document, width: int | None = None) -> str:
    """The whole page."""
    title = escape(one_line(document.title))
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
    return f'<!doctype html>\n<html lang="en">\n{head}<style>{PAGE}</style>\n{fragment(document)}\n</html>'


def fragment(document: Document) -> str:
    """What stands in a page, for a notebook's cell."""
    title = [f"<h1>{escape(one_line(document.title))}</h1>"] if document.title else []
    parts = "\n".join([*title, *map(_part, document.parts)])
    return f'<style>{STYLE}</style>\n<div class="archcalc">\n{parts}\n</div>'


def _part(part: Part) -> str:
    if isinstance(part, Table):
        return _grid(part) if part.tree or part.unfold else _table(part)
    if isinstance(part, Beside):
        return _table(part.joined())
    if isinstance(part, Maths):
        return _maths(part)
    if isinstance(part, Code):
        return f"<pre>{escape(part.text)}</pre>"
    text = escape(part.text)
    return (
        f"<h2>{text}</h2>"
        if isinstance(part, Heading)
        else f'<p class="note">{text}</p>'
        if isinstance(part, Note)
        else f"<p>{text}</p>"
    )


def _maths(part: Maths) -> str:
    made = []
    named = any(line.label for line in part.lines)
    for line in part.lines:
        if named:
            made.append(f'<span class="label">{escape(one_line(line.label))}</span>')
        side = escape(one_line(line.unicode))
        made.append(
            f"<span>{escape(line.left.unicode)}</span><span>= {side}</span>"
            if line.left
            else f'<span class="whole">{side}</span>'
        )
    return f'<div class="sums{"" if named else " plain"}">{"".join(made)}</div>'


def _cell(cell: Cell, column: Column) -> str:
    return escape(one_line(shown(cell, column)))


def _classes(column: Column) -> str:
    return f"{column.kind} r" if column.right else column.kind


def _table(table: Table) -> str:
    columns = [(i, c) for i, c in enumerate(table.columns) if not c.data]

    def row(cells: list[str], tag: str, tone: str = "") -> str:
        made = "".join(f'<{tag} class="{_classes(c)}">{cell}</{tag}>' for cell, (_, c) in zip(cells, columns, strict=True))
        return f'<tr class="{tone}">{made}</tr>' if tone else f"<tr>{made}</tr>"

    tones = table.tones or [""] * len(table.rows)
    body = [row([_cell(table.rows[at][i], c) for i, c in columns], "td", tones[at]) for at in table.flat()]
    if table.total:
        body.append(row([_cell(table.total[i], c) for i, c in columns], "td", "total"))
    head = row([escape(one_line(c.heading)) for _, c in columns], "th")
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>\n</table>"


def _grid(table: Table) -> str:
    """A table that folds: rows are grids of the same columns, groups and workings are details."""
    columns = [(i, c) for i, c in enumerate(table.columns) if not c.data]
    depths = [b.depth for b in table.tree] or [0] * len(table.rows)
    names = [b.label for b in table.tree] or [shown(row[0], table.columns[0]) for row in table.rows]
    texts = []
    for depth, name, row in zip(depths, names, table.rows, strict=True):
        texts.append([one_line("  " * depth + name), *(one_line(shown(row[i], c)) for i, c in columns[1:])])
    total = [one_line(shown(table.total[i], c)) for i, c in columns] if table.total else []
    heads = [one_line(c.heading) for _, c in columns]
    sizes = [max(map(wide, column)) for column in zip(heads, *texts, *([total] if total else []), strict=True)]
    sizes[0] += 2
    made = [
        f'<div class="rows" role="table" style="--columns:{" ".join(f"{n}ch" for n in sizes)}">',
        _row(heads, columns, "head"),
    ]
    opened: list[int] = []
    for at, (cells, depth) in enumerate(zip(texts, depths, strict=True)):
        while opened and depth <= opened[-1]:
            made.append("</details>")
            opened.pop()
        tone = table.tones[at] if table.tones else ""
        shares = _shares(table, at, columns)
        if table.tree and table.tree[at].opens:
            made.append(f'<details class="group" open>{_row(cells, columns, tone, "summary")}')
            opened.append(depth)
            continue
        working = table.unfold(at) if table.unfold else None
        if working is None:
            made.append(_row(cells, columns, tone, shares=shares))
        else:
            inside = f"{_row(cells, columns, tone, 'summary', shares)}{_maths(working)}"
            made.append(f'<details style="--depth:{depth}">{inside}</details>')
    made += ["</details>"] * len(opened)
    if any(total[1:]):
        made.append(_row(total, columns, "total"))
    return "\n".join([*made, "</div>"])


def _shares(table: Table, at: int, columns: list[tuple[int, Column]]) -> list[float]:
    """For each cell how much of its column's total it is."""
    found = []
    for i, _ in columns:
        cell, total = table.rows[at][i], table.total[i] if table.total else None
        found.append(cell / total if isinstance(cell, int | float) and isinstance(total, int | float) and total else 0.0)
    return found


def _row(
    cells: list[str], columns: list[tuple[int, Column]], tone: str = "", tag: str = "div", shares: list[float] | None = None
) -> str:
    made = []
    for at, (cell, (_, column)) in enumerate(zip(cells, columns, strict=True)):
        bar = f' style="--p:{100 * shares[at]:.1f}%"' if shares and shares[at] >= 0.01 else ""
        made.append(f'<span role="cell" class="{_classes(column)}"{bar}>{escape(cell)}</span>')
    return f'<{tag} class="row {tone}" role="row">{"".join(made)}</{tag}>'
