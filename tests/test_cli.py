"""The commands as a person or a pipe meets them."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc import schemas
from archcalc.analysis import BYTES
from archcalc.catalogue import files, networks
from archcalc.cli import COMMANDS, cli
from archcalc.figures.memory import STATES
from archcalc.figures.training import OPTIMIZERS
from archcalc.report import FORMATS

LENET = "name: net\ninput: 1x28x28\nlayers:\n  - conv 6 k5 p2 sigmoid\n  - avgpool 2\n  - fc 10\n"


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(cli, list(arguments), input=stdin, prog_name="archcalc")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_format_of_the_table_can_be_asked_for() -> None:
    """--format offers what the renderers' table holds, and each gives LeNet's totals or rows."""
    for name in FORMATS:
        out = run("params", "lenet5", "--format", name).output
        assert "48120" in out.replace(",", "").replace("{}", "")


def test_json_follows_its_schema() -> None:
    """The JSON of every example fits `archcalc schema`, and its totals are the sums of its layers."""
    schema = json.loads(run("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in files():
        data = json.loads(run("params", name, "--format", "json").output)
        jsonschema.validate(data, schema)
        for key, total in data["totals"].items():
            assert total == sum(layer[key] for layer in data["layers"])


def test_the_spec_schema_takes_every_example() -> None:
    """Every YAML example fits the schema of the notation, which is itself a schema, and refuses what is none."""
    import yaml

    schema = schemas.spec()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for path in files().values():
        if path.suffix == ".yaml":
            validator.validate(yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader))
    assert not validator.is_valid({"layers": ["fc 10"], "inptu": 3})
    assert not validator.is_valid({"input": "1x28x28"})


def test_json_keys() -> None:
    """The keys that programs rely on."""
    data = json.loads(run("params", "-", "--format", "json", stdin=LENET).output)
    assert data["name"] == "net"
    assert data["inputs"] == {"input": [1, 28, 28]}
    assert data["outputs"] == {"fc1": [10]}
    first = data["layers"][0]
    assert first["source"] == {"file": "<stdin>", "line": 4, "column": 5}
    assert (first["input"], first["output"]) == ([1, 28, 28], [6, 28, 28])
    assert (first["params"], first["params_without_bias"], first["multiplies"]) == (156, 150, 117600)
    assert data["layers"][3]["inserted"] is True


def test_csv_is_a_row_a_layer() -> None:
    """CSV has one heading and plain integers."""
    rows = list(csv.DictReader(io.StringIO(run("params", "lenet5", "--format", "csv").output)))
    assert len(rows) == 12
    assert sum(int(r["params"]) for r in rows) == 61706
    assert rows[0]["output"] == "6x28x28"


def test_latex_escapes() -> None:
    """Underscores of paths are escaped, so that the tabular compiles."""
    out = run("params", "mobilenet_v2", "--format", "latex", "--depth", "1").output
    assert r"\texttt{inverted\_residual1}" in out
    assert not re.search(r"(?<!\\)_", out.replace("% ", ""))


def test_latex_has_the_totals() -> None:
    """The last row of figures is the sums of the others."""
    out = run("params", "lenet5", "--format", "latex").output.replace("{,}", ",")
    (total,) = [line for line in out.splitlines() if "total" in line]
    assert re.findall(r"\d[\d,]*", total) == ["61,706", "61,470", "416,520"]


def test_depth_folds_and_the_sums_stay() -> None:
    """Folded blocks carry their sums, and the totals do not change."""
    folded = run("params", "mobilenet_v2", "--depth", "1", "--format", "csv").output
    rows = list(csv.DictReader(io.StringIO(folded)))
    assert sum(int(r["params"]) for r in rows) == 3504872
    assert sum(int(r["multiplies"]) for r in rows) == 300774272
    assert sum(r["type"] == "group" for r in rows) == 17
    assert len(folded.splitlines()) < 35


def test_batch_scales_multiplies_and_shows_in_shapes() -> None:
    """A batch multiplies the multiplications and stands in front of the shapes; parameters stay."""
    out = run("params", "lenet5", "--batch", "8").output
    assert "8×6×28×28" in out
    assert f"{416520 * 8:,}" in out
    assert "61,706" in out
    assert "for a batch of 8" in out


def test_no_bias_builds_without() -> None:
    """--no-bias leaves no additive bias anywhere, in a recurrent layer neither."""
    for net, total in (("lenet5", 61470), ("lstm", 917504), ("transformer_encoder", 3147776)):
        data = json.loads(run("params", net, "--no-bias", "--format", "json").output)
        assert data["totals"]["params"] == data["totals"]["params_without_bias"] == total


def test_input_and_set() -> None:
    """--input and --set replace what the file says; several inputs are named."""
    assert "61,470" not in run("params", "lenet5", "--set", "classes=100").output
    assert "6×32×32" in run("params", "lenet5", "--input", "1x32x32").output
    two = "inputs: {wide: 5, deep: 6}\nlayers: [fc 3, {concat: [prev, deep]}, fc 1]\n"
    assert "deep 9" in run("params", "-", "--input", "deep=9", stdin=two).output
    wrong = run("params", "-", "--input", "9", stdin=two)
    assert wrong.exit_code == 2
    assert "--input wide=…" in wrong.output


def test_macs_is_multiplies() -> None:
    """`archcalc macs` is another name of `multiplies`, with the shares of the whole."""
    assert run("macs", "lenet5").output == run("multiplies", "lenet5").output
    assert "57.6 %" in run("macs", "lenet5").output


def test_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example runs by bare name from anywhere; a file of that name goes before it."""
    monkeypatch.chdir(tmp_path)
    assert "61,706" in run("params", "lenet5").output
    Path("lenet5").write_text(LENET, encoding="utf-8")
    assert "61,706" not in run("params", "lenet5").output


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + LENET.encode(), LENET.replace("\n", "\r\n").encode()])
def test_windows_files(data: bytes) -> None:
    """A byte-order mark and Windows line ends change nothing."""
    assert run("params", "-", stdin=data).output == run("params", "-", stdin=LENET).output


def test_the_lists() -> None:
    """What can be written is listed from the definitions themselves."""
    from archcalc.blocks import TABLE as BLOCKS
    from archcalc.layers import KINDS, TABLE

    listed = run("layers").output
    assert all(re.search(rf"^{kind} ", listed, re.M) for kind in TABLE)
    listed = run("blocks").output
    assert all(re.search(rf"^{name} ", listed, re.M) for name in BLOCKS)
    listed = run("examples").output
    assert all(re.search(rf"^ *{re.escape(n.name)} ", listed, re.M) for n in networks())
    assert {n.family for n in networks()} == set(files())
    for name in KINDS:
        assert run("layers", name).output.startswith(KINDS[name] + ":")
    for name in BLOCKS:
        assert f"{name}:" in run("blocks", name).output
    for name, path in files().items():
        assert run("examples", name).output.strip() == path.read_text(encoding="utf-8").strip()
    assert json.loads(run("layers", "conv", "--format", "json").output)["settings"][0]["name"] == "out"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_what_a_help_text_shows_can_be_typed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of a help text that names no file of the reader's is understood; it may answer no."""
    monkeypatch.chdir(tmp_path)
    for line in re.findall(r"^    archcalc (.*?)(?:   .*)?$", run(name, "--help").output, re.M):
        args = shlex.split(line.partition(" > ")[0])
        if args[0] in ("check", "export", "grade") or re.search(
            r"\.(?:yaml|py|csv|txt|md|ipynb|onnx)\b|\bmy_|\bmodule:|model:", line
        ):
            continue
        result = run(*args)
        assert result.exit_code in (0, 1), (line, result.output)


def test_every_command_has_help() -> None:
    """Every command explains itself, in the words the group shows beside its name or more."""
    for name in COMMANDS:
        out = run(name, "--help").output
        assert out.startswith(f"Usage: archcalc {name}")
        assert len(out.split("\n")) > 5


@pytest.mark.parametrize("name", ["params", "memory", "sweep", "fit"])
def test_a_command_offers_what_the_tables_hold(name: str) -> None:
    """Types of number and optimizers are written out where a command is described, so that its help loads no figures."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    tables = {"dtype": BYTES, "optimizer": OPTIMIZERS if name == "params" else STATES}
    for option in command.params:
        if option.name in tables and isinstance(option.type, click.Choice):
            assert list(option.type.choices) == list(tables.pop(option.name))
    assert not tables or name == "params"


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "archcalc", *arguments], capture_output=True, env={**os.environ, **environment})


def test_piped_output_is_plain_and_whole() -> None:
    """Output to a pipe has no escape codes and is not cut to a width."""
    out = shell("params", "mobilenet_v2", COLUMNS="40").stdout.decode()
    assert "\x1b" not in out
    assert "…" not in out
    assert "inverted_residual17" in out
    assert max(map(len, out.splitlines())) > 80


def test_an_output_without_unicode() -> None:
    """Where the output cannot carry Unicode, plain signs stand for it."""
    done = shell("explain", "lenet5", "conv1", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert b"floor((W - K + 2P)/S) + 1 = floor((28 - 5 + 2*2)/1) + 1 = 28" in done.stdout


def on_terminal(*arguments: str, status: int = 0, **environment: str) -> str:
    """What a command writes to a terminal; it ends with this status."""
    master, slave = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM", "COLORTERM")} | environment
    with subprocess.Popen(
        [sys.executable, "-m", "archcalc", *arguments], stdout=slave, stderr=slave, stdin=slave, env=env
    ) as process:
        os.close(slave)
        data = b""
        try:
            while chunk := os.read(master, 65536):
                data += chunk
        except OSError:
            pass
    os.close(master)
    assert process.returncode == status
    return data.decode()


def test_an_error_stands_out_on_a_terminal_alone() -> None:
    """Place, carets and repair are painted on a terminal; not with NO_COLOR, on a dumb one or in a pipe, nor bold or dim."""
    wrong = ("layer", "conv 120 k7", "--input", "16x5x5")
    plain = shell(*wrong).stderr.decode()
    assert "\x1b" not in plain
    painted = on_terminal(*wrong, status=2, TERM="xterm").replace("\r\n", "\n")
    for part in ("<layer>:1:1:", " ^^^^^^^^^^^", "try:"):
        assert re.search(rf"\x1b\[[\d;]+m{re.escape(part)}\x1b\[0m", painted), part
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain
    for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert on_terminal(*wrong, status=2, **environment).replace("\r\n", "\n") == plain
        assert "\x1b" not in on_terminal("frob", status=2, **environment)
    assert "\x1b[1;31mError:\x1b[0m No such command" in on_terminal("frob", status=2, TERM="xterm")


def test_an_error_stands_off_the_table_before_it(tmp_path: Path) -> None:
    """On a terminal, where the table up to the fault and the fault are read together, an empty line is between them."""
    file = tmp_path / "net.yaml"
    file.write_text("input: 3x8x8\nlayers: [conv 4 k3, comv 4]\n", encoding="utf-8")
    out = on_terminal("params", str(file), status=2, TERM="xterm", NO_COLOR="1", COLUMNS="300").replace("\r\n", "\n")
    assert "for one input\n\n" in out
    assert shell("params", str(file)).stderr.decode().startswith(str(file))


def test_a_terminal_gets_colours_and_a_tree() -> None:
    """On a terminal the table is coloured and blocks are drawn as a tree; NO_COLOR takes the colours away."""
    out = on_terminal("params", "mobilenet_v2", TERM="xterm-256color", COLUMNS="120")
    assert "├─ conv1" in out
    assert re.search(r"\x1b\[\d*(;\d+)*3[0-9]", out)
    plain = on_terminal("params", "mobilenet_v2", TERM="xterm-256color", COLUMNS="120", NO_COLOR="1")
    assert not re.search(r"\x1b\[(\d+;)*(3[0-9]|9[0-9])", plain)


def test_a_narrow_terminal_loses_the_settings_and_no_figure() -> None:
    """Where the table is too wide, the settings go first, and that is said; every figure stays."""
    out = re.sub(r"\x1b\[[\d;]*m", "", on_terminal("params", "lenet5", TERM="xterm", COLUMNS="64"))
    assert "1 column hidden (settings): a wider terminal, or --columns" in out
    assert "conv 6 k5 p2" not in out
    assert all(figure in out for figure in ("61,706", "61,470", "416,520", "16×10×10"))
    assert max(len(line) for line in out.splitlines() if "×" in line) <= 64


def test_completion_offers_examples_and_commands() -> None:
    """The shell completes commands and the names of examples."""
    out = shell(_ARCHCALC_COMPLETE="bash_complete", COMP_WORDS="archcalc params mobile", COMP_CWORD="2").stdout.decode()
    assert "mobilenet_v2" in out
    out = shell(_ARCHCALC_COMPLETE="bash_complete", COMP_WORDS="archcalc pa", COMP_CWORD="1").stdout.decode()
    assert "params" in out


def test_a_setting_equal_on_every_axis_is_its_default() -> None:
    """A stride of [1, 1] is the stride of 1 that nobody writes; a pool's 2 × 2 stands, as its 2 would."""
    text = "input: 3x8x8\nlayers:\n- conv: {filters: 4, kernel_size: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1]}\n"
    text += "- conv: {filters: 4, kernel_size: 3, stride: [1, 2]}\n- maxpool: {kernel_size: [1, 1]}\n"
    assert [str(row.layer) for row in archcalc.analyse(archcalc.load(text))] == ["conv 4 k3", "conv 4 k3 s1x2", "maxpool 1"]


def test_a_closed_pipe_is_no_fault() -> None:
    """`archcalc params vgg19 | head -1` ends quietly."""
    command = f"{sys.executable} -m archcalc params vgg19 | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True)
    assert b"Traceback" not in done.stderr
    assert b"internal fault" not in done.stderr


def test_equations_of_layers_and_losses() -> None:
    """`explain --equations` and `equations` print the same set; gradients only when asked; every format works."""
    asked = run("explain", "lstm", "lstm1", "--equations", "--gradients").output
    assert asked == run("equations", "lstm", "--gradients").output
    assert "∂E/∂cₜ      = δₜ ⊙ oₜ ⊙ (1 − tanh²(cₜ))" in asked
    assert "∂E" not in run("equations", "linear").output.replace("∂E/∂hₜ", "").split("forward")[1]
    assert json.loads(run("equations", "mse", "--format", "json").output)["forward"]
    assert r"\begin{align*}" in run("equations", "softmax_cross_entropy", "--gradients", "--format", "latex").output
    listed = run("equations").output
    assert all(kind in listed for kind in ("lstm", "conv", "linear", "relu", "mse"))


def test_equations_that_are_not_known() -> None:
    """A kind or layer without equations is refused with those there are."""
    wrong = run("equations", "lsmt")
    assert wrong.exit_code == 2
    assert "try: lstm" in wrong.output
    wrong = run("explain", "lenet5", "pool1", "--equations")
    assert wrong.exit_code == 2
    assert "no equations are known for avgpool" in wrong.output


def test_a_program_that_asks_for_json_gets_no_table() -> None:
    """Where a layer does not fit, the table up to it is printed for a person only."""
    wrong = "input: 1x8x8\nlayers: [conv 6 k5, conv 6 k5]\n"
    assert "conv1" in run("params", "-", stdin=wrong).stdout
    for name in ("json", "csv", "latex", "markdown"):
        result = run("params", "-", "--format", name, stdin=wrong)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "kernel 5 does not fit the padded input 4×4" in result.stderr


TRAINED = """
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 3)
        self.auxiliary = nn.Linear(4, 2)

    def forward(self, x):
        return (self.body(x), self.auxiliary(x)) if self.training else self.body(x)
"""


def test_the_mode_of_training_is_that_of_one_command(tmp_path: Path) -> None:
    """4·3 multiplications in evaluation, 4·2 more in training, and the mode does not outlast the command."""
    file = str(tmp_path / "net.py")
    Path(file).write_text(TRAINED)
    asked = (file, "--input", "4", "--format", "json")
    for mode, multiplies in ((), 12), (("--train-mode",), 20), ((), 12):
        assert json.loads(run("params", *asked, *mode).output)["totals"]["multiplies"] == multiplies
        compared = json.loads(run("compare", file, *asked, *mode).output)
        assert [n["totals"]["multiplies"] for n in compared["networks"]] == [multiplies] * 2
    assert run("params", file, "--train-mode", "--input", "4", "--no-such-option").exit_code == 2
    assert run("params", "lenet5", "--train-mode", "--input", "nonsense").exit_code == 2
    refused = run("params", "lenet5", "--train-mode")
    assert refused.exit_code == 2
    assert "only PyTorch source has a mode of training" in refused.output
    assert run("params", "lenet5").exit_code == 0


@pytest.mark.parametrize("before", ["solve conv --input 28 --output 26 --bounds kernel=", "sweep lenet5 --set resolution=5,"])
def test_a_number_longer_than_python_reads(before: str) -> None:
    """Python makes no number of more than 4,300 digits; none is asked of it."""
    result = run(*(before + "9" * 5000).split())
    assert (result.exit_code, "try:" in result.stderr) == (2, True)
