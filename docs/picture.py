"""Makes the README's picture: what `archcalc params lenet5` prints on a terminal, by rich's SVG export.

python docs/picture.py        writes docs/images/params.svg
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

import archcalc
from archcalc.figures.table import lay_out
from archcalc.report import written

PICTURE = Path(__file__).parent / "images" / "params.svg"


def picture(net: str = "lenet5") -> str:
    """The terminal's view of a network's table, as SVG."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(f"[bold green]$[/] archcalc params {net}")
    console.print(Text.from_ansi(written(lay_out(archcalc.analyse(archcalc.load(net))), "terminal", 100)))
    return console.export_svg(title=f"archcalc params {net}", unique_id="archcalc")


if __name__ == "__main__":
    PICTURE.write_text(picture(*sys.argv[1:]), encoding="utf-8")
