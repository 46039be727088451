"""A program is written only where it is the one that is meant: each deliberate change to its text is found, and nothing of a
network's names runs when what was written is run."""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archcalc.analysis import analyse
from archcalc.loading import load
from archcalc.pytorch.exporting import Exporter, export
from archcalc.pytorch.meant import Unmeant
from archcalc.text.faults import SpecError
from tests.hostile.texts import NAMES

BRANCHES = """
input: 3x8x8
blocks: {twice: {args: {out: 4}, layers: [conv out k1, relu]}}
layers:
  - {id: first, conv: 4 k3 p1}
  - branches: {a: [conv 4 k1, relu, bn], b: [conv 4 k3 p1, relu, bn]}
  - residual: [twice 8, bn]
  - twice 8
  - {reuse: first, when: 0}
  - lrn 5
  - fc 3 softmax
"""


def exporter(text: str) -> tuple[Exporter, str]:
    """The exporter of a network, and what it writes."""
    made = Exporter(analyse(load(text)))
    return made, made.text()


def refused(made: Exporter, text: str) -> bool:
    """Whether a text is found to be another program."""
    try:
        made.hold(text)
    except (Unmeant, SyntaxError, ValueError):
        return True
    return False


@pytest.mark.parametrize("net", ["lenet5", "mobilenet_v2", "lstm", "transformer_encoder", "unet", BRANCHES])
def test_every_change_of_a_program_is_found(net: str) -> None:
    """A number, a name or a line changed, added or lost anywhere but in comments and the texts that stand alone."""
    made, text = exporter(net)
    assert not refused(made, text)
    start = re.search(r"^class (?!.*\bnn\.(Conv|LSTM|Multi))", text, re.M)
    assert start is not None
    r = random.Random(1)
    lines = text.split("\n")
    tokens = [
        (at, match)
        for at, line in enumerate(lines)
        for match in re.finditer(r"\b\d+\b|\b[A-Za-z_]\w*", line.split("#")[0])
        if text[: start.start()].count("\n") < at and '"""' not in line and "print" not in line
    ]
    for at, match in r.sample(tokens, min(50, len(tokens))):
        new = str(int(match[0]) + 1) if match[0].isdigit() else f"{match[0]}_"
        changed = [*lines[:at], lines[at][: match.start()] + new + lines[at][match.end() :], *lines[at + 1 :]]
        assert refused(made, "\n".join(changed)), changed[at]
    code = [at for at, line in enumerate(lines) if line.strip() and not line.strip().startswith(("#", '"""')) and at > 12]
    for at in r.sample(code, min(10, len(code))):
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        for more in ('open("PWNED", "w")', "import os", "x = 1", "print(x)", "pass", "del x", "self.a = __import__('os')"):
            assert refused(made, "\n".join([*lines[:at], indent + more, *lines[at:]])), (lines[at], more)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_text_runs(name: str, tmp_path: Path) -> None:
    """Canaries: whatever a file calls its parts, what is written holds no other sign, and runs torch alone."""
    import json

    quoted = json.dumps(name)
    texts = [
        f"name: {quoted}\nsource: {quoted}\nnotes: [{quoted}]\ninput: 1x8x8\nlayers: [conv 2 k1]\n",
        f"input: 1x8x8\nlayers:\n  - {{id: {quoted}, conv: 2 k1}}\n",
        f"input: 1x8x8\nlayers:\n  - branches: {{{quoted}: [conv 2 k1, relu], b: [conv 3 k1]}}\n",
        f"input: 1x8x8\nlayers:\n  - heads: {{{quoted}: [conv 2 k1, relu], b: [conv 3 k1]}}\n",
        f"input: 1x8x8\nblocks: {{{quoted}: {{layers: [conv 2 k1, relu]}}}}\nlayers: [{{{quoted}: {{}}}}]\n",
        f"inputs: {{{quoted}: 1x8x8, b: 1x8x8}}\nlayers:\n  - {{from: [{quoted}, b], concat: {{}}}}\n  - conv 2 k1\n",
    ]
    for number, text in enumerate(texts):
        try:
            written = export(load(text))
        except SpecError:
            continue
        tree = ast.parse(written)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
            n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)
        }
        assert all(re.fullmatch(r"[\w-]+", n) for n in names)
        (tmp_path / f"net{number}.py").write_text(written, encoding="utf-8")
    pytest.importorskip("torch")
    run = "import glob, runpy\nfor p in sorted(glob.glob('net*.py')): runpy.run_path(p, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", run], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "PWNED").exists()
    assert {line.partition(" ")[2] or "shape" for line in done.stdout.split("\n") if line} <= {"parameters", "shape"}


def test_an_exporter_gone_wrong_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that reached the text as code stops it; so does a layer that is lost."""
    monkeypatch.setattr("archcalc.pytorch.forward.attribute", lambda path, root="self": f"{root}.x = open('P', 'w'); {root}.y")
    monkeypatch.setattr("archcalc.pytorch.exporting.attribute", lambda path, root="self": f"{root}.same")
    for net in ("resnet18", BRANCHES):
        with pytest.raises(SpecError, match="is not written"):
            export(load(net))
