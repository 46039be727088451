"""The exported file: readable, without archcalc, and the same network."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from random_nets import written_net
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.catalogue import files  # noqa: E402
from archcalc.cli import cli  # noqa: E402
from archcalc.layers import TABLE  # noqa: E402
from archcalc.loading import load  # noqa: E402
from archcalc.network.names import TAKEN  # noqa: E402
from archcalc.network.nodes import Network  # noqa: E402
from archcalc.pytorch import build, export, support  # noqa: E402
from archcalc.pytorch.run import example_inputs  # noqa: E402

SMALL = 3_000_000  # parameters and, tenfold, multiplications up to which a net is really run


def made_from(text: str, device: str) -> nn.Module:
    """The network class of an exported file, made on a device: the last class of the file."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), names)
    last = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)][-1]
    with torch.device(device):
        return names[last]().eval()


def hold_equal(network: Network, device: str) -> str:
    """Asserts that the exported file is the built module: names, shapes, and outputs for copied weights."""
    text = export(network)
    ours, theirs = build(network, device=device), made_from(text, device)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}
    theirs.load_state_dict(ours.state_dict())
    inputs = example_inputs(network, 2, device, torch.float32)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.filterwarnings("ignore", message="Using padding='same'")
        warnings.filterwarnings("ignore", message="(var|std).*degrees of freedom")  # of a single value
        warnings.filterwarnings("ignore", message="LSTM with projections")
        mine, other = ours(*inputs), theirs(*inputs)
    mine, other = ((y,) if isinstance(y, torch.Tensor) else y for y in (mine, other))
    assert [y.shape for y in mine] == [y.shape for y in other]
    if device == "cpu":
        assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(mine, other, strict=True))
    return text


@pytest.mark.parametrize("name", sorted(files()))
def test_every_example_is_the_same_network_as_a_file(name: str) -> None:
    """Small ones are run on equal weights and give equal outputs; large ones are held equal by names and shapes."""
    network = load(name)
    totals = archcalc.analyse(network).totals
    small = totals.params < SMALL and totals.multiplies < 10 * SMALL
    text = hold_equal(network, "cpu" if small else "meta")
    assert max(map(len, text.splitlines())) <= 140
    imported = {n.names[0].name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import)}
    imported |= {n.module or "" for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)}
    assert imported <= {"torch", "torch.nn.functional", "collections", "functools", "typing", "__future__"}


def test_random_networks_are_the_same_as_files() -> None:
    """Every structure the random nets know, really run: branches, shared weights, heads, blocks, odd shapes."""
    compared = 0
    for number in range(180):
        try:
            network = load(written_net(77, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            continue
        if any(node.layer.stands_in for node in network.nodes):
            continue  # only its shapes are known, so that it has no module
        hold_equal(network, "cpu")
        compared += 1
    assert compared > 100


@pytest.mark.parametrize(
    ("name", "printed"), [("mobilenet_v2", "1000\n3,504,872 parameters\n"), ("lstm", "32×256\n921,600 parameters\n")]
)
def test_the_file_runs_alone(name: str, printed: str, tmp_path: Path) -> None:
    """In an isolated interpreter that cannot find archcalc, the file prints its output shape and its parameters."""
    file = tmp_path / "net.py"
    result = CliRunner().invoke(cli, ["export", name, "--output", str(file)])
    assert (result.exit_code, result.output) == (0, "")
    start = "import sys, runpy; sys.modules['archcalc'] = None; sys.stdout.reconfigure(encoding='utf-8'); "
    start += f"runpy.run_path({str(file)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-W", "ignore", "-I", "-c", start], capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, printed), done.stderr


def test_blocks_of_one_build_are_one_class() -> None:
    """What differs between the blocks of a network becomes an argument of their one class; plain runs are Sequential."""
    classes = [n for n in ast.parse(export(load("resnet50"))).body if isinstance(n, ast.ClassDef)]
    assert len(classes) <= 4, [c.name for c in classes]  # 16 bottlenecks: with a shortcut, without, the net itself
    text = export(load("lenet5"))
    assert "class LeNet5(nn.Sequential):" in text
    assert "outputs = net(torch.zeros(1, 1, 28, 28))" in text
    assert "conv1=nn.Conv2d(1, 6, 5, padding=2),  # 6×28×28" in text


def test_a_run_of_layers_that_comes_again_is_one_class() -> None:
    """Three plain layers or more, alike but for their values; a shorter run is written where it stands."""
    long = "layers:\n- {id: a, layers: [conv 4 k3 p1 bn relu]}\n- {id: b, layers: [conv 8 k3 p1 bn relu]}\n"
    text = export(load(f"input: 3x8x8\n{long}- {{id: c, layers: [conv 8 k1 relu]}}\n- {{id: d, layers: [conv 8 k1 relu]}}\n"))
    assert "a=A(in_channels=3, out_channels=4)" in text
    assert "b=A(in_channels=4, out_channels=8)" in text
    assert "c=nn.Sequential(" in text
    assert "d=nn.Sequential(" in text


def test_own_modules_are_included_only_when_used() -> None:
    """A net of torch's own layers carries no source of ours; one with a crop carries the crop and nothing else."""
    assert "class Crop" not in export(load("lenet5"))
    text = export(load("input: 2x8x8\nlayers:\n- crop 4\n- conv 3 k1\n"))
    names = [n.name for n in ast.parse(text).body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    assert names[0] == "Crop"
    assert len(names) == 2
    assert inspect.getsource(support.Crop).strip() in text


def test_names_that_cannot_be_attributes_are_still_the_paths() -> None:
    """Layers called `0`, `lambda` or `a-b`, and groups of such names, export and keep their weight names."""
    text = "input: 4\nlayers:\n- {id: 0, fc: 4}\n- {id: lambda, fc: 3}\n- {id: a-b, fc: 3}\n"
    hold_equal(load(text + "- heads: {class: [fc 2, relu, fc 3], 2nd: [fc 5]}\n"), "cpu")


@pytest.mark.parametrize("name", ["Tensor", "F", "Shape", "Crop", "None", "123", "日本", 'a"""b', "\\", "self"])
def test_no_name_breaks_the_file(name: str) -> None:
    """Whatever a network, its source and its inputs are called, the file is Python and the same network."""
    said = json.dumps(name)
    text = f"name: {said}\nsource: {said}\ninputs: {{nn: 2x8x8, torch: 2x8x8, a-b: 2x8x8}}\nlayers:\n- add: [nn, torch]\n"
    text += "- {id: x, add: [prev, a-b]}\n- crop 4\n- {id: y, conv: 2 k2 p0:1x1:0}\n- concat: [crop1, y]\n"
    hold_equal(load(text), "cpu")


def test_names_torch_has_taken_are_known() -> None:
    """Every public attribute of nn.Module and its containers is in the list, so that no layer of such a name breaks a file."""
    modules = [nn.Module(), nn.Sequential(), nn.ModuleList(), nn.ModuleDict()]
    assert {name for module in modules for name in dir(module) if not name.startswith("_")} <= TAKEN


def test_defaults_left_out_are_torchs_defaults() -> None:
    """Each argument the exporter leaves out, or gives by position, is so in torch's own signature."""
    seen = set()
    for number in range(1000):
        try:
            analysis = archcalc.analyse(load(written_net(78, number)))
        except archcalc.SpecError:
            continue
        for row in analysis.rows:
            call = row.layer.torch(row.inputs, row.output)
            namespace, _, name = call.name.partition(".")
            signature = inspect.signature(getattr({"nn": nn, "support": support}[namespace], name))
            names = list(signature.parameters)
            bare = [argument.name for argument in call.arguments if argument.bare]
            assert names[: len(bare)] == bare, call.name
            assert [a.name for a in call.arguments[: len(bare)]] == bare, call.name
            for argument in call.arguments:
                if argument.default is ... or argument.name not in names:
                    continue  # an unevenly padded convolution hands on what torch's own takes
                default = signature.parameters[argument.name].default
                if "Pool" in name and argument.name == "stride":
                    assert default is None
                    default = call.kwargs["kernel_size"]
                assert argument.default == default, (call.name, argument)
            seen.add(row.layer.kind)
    assert set(TABLE) - {"boxes"} == seen - {"boxes"}  # a thousand nets may lack it, which nothing stands behind


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Exit status 2 and the system's reason."""
    result = CliRunner().invoke(cli, ["export", "lenet5", "-o", str(tmp_path / "no" / "net.py")])
    assert result.exit_code == 2
    assert "No such file or directory" in result.output
