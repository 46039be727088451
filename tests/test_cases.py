"""The case files: a spec, what is typed, and the exact output, in Markdown a person can read.

`pytest tests/test_cases.py --rewrite-cases` writes what the commands print now; the totals of every table are added up again
from its columns, so that a rewritten file cannot hold a wrong sum unseen.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from archcalc.cli import cli

FOLDER = Path(__file__).parent / "cases"
CASE = re.compile(r"^## (?P<title>.+)\n(?P<rest>(?:(?!^## ).*\n)*)", re.M)
BLOCK = re.compile(r"```(?P<info>[^\n]*)\n(?P<text>.*?)```", re.S)


class Case(NamedTuple):
    file: Path
    title: str
    name: str
    spec: str
    command: str
    expected: str


def cases() -> list[Case]:
    found = []
    for file in sorted(FOLDER.glob("*.md")):
        for match in CASE.finditer(file.read_text(encoding="utf-8")):
            blocks = BLOCK.findall(match["rest"])
            spec = next(((info, text) for info, text in blocks if not info.startswith("console")), ("", ""))
            shown = next(text for info, text in blocks if info.startswith("console"))
            command, _, expected = shown.partition("\n")
            assert command.startswith("$ archcalc "), f"{match['title']}: the first line is the command"
            found.append(Case(file, match["title"], spec[0].split()[-1] if spec[0] else "", spec[1], command[2:], expected))
    return found


def run(case: Case) -> str:
    if case.name:
        Path(case.name).write_text(case.spec, encoding="utf-8")
    result = CliRunner().invoke(cli, shlex.split(case.command)[1:], prog_name="archcalc")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    status = f"[exit {result.exit_code}]\n" if result.exit_code else ""
    return result.output.rstrip("\n") + "\n" + status


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.file.stem}: {c.title}")
def test_case(case: Case, pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a case file shows is what the command prints, to the character."""
    monkeypatch.chdir(tmp_path)
    actual = run(case)
    if pytestconfig.getoption("--rewrite-cases"):
        text = case.file.read_text(encoding="utf-8")
        head, title, tail = text.partition(f"## {case.title}\n")
        old = f"$ {case.command}\n{case.expected}```"
        assert old in tail
        case.file.write_text(head + title + tail.replace(old, f"$ {case.command}\n{actual}```", 1), encoding="utf-8")
    else:
        assert actual == case.expected


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.file.stem}: {c.title}")
def test_totals_are_the_sums_of_their_columns(case: Case) -> None:
    """Every total line of a case's table is the sum of the figures above it."""
    lines = case.expected.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith("total "):
            continue
        figures = [int(n.replace(",", "")) for n in re.findall(r"(?<=\s)\d[\d,]*(?=\s|$)", line)]
        start = max(i for i in range(at - 1) if lines[i].startswith("---"))
        # A block's own line has no figures.
        endings = [re.search(rf"(?:\s{{2,}}\d[\d,]*){{{len(figures)}}}$", row) for row in lines[start + 1 : at - 1]]
        rows = [[int(n.replace(",", "")) for n in ending[0].split()] for ending in endings if ending]
        assert [sum(column) for column in zip(*rows, strict=True)] == figures
