"""docs/homework.md: the sixteen items of the homework, each answered on its page with the true figures."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli import cli

PAGE = Path(__file__).parent.parent / "docs" / "homework.md"
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.S | re.M)

# What the sheet's own key says, as it must stand in what the commands of the section print.
FACTS: dict[int, list[str]] = {
    1: ["O = 24", "P + Q = K − 1 = 5 − 1 = 4", "output 28"],
    2: ["O = 55", "O = 56", "O = 3"],
    3: ["O = 56", "O = 4", "the last window starts outside: torch drops it"],
    4: ["3·(66 − 1) ≤ 205 − K + 2·0 < 3·66", "K ∈ {8, 9, 10}", "10 (exact)", '"exact": [\n    10\n  ]'],
    5: ["K ∈ {9, 10, 11, 12}", "K ∈ {5, 6, 7, 8}", "K ∈ {8, 9, 10, 11}", "K ∈ {4, 5, 6}", "       5    120"],
    6: ["3×63×63", "3×15×15"],
    7: ["18·3·3·5 + 18 = 828", "18·3·3·5 = 810"],
    8: [
        *("504", "486", "102", "81", "309", "270"),
        *("18·3·1·1 + 18 = 72", "= 180", "3·18·1·1 + 3 = 57", "= 162"),
        "depthwise counted as an ordinary convolution",
    ],
    9: ["61,706", "61,470", "30,730"],
    10: ["6,998,552", "61,100,840", "143,667,240", "102,760,448", "2,097,152"],
    11: ["117,248", "117,760", "88,320", "12"],
    12: ["395,136"],  # 28·28·18·(27 + 1)
    13: ["117,600", "107,736", "= 40  (3·14 with zeros", "= 19  (3·7 with zeros", "15,346,630,656", "14,846,"],
    14: ["120,422,400", "2,408,448", "10,035,200"],
    15: ["0.7311", "0.1966", "0.3932", "0.5898"],
    16: ["tanh", "∂E/∂", "W_x", "W_h"],
}


def sections() -> dict[int, str]:
    """The numbered sections of the page."""
    parts = re.split(r"^## (\d+)\. ", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {int(number): text.partition("\n## ")[0] for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_item_has_its_section() -> None:
    """The page answers all sixteen."""
    assert list(sections()) == list(FACTS) == list(range(1, 17))


@pytest.mark.parametrize("item", FACTS)
def test_the_commands_of_a_section_answer_the_item(item: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the section's commands print holds the figures of the homework's key."""
    monkeypatch.chdir(tmp_path)
    printed = ""
    for block in BLOCK.finditer(sections()[item]):
        info = block["info"].split()
        if len(info) == 2:
            Path(info[1]).write_text(block["text"], encoding="utf-8")
        for line in block["text"].split("\n"):
            if info == ["console"] and line.startswith("$ "):
                result = CliRunner().invoke(cli, shlex.split(line[2:])[1:])
                assert result.exit_code in (0, 1), result.output
                printed += result.stdout
    assert [fact for fact in FACTS[item] if fact not in printed] == []


def test_torch_agrees_with_the_gradients_of_item_15() -> None:
    """Analytic, numeric and torch's gradients agree: the command's status is 0 with torch asked for."""
    pytest.importorskip("torch", reason="torch is not installed")
    line = 'grad "sigmoid(w0*x0 + w1*x1 + w2)" w0=2 x0=-1 w1=-3 x1=-2 w2=-3 --torch'
    assert CliRunner().invoke(cli, shlex.split(line)).exit_code == 0
