"""Figures drawn over a number: panels beside each other, as SVG for a paper, or in characters for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as marked
from math import ceil, floor, log10
from typing import NamedTuple

from archcalc.text.visible import one_line


class Point(NamedTuple):
    """A point; `best` is drawn filled, `out` (of a budget) in grey."""

    x: float
    y: float
    best: bool = False
    out: bool = False


class Line(NamedTuple):
    """Points that belong together, from left to right, and what they are called."""

    label: str
    points: Sequence[Point]


class Panel(NamedTuple):
    """One figure: its name, its lines, the most it may be where that is set, and whether it is counted in bytes."""

    title: str
    lines: Sequence[Line]
    most: float | None = None
    bytes: bool = False


class Plot(NamedTuple):
    """Panels over the same numbers, which are called `across`."""

    title: str
    across: str
    panels: Sequence[Panel]


# Colours from dark to light that stay apart in grey and for the colour-blind: viridis (Smith and van der Walt 2015).
COLOURS = ("#440154", "#46307e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#9fda3a")
WIDE, HIGH = 290, 270  # where lines are drawn, with the numbers left of it, and the whole height
LEFT, TOP, BOTTOM = 58, 26, 40
GREY = "#b5b5b5"  # what is out of a budget
LABELS = 10  # lines that are named at their end
MARKED = 24  # points of a line beyond which only the best are marked


class Scale:
    """From numbers to a place: straight, or by their logarithms where they span more than a factor of 20."""

    def __init__(self, numbers: Sequence[float], low: float, high: float, zero: bool = False) -> None:
        least, most = min(numbers), max(numbers)
        self.log = least > 0 and most / least > 20
        if self.log:
            self.first, self.last = log10(least), log10(most)
        else:
            self.first, self.last = (0.0 if zero and least >= 0 else least), most
        room = 0.04 * (self.last - self.first) or 1.0
        self.last += room
        self.first -= room if self.log or not zero or least < 0 else 0
        self.low, self.high = low, high

    def at(self, n: float) -> float:
        """The place of a number."""
        value = log10(n) if self.log else n
        return self.low + (self.high - self.low) * (value - self.first) / (self.last - self.first)

    def ticks(self, count: int = 5, binary: bool = False) -> list[float]:
        """Round numbers inside, about so many; `binary` of bytes."""
        if self.log:
            found = [m * 10.0**e for e in range(floor(self.first), ceil(self.last) + 1) for m in (1, 2, 5)]
            inside = [n for n in found if self.first <= log10(n) <= self.last]
            tens = [n for n in inside if log10(n) == round(log10(n))]
            return tens if len(tens) >= 3 else inside
        step = (self.last - self.first) / count
        unit = 1024.0 ** max(0, floor(log10(max(step, 1)) / log10(1024))) if binary else 1.0
        size = unit * 10.0 ** floor(log10(step / unit))
        step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= step * 0.999)
        return [step * n for n in range(ceil(self.first / step - 1e-9), floor(self.last / step + 1e-9) + 1)]


def short(n: float, bytes: bool = False) -> str:
    """A number as an axis has it: 300M, 2.5k; bytes 20 Mi."""
    base, units = (1024, ("", " Ki", " Mi", " Gi", " Ti")) if bytes else (1000, ("", "k", "M", "G", "T"))
    for unit in units:
        if abs(n) < 0.9995 * base or unit == units[-1]:
            break
        n /= base
    return f"{n:.4g}{unit}"


def escape(text: str) -> str:
    """Text for SVG: no mark-up, no control character."""
    return marked(one_line(text))


def svg(plot: Plot) -> str:
    """The plot as SVG, set in the reader's own sans serif, for a page of white."""
    beside = [_beside(panel) for panel in plot.panels]
    width = sum(WIDE + room for room in beside)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HIGH}" viewBox="0 0 {width} {HIGH}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="11">',
        f"<title>{escape(plot.title)}</title>",
        f'<rect width="{width}" height="{HIGH}" fill="#fff"/>',
    ]
    at = 0
    for panel, room in zip(plot.panels, beside, strict=True):
        parts += [f'<g transform="translate({at} 0)">', *_panel(panel, plot.across), "</g>"]
        at += WIDE + room
    return "\n".join([*parts, "</svg>"]) + "\n"


def _beside(panel: Panel) -> int:
    """The room right of the lines: for their names."""
    return 18 + 5 * max((len(line.label) for line in panel.lines), default=0)


def _panel(panel: Panel, across: str) -> list[str]:
    points = [p for line in panel.lines for p in line.points]
    title = f"{escape(panel.title)}{' (bytes)' if panel.bytes else ''}"
    made = [f'<text x="{LEFT}" y="{TOP - 10}" font-weight="bold">{title}</text>']
    if not points:
        return [*made, f'<text x="{LEFT}" y="{HIGH / 2:g}">no variant is legal</text>']
    ys = [p.y for p in points] + ([panel.most] if panel.most else [])
    x, y = Scale([p.x for p in points], LEFT, WIDE), Scale(ys, HIGH - BOTTOM, TOP, zero=True)
    for tick in y.ticks(binary=panel.bytes):
        at = f"{y.at(tick):.1f}"
        made.append(f'<path d="M{LEFT} {at}H{WIDE}" stroke="#e4e4e4"/>')
        made.append(f'<text x="{LEFT - 6}" y="{at}" dy="0.35em" text-anchor="end" fill="#444">{short(tick, panel.bytes)}</text>')
    numbers = sorted({p.x for p in points})
    for tick in numbers if len(numbers) <= 7 else x.ticks():
        at = f"{x.at(tick):.1f}"
        made.append(f'<path d="M{at} {HIGH - BOTTOM}v4" stroke="#444"/>')
        made.append(f'<text x="{at}" y="{HIGH - BOTTOM + 16}" text-anchor="middle" fill="#444">{tick:g}</text>')
    made.append(f'<path d="M{LEFT} {HIGH - BOTTOM}H{WIDE}" stroke="#444"/>')
    made.append(f'<text x="{(LEFT + WIDE) / 2:g}" y="{HIGH - 6}" text-anchor="middle">{escape(across)}</text>')
    made += _lines(panel.lines, x, y)
    if panel.most:
        height = y.at(panel.most)
        made.append(f'<path d="M{LEFT} {height:.1f}H{WIDE}" stroke="#c0392b" stroke-dasharray="5 3"/>')
        text = f"≤ {short(panel.most, panel.bytes)}"
        made.append(f'<text x="{LEFT + 4}" y="{height - 4:.1f}" fill="#c0392b">{text}</text>')
    return made


def _lines(lines: Sequence[Line], x: Scale, y: Scale) -> list[str]:
    made: list[str] = []
    ends: list[tuple[float, str, str]] = []
    for at, line in enumerate(lines):
        if not line.points:
            continue
        colour = COLOURS[at * (len(COLOURS) - 1) // max(1, len(lines) - 1)]
        places = [(x.at(p.x), y.at(p.y)) for p in line.points]
        kept = next((n for n, p in enumerate(line.points) if p.out), len(places))
        for part, ink in ((places[: kept + 1], colour), (places[kept:], GREY)):
            if len(part) > 1:
                path = "L".join(f"{a:.1f} {b:.1f}" for a, b in part)
                made.append(f'<path d="M{path}" fill="none" stroke="{ink}" stroke-width="1.3"/>')
        for p, (a, b) in zip(line.points, places, strict=True):
            ink = GREY if p.out else colour
            if p.best or len(places) <= MARKED:
                fill = ink if p.best else "#fff"
                made.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.6" fill="{fill}" stroke="{ink}"/>')
        ends.append((places[-1][1], line.label, colour))
    every = ceil(len(ends) / LABELS)
    named = sorted(end for n, end in enumerate(reversed(ends)) if end[1] and n % every == 0)
    for height, (_, label, colour) in zip(_apart([end[0] for end in named]), named, strict=True):
        made.append(f'<text x="{WIDE + 6}" y="{height:.1f}" dy="0.35em" font-size="9.5" fill="{colour}">{escape(label)}</text>')
    return made


def _apart(heights: Sequence[float], room: float = 11) -> list[float]:
    """Heights in rising order moved apart, downwards and then, from the foot of the lines, upwards."""
    made: list[float] = []
    for height in heights:
        made.append(max(height, made[-1] + room) if made else height)
    limit = HIGH - BOTTOM + 0.0
    for at in range(len(made) - 1, -1, -1):
        made[at] = limit = min(made[at], limit)
        limit -= room
    return made


def drawn(panel: Panel, across: str, width: int = 76, height: int = 16) -> str:
    """A panel in characters: ● the best, ○ the others, · out of a budget; lines are named at their end."""
    points = [p for line in panel.lines for p in line.points]
    if not points:
        return f"{panel.title}: no variant is legal"
    left = 8
    longest = max(len(line.label) for line in panel.lines)
    right = max(left + 20, width - longest - 3)
    width = max(width, right + 1)
    ys = [p.y for p in points] + ([panel.most] if panel.most else [])
    x, y = Scale([p.x for p in points], left + 1, right - 1), Scale(ys, height - 1, 0, zero=True)
    page = [[" "] * width for _ in range(height)]
    if panel.most:
        row = page[round(y.at(panel.most))]
        row[left + 1 : right] = ["╌"] * (right - left - 1)
    for out in (True, False):  # what keeps a budget is drawn over what does not
        for p in points:
            if p.out == out:
                sign = "·" if p.out else "●" if p.best else "○"
                column, line_ = round(x.at(p.x)), round(y.at(p.y))
                if page[line_][column] != "●":
                    page[line_][column] = sign
    taken: set[int] = set()
    for line in reversed(panel.lines):
        if line.points and line.label and (row_ := round(y.at(line.points[-1].y))) not in taken and longest < width - right:
            taken.add(row_)
            page[row_][right + 1 : right + 1 + len(line.label)] = line.label
    ticks = {round(y.at(t)): short(t, panel.bytes) for t in y.ticks(4, panel.bytes)}
    rows = [
        f"{ticks.get(at, ''):>{left - 1}} {'┤' if at in ticks else '│'}{''.join(row[left + 1 :])}".rstrip()
        for at, row in enumerate(page)
    ]
    foot = [" "] * width
    end = 0
    for tick in x.ticks(6):
        text, column = f"{tick:g}", round(x.at(tick))
        start = column - len(text) // 2
        if start > end:
            foot[start : start + len(text)] = text
            end = start + len(text) + 1
    base = f"{' ' * left}└{'─' * (right - left - 1)}"
    return "\n".join([f"{panel.title} over {across}", *rows, base, "".join(foot).rstrip()])
