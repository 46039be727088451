"""Whatever the bytes: no traceback, exit status 2 and a place, quickly and in little memory."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc.catalogue import files
from archcalc.cli import cli

SECONDS, MEGABYTES = 2.0, 500
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def run(data: bytes, folder: Path) -> Result:
    """archcalc params on a file of these bytes, timed; an exception that escapes fails the test."""
    file = folder / "net.yaml"
    file.write_bytes(data)
    start = time.process_time()
    result = CliRunner().invoke(cli, ["params", str(file)], prog_name="archcalc")
    assert time.process_time() - start < SECONDS
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 2)
    if result.exit_code == 2:
        assert result.stderr.strip()
        assert "net.yaml:" in result.stderr or "--input" in result.stderr
    return result


@QUICK
@given(st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    """Random bytes are refused with a place."""
    run(data, tmp_path)


WORDS = "conv fc lstm maxpool k3 p1 s2 g4 relu bn 64 0 -1 same ? nan 1e9 x out= (".split()
scalars = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
    st.text(max_size=12),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.none(),
    st.booleans(),
)
KEYS = st.sampled_from(
    "layers branches residual shortcut repeat table heads reuse when from id then join conv fc concat add rows columns block "
    "padding kernel out expect else".split()
)
items = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20)


@QUICK
@given(items, st.sampled_from(["1x28x28", "32x100", "784", "3x8x8x8", "[1, 2", "{a: 3x8x8, b: 5}"]))
def test_random_structures(tmp_path: Path, layers: object, shape: str) -> None:
    """Any nesting of the notation's own words is read or refused with a place."""
    import json

    run(f"input: {shape}\nlayers: {json.dumps(layers)}\n".encode(), tmp_path)


TEXTS = [path.read_text(encoding="utf-8") for path in files().values()]
SPLICES = [
    "[",
    "]",
    "{",
    "}",
    ":",
    "\n",
    "- ",
    "&a ",
    "*a",
    "#",
    "'",
    '"',
    "repeat: 99\n",
    "k",
    "9",
    "-",
    "?",
    "\t",
    "é",
    "x",
    "0",
    "(",
    "!!python ",
]


@settings(QUICK, max_examples=250)
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_mutated_examples(tmp_path: Path, text: str, rng: random.Random) -> None:
    """An example with characters dropped, doubled or put in is still read, or refused with a place."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        cut = at + rng.choice([0, 0, 1, 3, 10])
        text = text[:at] + rng.choice(["", rng.choice(SPLICES), text[at : at + 5]]) + text[cut:]
    run(text.encode(), tmp_path)


def lines(count: int, line: str) -> str:
    return "input: 3x8x8\nlayers:\n" + line * count


BOMBS: dict[str, str] = {
    "brackets": "layers: " + "[" * 100_000,
    "dashes": "- " * 50_000,
    "maps": "{a: " * 50_000,
    "question marks": "? " * 50_000,
    "aliases": "\n".join(
        [f"a0: &a0 [{', '.join(['relu'] * 9)}]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))]
    )
    + "\ninput: 1x8x8\nlayers: *a11",
    "alias branches": "input: 1x8x8\nblocks:\n  b0: [relu]\n"
    + "".join(f"  b{i}: [{', '.join([f'b{i - 1}'] * 9)}]\n" for i in range(1, 12))
    + "layers: [b11]",
    "repeat": "input: 1x8x8\nlayers:\n  - {repeat: 10**12, layers: [relu]}",
    "repeats": "input: 1x8x8\nlayers:\n  - " + "{repeat: 40, layers: [" * 12 + "relu" + "]}" * 12,
    "table": "input: 8x8x8\nlayers:\n  - table: {block: basic, columns: out n, rows: [8 999999999999]}",
    "power": "input: 1x8x8\nlayers: [conv 9**9**9**9 k3]",
    "digits": "input: 1x8x8\nlayers: [conv " + "9" * 100_000 + " k3]",
    "brackets in a line": "input: 1x8x8\nlayers: ['conv " + "(" * 1500 + "']",
    "expression": "input: 1x8x8\nlayers: ['conv " + "-" * 280 + "8 k1']",
    "kernel": "input: 1x8x8\nlayers: [maxpool 1000000000 p500000000]",
    "wide": "input: 1000000000x1000000000x1000000000\nlayers: [conv 1000000000 k1000000000]",
    "transposed": "input: 1x1000x1000\nlayers: [convtranspose 1 k1000000 s1000000 d3]",
    "adaptive": "input: 1x1000000000x8\nlayers: [adaptiveavgpool 1000000000]",
    "recurrent": "input: 32x100\nlayers: [lstm 8 layers=1000000000]",
    "groupnorm": "input: 1000000000x8x8\nlayers: [groupnorm 999999999]",
    "heads": "input: 64x999999937\nlayers: [attention 999999936]",
    "groups": "input: 1000000000x8x8\nlayers: [conv 999999937 k1 g999999936]",
    "long line": "input: 1x8x8\nlayers: [" + "relu " * 100_000 + "]",
    "many inputs": "inputs: {" + ", ".join(f"a{i}: 8" for i in range(20_000)) + "}\nlayers: [fc 1]",
    "faults": "input: 1x8x8\nlayers:\n" + "  - covn 8 k3\n" * 20_000,
    "self": "input: 1x8x8\nblocks: {a: [b], b: [a]}\nlayers: [a]",
    "nul": "input: 1x8x8\nlayers: [\x00]",
    "controls": "input: 1x8x8\nlayers: [\x1b[31mconv]",
    "surrogate": "input: 1x8x8\nlayers: ['\\ud800']",
    "bom": "\ufeff\ufeffinput: 1x8x8",
    "tags": "!!python/object/apply:os.system ['true']",
    "merge": "input: 1x8x8\nlayers: [{<<: {conv: 3}}]",
    "documents": "--- 1\n--- 2\n--- 3",
    "digits of a column": "input: 1x8x8\nlayers:\n" + " " * 100_000 + "- conv",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(tmp_path: Path, bomb: str) -> None:
    """Inputs made to exhaust time or memory are refused, within limits that a process is held to, without a traceback."""
    file = tmp_path / "net.yaml"
    file.write_bytes(BOMBS[bomb].encode("utf-8", "surrogatepass"))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (6, 6))
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [sys.executable, "-m", "archcalc", "params", "net.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, preexec_fn=limit)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < SECONDS
    assert done.returncode in (0, 2), done.stderr[-300:]
    assert "Traceback" not in done.stderr
    assert "internal fault" not in done.stderr
    assert "\x1b" not in done.stderr
    assert len(done.stderr) < 20_000
    if done.returncode == 2:
        assert "net.yaml:" in done.stderr


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", ".", "nowhere/at/all.yaml", "a" * 5000, "\udcff", ""])
def test_names_that_are_no_network(name: str) -> None:
    """A folder, a device or a name that is none is refused in one sentence."""
    result = CliRunner().invoke(cli, ["params", name], prog_name="archcalc")
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert len(result.stderr) < 600
