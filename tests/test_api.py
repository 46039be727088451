"""The Python API: as small as the idea."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archcalc
from archcalc.loading import open_source


def test_load_takes_a_path_a_name_or_a_text(tmp_path: Path) -> None:
    """A path, an example's name and the text itself give the same network."""
    text = open_source("lenet5").text
    file = tmp_path / "net.yaml"
    file.write_text(text, encoding="utf-8")
    found = [archcalc.analyse(archcalc.load(x)).totals for x in ("lenet5", text, file, str(file))]
    assert len(set(found)) == 1
    assert found[0] == (61706, 61470, 416520)


def test_load_takes_inputs_variables_and_bias() -> None:
    """What the command line's options do, keywords do."""
    network = archcalc.load("mobilenet_v1", input=(3, 128, 128), variables={"width": 0.5}, bias=False)
    assert network.inputs == {"input": (3, 128, 128)}
    assert archcalc.analyse(network).totals.params == archcalc.analyse(network).totals.params_without_bias
    assert archcalc.load("lenet5", input="1x32x32").inputs == {"input": (1, 32, 32)}


def test_rows() -> None:
    """Rows carry integers and shapes, and are found by name or path."""
    analysis = archcalc.analyse(archcalc.load("lenet5"), batch=4)
    row = analysis.row("conv2")
    assert row is not None
    assert (row.output, row.params, row.multiplies) == ((16, 10, 10), 2416, 240000)
    assert analysis.row("conv9") is None
    assert json.loads(archcalc.to_json(analysis))["totals"]["multiplies"] == 4 * 416520


def test_an_input_that_is_an_output_has_its_shape() -> None:
    """An input may be named under `outputs`; it comes out as it went in."""
    analysis = archcalc.analyse(archcalc.load("input: 1x8x8\nlayers: [conv 2 k3]\noutputs: [input, conv1]\n"))
    assert json.loads(archcalc.to_json(analysis))["outputs"] == {"input": [1, 8, 8], "conv1": [2, 6, 6]}


def test_errors_are_one_class_and_carry_their_places() -> None:
    """All faults of a text come in one SpecError, each with its span."""
    with pytest.raises(archcalc.SpecError) as caught:
        archcalc.load("input: 1x8x8\nlayers:\n  - covn 3\n  - conv 3 k2 z9\n")
    assert [(f.span.line, f.span.column) for f in caught.value.faults if f.span] == [(3, 5), (4, 15)]
    assert isinstance(caught.value, archcalc.ArchcalcError)


def test_every_public_name_is_there() -> None:
    """`__all__` holds no name that cannot be had, and an unknown one is an AttributeError."""
    for name in archcalc.__all__:
        assert getattr(archcalc, name) is not None
    assert set(dir(archcalc)) == set(archcalc.__all__)
    with pytest.raises(AttributeError):
        archcalc.nonsense  # noqa: B018


def test_analysing_again_changes_nothing() -> None:
    """An analysis does not alter its network."""
    network = archcalc.load("googlenet")
    assert archcalc.to_json(archcalc.analyse(network)) == archcalc.to_json(archcalc.analyse(network))


def test_the_types_ship() -> None:
    """The marker of PEP 561 lies in the package, or no type checker would read our types."""
    assert (Path(archcalc.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("shape", [(-784,), (0,), (1.5,), (True,), (10**9 + 1,), (), ("a",)])
def test_shapes_are_looked_at_as_those_of_the_command_line_are(shape: tuple[int, ...]) -> None:
    """A size that is none is refused, alone and by the name of an input; (-784,) once gave −197,878 parameters."""
    for given in (shape, {"input": shape}):
        with pytest.raises(archcalc.SpecError):
            archcalc.load("mlp", input=given)
    with pytest.raises(archcalc.SpecError, match="channels last"):
        archcalc.load("lenet5", input=(28, 28, 1))
    assert archcalc.load("lenet5", input={"input": (1, 32, 32)}).inputs == {"input": (1, 32, 32)}


@pytest.mark.parametrize("batch", [0, -3, 1.5, 10**9 + 1])
def test_a_batch_is_a_whole_number_from_one(batch: int) -> None:
    """As on the command line."""
    with pytest.raises(archcalc.SpecError, match="whole number from 1"):
        archcalc.analyse(archcalc.load("mlp"), batch=batch)
    assert archcalc.analyse(archcalc.load("mlp"), batch=10**9).batch == 10**9
