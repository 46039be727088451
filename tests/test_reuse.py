"""Using layers again with the same weights, blocks with several inputs, words as arguments, and what is refused."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from reference_data import net
from torch_or_skip import torch_or_skip

import archcalc
from archcalc.figures.written import line
from archcalc.loading import from_source
from archcalc.text.faults import SpecError
from archcalc.text.source import Source


def fault(text: str) -> str:
    """The first fault of a text, in one line."""
    with pytest.raises(archcalc.SpecError) as caught:
        archcalc.analyse(archcalc.load(text))
    return caught.value.faults[0].message


def test_reuse_of_an_item_with_followers() -> None:
    """`reuse` of a named line is the whole line, not only its last layer."""
    rows = net("8x6x6", "{id: first, conv: 8 k3 p1 bn relu}", "{id: second, reuse: first}").rows
    assert [row.layer.kind for row in rows] == ["conv", "bn", "relu"] * 2
    assert [row.path for row in rows] == ["first", "bn1", "relu1", "second", "bn2", "relu2"]
    assert [row.params for row in rows] == [8 * 8 * 9 + 8, 16, 0, 0, 0, 0]
    assert rows[3].node.inputs == (2,)


def test_reuse_of_a_residual_with_then() -> None:
    """What stands under `then` belongs to the item that is used again."""
    rows = net("8x6x6", "{id: one, residual: [conv 8 k3 p1], then: relu}", "{reuse: one}", "{reuse: one}").rows
    assert [row.layer.kind for row in rows] == ["conv", "add", "relu"] * 3
    assert [row.path for row in rows[::3]] == ["one.conv1", "one_2.conv1", "one_3.conv1"]
    assert [row.node.inputs for row in rows] == [(-1,), (0, -1), (1,), (2,), (3, 2), (4,), (5,), (6, 5), (7,)]
    assert [row.params for row in rows if row.params] == [8 * 8 * 9 + 8]


def test_reuse_of_a_block_and_of_what_was_reused() -> None:
    """A block is used again by its own name; a copy of a copy shares the weights of the first."""
    analysis = net("16x8x8", "inverted_residual 16", "{id: again, reuse: inverted_residual1}", "{reuse: again}")
    assert len(analysis.rows) == 3 * 9
    assert analysis.totals.params == net("16x8x8", "inverted_residual 16").totals.params
    owners = {row.node.shares for row in analysis.rows[9:] if row.node.shares is not None}
    assert owners <= set(range(9))


def test_reuse_takes_the_inserted_flatten_along() -> None:
    """A fully connected layer used again on a map gets its flatten too."""
    rows = net("2x3x3", "{id: score, fc: 18}", "reshape 2x3x3", "{reuse: score}").rows
    assert [row.layer.kind for row in rows] == ["flatten", "fc", "reshape", "flatten", "fc"]
    assert [row.params for row in rows] == [0, 18 * 18 + 18, 0, 0, 0]


def test_repeat_and_table_with_an_id_are_groups() -> None:
    """An id on a repeat or a table names all of it, in its paths too."""
    analysis = net("8x6x6", "{id: stage, repeat: 2, layers: [conv 8 k3 p1 relu]}", "{id: more, reuse: stage}")
    assert [row.path for row in analysis] == [
        *("stage.conv1", "stage.relu1", "stage.conv2", "stage.relu2"),
        *("more.conv1", "more.relu1", "more.conv2", "more.relu2"),
    ]
    assert analysis.totals.params == 2 * (8 * 8 * 9 + 8)


def test_weights_that_do_not_fit() -> None:
    """Weights cannot be used on an input of another size."""
    head = "input: 10\nlayers:\n  - {id: a, fc: 20}\n  - {reuse: a}\n"
    assert fault(head) == "its weights are those of a, which do not fit the input it has here"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("{reuse: nothing}", "'nothing' names no layer above whose weights could be used again"),
        ("{reuse: prev}", "'prev' names no layer above whose weights could be used again"),
        ("{reuse: input}", "'input' names no layer above whose weights could be used again"),
        ("{id: a, layers: [fc 10, {reuse: a}]}", "a cannot be used inside itself"),
        ("{id: a, layers: []}\n  - fc 10\n  - {reuse: a}", "a has no layers; what reads one layer can be used again"),
        (
            "{id: x, fc: 10}\n  - fc 10\n  - {id: a, layers: [{add: [x, prev]}]}\n  - {reuse: a}",
            "a reads 2 layers from outside; what reads one layer can be used again",
        ),
    ],
)
def test_refused(layers: str, message: str) -> None:
    """What cannot be used again is refused in one sentence."""
    assert fault(f"input: 10\nlayers:\n  - {layers}\n") == message


def test_no_flood_by_reuse() -> None:
    """Groups that use each other twice grow by powers of two, and are stopped at the limit in time."""
    layers = ["{id: g0, layers: [relu]}"]
    layers += [f"{{id: g{n}, layers: [{{reuse: g{n - 1}}}, {{reuse: g{n - 1}}}]}}" for n in range(1, 60)]
    start = time.perf_counter()
    assert fault("input: 10\nlayers:\n" + "".join(f"  - {line}\n" for line in layers)).startswith("more than 20,000 layers made")
    assert time.perf_counter() - start < 10


def test_block_with_several_inputs() -> None:
    """In a block that reads several layers, `input1`, `input2`… are those layers in order."""
    text = """
inputs: {a: 3, b: 5}
blocks:
  both: {args: {n: required}, layers: [{from: input2, fc: n}, {concat: [input1, prev]}]}
layers:
  - {from: [a, b], both: 7}
"""
    analysis = archcalc.analyse(archcalc.load(text))
    assert analysis.rows[0].inputs == ((5,),)
    assert analysis.rows[-1].output == (3 + 7,)


def test_word_arguments() -> None:
    """A block's argument may be the word of a layer that follows, or `none`; another word is an unknown name."""
    assert [r.layer.kind for r in net("4x8x8", "inverted_residual 4 t1 act=hardswish")] == [
        *("depthwise", "bn", "hardswish"),
        *("conv", "bn", "add"),
    ]
    assert "relu" not in [r.layer.kind for r in net("4x8x8", "depthwise_separable 8 act=none")]
    assert fault("input: 4x8x8\nlayers:\n  - depthwise_separable 8 act=rellu\n") == "unknown name 'rellu'"


def test_head_of_one_layer_has_the_heads_name() -> None:
    """A head of one layer or block is named by the head; one of several is a group."""
    analysis = net("8x6x6", "{heads: {class: fc 10, box: [fc 16 relu, fc 4], wide: basic 16}}")
    assert analysis.network.output_names() == ["class", "box.fc2", "wide.relu2"]


GPT2 = """
input: 1024
vars: {layers: 12, width: 768}
layers:
  - {id: tokens, embedding: 50257 width}
  - positions 1024
  - repeat: layers
    layers:
      - residual: [layernorm, attention 12 causal]
      - residual: [layernorm, fc 4*width gelu, fc width]
  - layernorm
  - {fc: 50257 nobias, tied: tokens}
"""


def test_a_tied_weight_counts_once() -> None:
    """GPT-2 small as published, 124,439,808 parameters: the table of its tokens is the weight of its last layer."""
    analysis = archcalc.analyse(archcalc.load(GPT2))
    assert analysis.totals.params == 124_439_808
    last = analysis.rows[-1]
    assert (last.params, last.multiplies) == (0, 1024 * 768 * 50257)
    assert line(last, analysis) == "fc 50257 nobias (weight of tokens)"


@pytest.mark.parametrize(
    ("tied", "why"),
    [
        ("{fc: 31 nobias, tied: tokens}", "the weight here is 31×8, that of tokens 30×8"),
        ("{fc: 30, tied: tokns}", "'tokns' names no layer above"),
        ("{relu: , tied: tokens}", "relu is no single layer with a weight"),
        ("{residual: [fc 8], tied: tokens}", "residual is no single layer with a weight"),
        ("{fc: 30, tied: act}", "the weight here is 30×8, that of act none"),
        ("{fc: 30, tied: input}", "'input' names no layer above"),
    ],
)
def test_what_cannot_be_tied_is_refused(tied: str, why: str) -> None:
    """Only the one weight of one layer, and only that of the same sizes."""
    text = f"input: 5\nlayers:\n  - {{id: tokens, embedding: 30 8}}\n  - {{id: act, relu: }}\n  - {tied}\n"
    with pytest.raises(SpecError, match=why):
        archcalc.load(text)


def test_tied_weights_are_one_parameter_in_torch_and_in_every_file() -> None:
    """Built, checked, exported and written: one parameter with two names, and the same figures when it is read back."""
    torch = torch_or_skip()
    from archcalc.pytorch import build, export
    from archcalc.writers.notation import write

    text = """
input: 5
layers:
  - {id: tokens, embedding: 30 8}
  - {id: inner, layers: [{id: up, fc: 8 relu}, {id: down, fc: 8, tied: up}]}
  - {id: again, fc: 8 nobias, tied: inner.down}
  - {fc: 30 nobias, tied: tokens}
"""
    network = archcalc.load(text)
    net = build(network)
    assert net.layer(["fc1"]).weight is net.layer(["tokens"]).weight
    assert net.layer(["again"]).weight is net.layer(["inner", "up"]).weight
    params = archcalc.analyse(network).totals.params
    assert params == sum(p.numel() for p in net.parameters()) == 30 * 8 + 8 * 8 + 8 + 8
    assert archcalc.check(network, device="cpu").ok
    assert archcalc.analyse(archcalc.load(write(network))).totals.params == params
    program = export(network)
    names: dict[str, Any] = {"__name__": "program"}
    exec(program, names)
    made = names["Text"]() if "Text" in names else names[re.findall(r"^class (\w+)", program, re.M)[-1]]()
    assert sum(p.numel() for p in made.parameters()) == params
    made.load_state_dict(net.state_dict())
    x = torch.arange(5)[None]
    assert torch.equal(made.eval()(x), net(x))
    again = archcalc.analyse(from_source(Source("net.py", program, "python")))
    assert (again.totals.params, again.totals.multiplies) == (params, archcalc.analyse(network).totals.multiplies)
