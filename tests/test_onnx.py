"""ONNX: every trap of the format in small files, networks as torch exports them, faults, and mutated files.

The files are made by onnx's own helper; what shapes should be is what onnx's shape inference says, and what a layer should cost
is counted by hand or by torch.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from reference_data import table

import archcalc
from archcalc.analysis import Analysis
from archcalc.cli import cli
from archcalc.notations.onnx.operators import KINDS, REFUSED
from archcalc.notations.onnx.wire import FIELDS
from archcalc.text.faults import SpecError

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'archcalc[onnx]'")
from onnx import TensorProto, helper  # noqa: E402

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def weight(name: str, *shape: int, value: float = 0.5) -> Any:
    """An initialiser of floats."""
    count = 1
    for n in shape:
        count *= n
    return helper.make_tensor(name, FLOAT, shape, [value] * count)


def numbers(name: str, *values: int) -> Any:
    """An initialiser of whole numbers in a row."""
    return helper.make_tensor(name, INT, [len(values)], values)


def node(op: str, inputs: str, outputs: str, **attributes: object) -> Any:
    """A node; its inputs and outputs are words."""
    return helper.make_node(op, inputs.split(), outputs.split(), name=attributes.pop("name", ""), **attributes)


def model(
    nodes: Sequence[Any],
    shape: Sequence[int | str],
    weights: Sequence[Any] = (),
    *,
    opset: int = 20,
    **more: Any,
) -> Any:
    """A model of one input `x` that puts out what its last node does, its shapes worked out by onnx."""
    inputs = [helper.make_tensor_value_info("x", more.pop("dtype", FLOAT), shape)]
    inputs += more.pop("inputs", [])
    outputs = [helper.make_tensor_value_info(nodes[-1].output[0], FLOAT, None)]
    graph = helper.make_graph(list(nodes), "g", inputs, outputs, list(weights), **more)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    return onnx.shape_inference.infer_shapes(made, strict_mode=False)


def read(made: Any, tmp_path: Path, **given: Any) -> Analysis:
    """A model as archcalc reads it from a file."""
    path = tmp_path / "net.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    return archcalc.analyse(archcalc.load(path, **given))


def inferred(made: Any) -> tuple[int, ...]:
    """What onnx says its output's shape is."""
    dims = made.graph.output[0].type.tensor_type.shape.dim
    return tuple(d.dim_value for d in dims)


def agrees(made: Any, tmp_path: Path) -> Analysis:
    """Reads a model, and holds its output against onnx's shape; no shape that onnx worked out is another."""
    analysis = read(made, tmp_path)
    assert (inferred(made)[0], *analysis.rows[-1].output) == inferred(made)
    assert not [note for note in analysis.notes if "as the file states it" in note]
    return analysis


# -- the format ----------------------------------------------------------------------------------------------------------------


def test_the_fields_are_those_of_onnx() -> None:
    """Every message that is read has the fields, numbers and kinds that onnx.proto gives it, and no other."""
    from google.protobuf.descriptor import FieldDescriptor as F

    holds = {F.TYPE_INT64: "int", F.TYPE_INT32: "int", F.TYPE_ENUM: "int", F.TYPE_UINT64: "int", F.TYPE_FLOAT: "float",
             F.TYPE_DOUBLE: "double", F.TYPE_STRING: "text", F.TYPE_BYTES: "bytes"}  # fmt: skip
    nested = {"Tensor": onnx.TypeProto.Tensor, "Dimension": onnx.TensorShapeProto.Dimension}
    for what, fields in FIELDS.items():
        there = nested[what] if what in nested else getattr(onnx, what)
        found = {field.number: (field.name, field) for field in there.DESCRIPTOR.fields}
        # opaque_type is of ONNX-ML's own, which the package may be built without.
        assert {n: f.name for n, f in fields.items() if f.name != "opaque_type"} == {
            n: name for n, (name, _) in found.items() if name != "opaque_type"
        }
        for number, field in fields.items():
            kind = found[number][1] if number in found else None
            if kind is None or field.holds == "bytes":
                assert kind is None or kind.type in (F.TYPE_BYTES, F.TYPE_MESSAGE)
            elif kind.type == F.TYPE_MESSAGE:
                assert field.holds == kind.message_type.name
            else:
                assert field.holds == holds[kind.type]


def test_the_operators_are_those_of_onnx() -> None:
    """Every operator that is read or refused by name is one."""
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history()}
    assert not {*KINDS, *REFUSED} - known


def test_weights_are_not_read(tmp_path: Path) -> None:
    """A file of 400 MB takes no memory to speak of: its pages are stepped over."""
    import resource

    path = tmp_path / "large.onnx"
    made = model([node("Gemm", "x w", "y", transB=1)], [1, 10_000])
    rest = made.graph.SerializeToString()
    # The tensor's bytes are a hole in the file, four for each value.
    tensor = onnx.TensorProto(name="w", data_type=FLOAT, dims=[10_000, 10_000]).SerializeToString()
    size = 4 * 10_000 * 10_000

    def varint(n: int) -> bytes:
        return bytes([n & 0x7F | 0x80]) + varint(n >> 7) if n > 0x7F else bytes([n])

    tensor += b"\x4a" + varint(size)
    head = b"\x2a" + varint(len(tensor) + size) + tensor
    with path.open("wb") as file:
        file.write(b"\x08\x09\x42\x04\x0a\x00\x10\x14\x3a" + varint(len(rest) + len(head) + size) + rest + head)
        file.truncate(file.tell() + size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    analysis = archcalc.analyse(archcalc.load(path))
    assert (analysis.totals.params, analysis.totals.multiplies) == (100_000_000, 100_000_000)
    assert time.perf_counter() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


# -- layers --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"pads": [1, 1, 1, 1]},
        {"pads": [0, 1, 2, 0], "strides": [2, 3]},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [3, 2]},
        {"auto_pad": "VALID", "dilations": [2, 1]},
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "dilations": [2, 2]},
    ],
    ids=str,
)
def test_a_convolution(attributes: dict[str, Any], tmp_path: Path) -> None:
    made = model([node("Conv", "x w b", "y", **attributes)], [1, 4, 11, 12], [weight("w", 6, 4, 3, 3), weight("b", 6)])
    analysis = agrees(made, tmp_path)
    out = inferred(made)
    assert analysis.totals.params == 6 * 4 * 9 + 6
    assert analysis.totals.multiplies == 6 * 4 * 9 * out[2] * out[3]


def test_groups_and_axes(tmp_path: Path) -> None:
    """A depthwise convolution; one and three axes."""
    made = model([node("Conv", "x w", "y", group=4, pads=[1, 1, 1, 1])], [1, 4, 8, 8], [weight("w", 4, 1, 3, 3)])
    assert agrees(made, tmp_path).totals.multiplies == 4 * 9 * 64
    made = model([node("Conv", "x w", "y")], [1, 4, 9], [weight("w", 5, 4, 2)])
    assert agrees(made, tmp_path).totals.multiplies == 5 * 4 * 2 * 8
    made = model([node("Conv", "x w", "y")], [1, 2, 4, 5, 6], [weight("w", 3, 2, 2, 2, 2)])
    assert agrees(made, tmp_path).totals.multiplies == 3 * 2 * 8 * 3 * 4 * 5


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
        {"strides": [3, 2], "output_shape": [10, 8]},
        {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
        {"strides": [2, 2], "pads": [0, 0, 1, 1]},
        {"dilations": [2, 2], "group": 2},
    ],
    ids=str,
)
def test_a_transposed_convolution(attributes: dict[str, Any], tmp_path: Path) -> None:
    made = model(
        [node("ConvTranspose", "x w", "y", **attributes), node("Relu", "y", "z")], [1, 4, 4, 4], [weight("w", 4, 3, 3, 3)]
    )
    analysis = agrees(made, tmp_path)
    assert analysis.totals.params == 4 * 3 * 9
    assert analysis.totals.multiplies == 4 * 16 * 3 * 9  # every input value times its weights


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    "attributes",
    [
        {"kernel_shape": [2, 2], "strides": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1], "ceil_mode": 1},
        {"kernel_shape": [2, 2], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1},
        {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
        {"kernel_shape": [3, 2], "strides": [2, 1], "auto_pad": "SAME_LOWER"},
        {"kernel_shape": [2, 2], "pads": [2, 2, 2, 2]},
    ],
    ids=str,
)
def test_a_pool(op: str, attributes: dict[str, Any], tmp_path: Path) -> None:
    """Rounded up or down, padded unevenly, or by more than half a window."""
    more = {"count_include_pad": 1} if op == "AveragePool" else {}
    agrees(model([node(op, "x", "y", **attributes, **more)], [1, 3, 10, 11], opset=22), tmp_path)


def test_a_linear_layer_in_each_spelling(tmp_path: Path) -> None:
    """Gemm either way round, and MatMul with the Add behind it, are one row with its bias."""
    w, v, b = weight("fc.weight", 10, 6), weight("fc.weight", 6, 10), weight("fc.bias", 10)
    for nodes, held in (
        ([node("Gemm", "x fc.weight fc.bias", "y", transB=1)], w),
        ([node("Gemm", "x fc.weight fc.bias", "y")], v),
        ([node("MatMul", "x fc.weight", "p"), node("Add", "p fc.bias", "y")], v),
        ([node("MatMul", "x fc.weight", "p"), node("Add", "fc.bias p", "y")], v),
        ([node("Transpose", "fc.weight", "t", perm=[1, 0]), node("MatMul", "x t", "p"), node("Add", "p fc.bias", "y")], w),
    ):
        analysis = agrees(model(nodes, [1, 6], [held, b]), tmp_path)
        assert [(row.path, str(row.layer), row.params, row.multiplies) for row in analysis.rows] == [("fc", "fc 10", 70, 60)]


def test_weights_of_a_single_value(tmp_path: Path) -> None:
    """They are weights where a layer has them as such, and numbers elsewhere."""
    held = [weight("fc.weight", 1, 1), weight("fc.bias", 1), weight("half", value=0.5), weight("s", 1), weight("k", 1, 1, 1)]
    nodes = [node("Gemm", "x fc.weight fc.bias", "a", transB=1), node("Mul", "a half", "b"), node("Unsqueeze", "b axis", "c")]
    nodes += [node("BatchNormalization", "c s s s s", "d"), node("Conv", "d k", "y")]
    analysis = agrees(model(nodes, [1, 1], [*held, numbers("axis", 2)]), tmp_path)
    assert [(row.layer.kind, row.params) for row in analysis.rows] == [
        ("fc", 2), ("pointwise", 0), ("reshape", 0), ("bn", 1), ("conv", 1),
    ]  # fmt: skip


def test_a_single_value_is_learned_where_its_name_says_so(tmp_path: Path) -> None:
    """`a.scale1.weight` of one channel is a parameter; a value under a number of its exporter's is a number."""
    for name, params in (("a.scale1.weight", 1), ("rnn1.bias_hh_l0", 1), ("a.scale1.shift", 1), ("onnx::Mul_12", 0), ("a.pi", 0)):
        made = model([node("Mul", f"x {name}", "y")], [1, 4, 3], [weight(name, 1)])
        assert agrees(made, tmp_path).totals.params == params, name


def test_nothing_joined_to_something_is_that(tmp_path: Path) -> None:
    """As exporters write a roll by 0: no values in front of all of them."""
    ends = [numbers("zero", 0), numbers("none", 0), numbers("all", 9), numbers("axis", 2)]
    nodes = [node("Slice", "x zero none axis", "a"), node("Slice", "x zero all axis", "b"), node("Concat", "b a", "y", axis=2)]
    analysis = agrees(model([*nodes, node("Relu", "y", "z")], [1, 4, 6], ends), tmp_path)
    assert [row.layer.kind for row in analysis.rows] == ["relu"]


def test_the_batch_stays_where_it_stands(tmp_path: Path) -> None:
    """Of two axes of 1, as a shuffle in one group has them: the convolution behind reads the batch first."""
    shapes = [numbers("apart", 1, 1, 5, 4, 4), numbers("together", 1, 5, 4, 4)]
    nodes = [node("Reshape", "x apart", "a"), node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]),
             node("Reshape", "b together", "c"), node("Conv", "c w", "y")]  # fmt: skip
    assert agrees(model(nodes, [1, 5, 4, 4], [*shapes, weight("w", 2, 5, 1, 1)]), tmp_path).totals.params == 10


def test_columns_put_back(tmp_path: Path) -> None:
    """A map of 5×6 in windows of 2×3: 4·4 of them, and 4 channels in 24 columns."""
    sizes = [numbers("image", 5, 6), numbers("block", 2, 3)]
    assert agrees(model([node("Col2Im", "x image block", "y")], [1, 24, 16], sizes), tmp_path).rows[-1].output == (4, 5, 6)


def test_a_sum_that_is_read_twice_is_no_bias(tmp_path: Path) -> None:
    """The product is needed without what is added to it."""
    nodes = [node("MatMul", "x w", "p"), node("Add", "p b", "q"), node("Mul", "p q", "y")]
    analysis = agrees(model(nodes, [1, 6], [weight("w", 6, 10), weight("b", 10)]), tmp_path)
    assert [row.layer.kind for row in analysis.rows] == ["fc", "learned", "add", "mul"]
    assert analysis.totals.params == 70


def test_batch_normalisation(tmp_path: Path) -> None:
    """Scale and shift are learned; the two statistics are stored."""
    held = [weight(f"bn.{name}", 4) for name in ("weight", "bias", "running_mean", "running_var")]
    made = model([node("BatchNormalization", "x bn.weight bn.bias bn.running_mean bn.running_var", "y")], [2, 4, 5, 5], held)
    analysis = agrees(made, tmp_path)
    assert (analysis.rows[0].path, analysis.totals.params) == ("bn", 8)
    assert sum(w.count for w in analysis.rows[0].weights) == 16


@pytest.mark.parametrize("op", ["LayerNormalization", "RMSNormalization"])
def test_layer_normalisation(op: str, tmp_path: Path) -> None:
    shift = "" if op == "RMSNormalization" else " b"
    made = model([node(op, f"x w{shift}", "y", axis=-2)], [1, 5, 6, 7], [weight("w", 6, 7), weight("b", 6, 7)], opset=23)
    assert agrees(made, tmp_path).totals.params == 42 * (1 if op == "RMSNormalization" else 2)


def test_group_and_instance_normalisation(tmp_path: Path) -> None:
    """A scale of ones and a shift of zeros, which exporters write for GroupNorm, is none; a learned one is counted."""
    nodes = [node("GroupNormalization", "x w b", "y", num_groups=2)]
    assert read(model(nodes, [1, 4, 5, 5], [weight("w", 4), weight("b", 4)], opset=21), tmp_path).totals.params == 8
    made = model([node("InstanceNormalization", "x w b", "y")], [1, 4, 5, 5], [weight("w", 4), weight("b", 4)])
    assert agrees(made, tmp_path).totals.params == 8
    made = model([node("InstanceNormalization", "x w b", "y")], [1, 4, 5, 5], [weight("w", 4, value=1), weight("b", 4, value=0)])
    analysis = agrees(made, tmp_path)
    assert analysis.totals.params == 0
    assert "instancenormalization: its scale is 1 and its shift 0 throughout, so that they are taken for none" in analysis.notes
    # Under the names of parameters they are learned, as a network that was just initialised has them.
    fresh = [weight("in1.weight", 4, value=1.0), weight("in1.bias", 4, value=0.0)]
    made = model([node("InstanceNormalization", "x in1.weight in1.bias", "y")], [1, 4, 5, 5], fresh)
    assert agrees(made, tmp_path).totals.params == 8


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_a_recurrent_layer(op: str, gates: int, direction: str, tmp_path: Path) -> None:
    """T × batch × F: the batch is the second axis, and torch's own cells say what is multiplied."""
    ways = 2 if direction == "bidirectional" else 1
    held = [weight("w", ways, gates * 5, 3), weight("r", ways, gates * 5, 5), weight("b", ways, 2 * gates * 5)]
    more = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes = [node(op, "x w r b", "y last", hidden_size=5, direction=direction, **more)]
    nodes += [node("Transpose", "y", "t", perm=[0, 2, 1, 3]), node("Reshape", "t shape", "z")]
    analysis = read(model(nodes, [7, 1, 3], [*held, numbers("shape", 0, 0, -1)]), tmp_path)
    assert "x is 7×1×3 in the file: its second axis is the batch, and is left out here" in analysis.notes
    assert not [note for note in analysis.notes if "as the file states it" in note]
    assert [row.layer.kind for row in analysis.rows] == [op.lower()]  # what turns and parts the states moves nothing
    assert analysis.rows[0].output == (7, 5 * ways)
    assert analysis.totals.params == ways * gates * 5 * (3 + 5 + 2)
    assert analysis.totals.multiplies == ways * gates * 5 * (3 + 5) * 7


def test_attention_written_out(tmp_path: Path) -> None:
    """Heads are an axis of their own: 3 of 4 features, 5 steps; the projections run on sequences."""
    nodes = [node("MatMul", f"x w{n}", f"{n}") for n in "qkv"]
    for n, perm in zip("qkv", ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True):
        nodes += [node("Reshape", f"{n} apart", f"{n}4"), node("Transpose", f"{n}4", f"{n}t", perm=perm)]
    nodes += [node("MatMul", "qt kt", "s"), node("Div", "s two", "d"), node("Softmax", "d", "p"), node("MatMul", "p vt", "o")]
    nodes += [node("Transpose", "o", "ot", perm=[0, 2, 1, 3]), node("Reshape", "ot together", "y")]
    held = [*(weight(f"w{n}", 12, 12) for n in "qkv"), weight("two", value=2.0)]
    held += [numbers("apart", 0, 0, 3, 4), numbers("together", 0, 0, -1)]
    analysis = agrees(model(nodes, [1, 5, 12], held), tmp_path)
    assert analysis.totals.params == 3 * 144
    assert analysis.totals.multiplies == 3 * 5 * 144 + 2 * 3 * 5 * 5 * 4
    assert analysis.rows[-1].output == (5, 12)


def test_attention_as_an_operator(tmp_path: Path) -> None:
    nodes = [node("Attention", "x x x", "y", q_num_heads=3, kv_num_heads=3)]
    analysis = read(model(nodes, [1, 5, 12], opset=23), tmp_path)
    assert analysis.totals.multiplies == 2 * 3 * 5 * 5 * 4
    assert analysis.rows[-1].output == (5, 12)


def test_an_embedding(tmp_path: Path) -> None:
    """Rows of a table by the numbers that come in."""
    made = model([node("Gather", "emb.weight x", "y")], [1, 9], [weight("emb.weight", 100, 8)], dtype=INT)
    analysis = agrees(made, tmp_path)
    assert [(row.path, str(row.layer)) for row in analysis.rows] == [("emb", "embedding 100 8")]


def test_weights_that_are_shared_count_once(tmp_path: Path) -> None:
    """An output layer that uses the table of an embedding, as in GPT-2."""
    nodes = [node("Gather", "e.weight x", "h"), node("Transpose", "e.weight", "t"), node("MatMul", "h t", "y")]
    analysis = agrees(model(nodes, [1, 9], [weight("e.weight", 100, 8)], dtype=INT), tmp_path)
    assert (analysis.totals.params, analysis.totals.multiplies) == (800, 9 * 800)
    assert "read by several nodes, and counted once: e.weight" in analysis.notes


def test_functions_of_each_value(tmp_path: Path) -> None:
    """Clips and the older spellings of activations are our layers."""
    lines = []
    for op, more, held in (
        ("Clip", "low high", (0.0, 6.0)), ("Clip", "low high", (-1.0, 2.0)), ("HardSwish", "", ()), ("HardSigmoid", "", ()),
        ("Gelu", "", ()), ("LeakyRelu", "", ()), ("Erf", "", ()), ("Softplus", "", ()), ("Mish", "", ()), ("Pow", "low", (2.0,)),
    ):  # fmt: skip
        tensors = [weight(n, value=v) for n, v in zip(("low", "high"), held, strict=False)]
        lines.append(str(agrees(model([node(op, f"x {more}", "y")], [1, 3, 4], tensors), tmp_path).rows[0].layer))
    assert lines == [
        "relu6", "hardtanh -1 2", "hardswish", "hardsigmoid", "gelu", "leakyrelu 0.01", "pointwise erf", "softplus",
        "mish", "pointwise square",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "held", "layer"),
    [
        ([node("Resize", "x  sizes", "y")], [], None),
        ([node("DepthToSpace", "x", "y", blocksize=2)], [], "pixelshuffle 2"),
        ([node("SpaceToDepth", "x", "y", blocksize=2)], [], "pixelunshuffle 2"),
        ([node("GlobalAveragePool", "x", "y")], [], "adaptiveavgpool 1"),
        ([node("ReduceMean", "x axes", "y", keepdims=0)], [numbers("axes", 2, 3)], "reduce mean 2x3"),
        ([node("LRN", "x", "y", size=5)], [], "lrn 5"),
        ([node("PRelu", "x s", "y")], [weight("s", 4, 1, 1)], "prelu 4"),
        ([node("Softmax", "x", "y", axis=1)], [], "softmax"),
    ],
    ids=str,
)
def test_other_layers(nodes: list[Any], held: list[Any], layer: str | None, tmp_path: Path) -> None:
    if layer is None:
        made = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="linear")
        nodes, held, layer = [made], [numbers("sizes", 1, 4, 12, 16)], "upsample size=12x16 mode=bilinear"
    analysis = agrees(model(nodes, [1, 4, 6, 8], held), tmp_path)
    assert str(analysis.rows[-1].layer) == layer


def light(name: str) -> Analysis:
    """A network of the model zoo as onnx brings it for its tests: by other exporters, of opset 9, its weights made by nodes."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    return archcalc.analyse(archcalc.load(folder / f"light_{name}.onnx"))


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "densenet121"])
def test_networks_of_other_exporters(name: str) -> None:
    """Multiplications are those of torchvision's networks of the same names; weights that are no tensors do not count."""
    row = next(row for row in table("torchvision.csv") if row["network"] == name)
    analysis = light(name)
    assert analysis.totals.multiplies == int(row["multiplies"])
    assert [
        note
        for note in analysis.notes
        if note.endswith("are no tensors of the file but computed, or given: they are not counted")
    ]


# -- shapes that are worked out, and the batch ---------------------------------------------------------------------------------


def test_shapes_that_a_graph_works_out(tmp_path: Path) -> None:
    """Shape, Gather, Concat, Reshape: a flatten as older exporters wrote it, for a batch whose size is not in the file."""
    nodes = [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n"),
        node("Unsqueeze", "n axis", "u"),
        node("Concat", "u rest", "t", axis=0),
    ]
    nodes += [node("Reshape", "x t", "f"), node("Gemm", "f w", "y", transB=1)]
    zero = helper.make_tensor("zero", INT, [], [0])
    held = [zero, numbers("axis", 0), numbers("rest", -1), weight("w", 10, 48)]
    analysis = read(model(nodes, ["n", 3, 4, 4], held), tmp_path)
    assert [str(row.layer) for row in analysis.rows] == ["flatten", "fc 10 nobias"]
    assert "x is n×3×4×4 in the file: its first axis is the batch, and is left out here" in analysis.notes


@pytest.mark.parametrize("n", [1, 4])
def test_windows_folded_into_the_batch(n: int, tmp_path: Path) -> None:
    """As in Swin: 4 windows of 4 places for each input, whatever the batch is; 4·4·6·6 products for one."""
    nodes = [node("Reshape", "x a", "1"), node("Transpose", "1", "2", perm=[0, 1, 3, 2, 4, 5]), node("Reshape", "2 b", "3")]
    nodes += [node("MatMul", "3 w", "4"), node("Reshape", "4 a", "5"), node("Transpose", "5", "6", perm=[0, 1, 3, 2, 4, 5])]
    nodes += [node("Reshape", "6 c", "7"), node("Add", "7 x", "y")]
    held = [numbers("a", n, 2, 2, 2, 2, 6), numbers("b", 4 * n, 4, 6), numbers("c", n, 4, 4, 6), weight("w", 6, 6)]
    analysis = read(model(nodes, [n, 4, 4, 6], held), tmp_path)
    linear = next(row for row in analysis.rows if row.layer.kind == "fc")
    assert (linear.output, linear.node.times, linear.multiplies) == ((4, 6), 4, 4 * 4 * 36)
    assert analysis.rows[-1].output == (4, 4, 6)
    assert not [note for note in analysis.notes if "as the file states it" in note]


def test_the_batch_may_stand_second(tmp_path: Path) -> None:
    """Heads are folded into it, as torch's multi-head attention does with sequences first."""
    nodes = [
        node("Transpose", "x", "t", perm=[1, 0, 2]),
        node("Reshape", "t a", "h"),
        node("Transpose", "h", "q", perm=[1, 0, 2]),
    ]
    nodes += [node("Transpose", "q", "k", perm=[0, 2, 1]), node("MatMul", "q k", "s"), node("Softmax", "s", "y")]
    analysis = read(model(nodes, [1, 5, 12], [numbers("a", 5, 3, 4)]), tmp_path)
    product = next(row for row in analysis.rows if row.layer.kind == "matmul")
    assert (product.output, product.node.times, product.multiplies) == ((5, 5), 3, 3 * 5 * 5 * 4)


def test_no_axis_is_the_batch(tmp_path: Path) -> None:
    """`--set batch=none`: what brings the inputs of a batch together is a fault, and a network without a batch is not."""
    made = model([node("ReduceSum", "x axes", "y")], [6, 3], [numbers("axes", 0)])
    with pytest.raises(SpecError) as caught:
        read(made, tmp_path)
    assert "brings the inputs of a batch together" in str(caught.value)
    assert "--set batch=none" in str(caught.value)
    assert read(made, tmp_path, variables={"batch": "none"}).rows[0].output == (1, 3)


def test_sizes_that_are_not_in_the_file(tmp_path: Path) -> None:
    """They are asked for, and what is typed is read."""
    made = model([node("Conv", "x w", "y")], ["n", 3, "height", "width"], [weight("w", 4, 3, 3, 3)])
    with pytest.raises(SpecError) as caught:
        read(made, tmp_path)
    assert caught.value.faults[0].tries == ["--input 3x224x224"]
    assert read(made, tmp_path, input="3x32x30").rows[0].output == (4, 30, 28)


def test_functions_in_the_file(tmp_path: Path) -> None:
    """They are read as often as they are called, each with its own weights and attributes."""
    inside = [helper.make_node("Gemm", ["a", "w"], ["p"], transB=1), helper.make_node("LeakyRelu", ["p"], ["out"])]
    inside[1].attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    function = helper.make_function("mine", "layer", ["a", "w"], ["out"], inside, [helper.make_opsetid("", 20)], ["slope"])
    nodes = [helper.make_node("layer", ["x", "w1"], ["h"], domain="mine", slope=0.5, name="one")]
    nodes += [helper.make_node("layer", ["h", "w2"], ["y"], domain="mine", slope=0.25, name="two")]
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("mine", 1)]
    image, out = helper.make_tensor_value_info("x", FLOAT, [1, 6]), helper.make_tensor_value_info("y", FLOAT, [1, 4])
    graph = helper.make_graph(nodes, "g", [image], [out], [weight("w1", 8, 6), weight("w2", 4, 8)])
    made = helper.make_model(graph, opset_imports=opsets, functions=[function])
    analysis = read(made, tmp_path)
    assert [(row.path, str(row.layer)) for row in analysis.rows] == [
        ("one.gemm", "fc 8 nobias"), ("one.leakyrelu", "leakyrelu 0.5"),
        ("two.gemm", "fc 4 nobias"), ("two.leakyrelu", "leakyrelu 0.25"),
    ]  # fmt: skip


def test_a_shape_that_the_file_states_wrong(tmp_path: Path) -> None:
    """Both are named, at the node."""
    made = model([node("Relu", "x", "h"), node("Relu", "h", "y")], [1, 3, 4])
    made.graph.value_info[0].type.tensor_type.shape.dim[2].dim_value = 5
    note = next(note for note in read(made, tmp_path).notes if "as the file states it" in note)
    assert note.endswith("node 1: h is 1×3×4 here, and 1×3×5 as the file states it")


# -- faults --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("QLinearConv", "x", "y")], "node 1: QLinearConv is a quantized network"),
        ([node("Loop", "x", "y")], "node 1: Loop is control flow"),
        ([node("NonZero", "x", "y")], "node 1: NonZero is how many values go out"),
        ([node("Relu", "x", "h"), node("Nothing", "h", "y")], "node 2: the operator Nothing is not known here"),
        ([node("Relu", "nowhere", "y")], "node 1: no node before this one puts out 'nowhere'"),
        ([node("Relu", "x", "y", slope=1.0)], "node 1: Relu has no attribute slope that is known here"),
        ([node("MaxPool", "x", "y")], "node 1: MaxPool needs a kernel_shape"),
        ([node("Conv", "x w", "y", pads=[1])], "node 1: pads of Conv are [1]"),
        ([node("Reshape", "x x", "y")], "node 1: the shape of Reshape is computed from values that no file holds"),
        ([node("Flatten", "x", "y", axis=7)], "node 1: there is no axis 7"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_what_is_refused(nodes: list[Any], message: str, tmp_path: Path) -> None:
    """By name and place, with what to do."""
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", FLOAT, [1, 3, 8, 8])], [helper.make_tensor_value_info("y", FLOAT, None)],
        [weight("w", 4, 3, 3, 3)],
    )  # fmt: skip
    with pytest.raises(SpecError) as caught:
        read(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), tmp_path)
    assert message in str(caught.value)
    assert all(fault.repairs for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("nodes", "value", "message"),
    [
        ([node("Reshape", "x v", "y")], [float("nan")], "node 1: the shape of Reshape are whole numbers"),
        ([node("Reshape", "x v", "y")], [float("inf")], "node 1: the shape of Reshape are whole numbers"),
        ([node("Range", "z s o", "r"), node("Relu", "x", "y")], [float("inf")], "node 1: a range without end"),
        ([node("Range", "z s o", "r"), node("Relu", "x", "y")], [float("nan")], "node 1: a range without end"),
        ([node("Split", "x", "", axis=1), node("Relu", "x", "y")], [0.0], "node 1: Split puts nothing out"),
        ([node("Gather", "x i", "y", axis=1)], [0.0], "node 1: 1×0×4 is empty"),
    ],
)  # fmt: skip
def test_numbers_without_a_meaning_are_refused(nodes: list[Any], value: list[float], message: str, tmp_path: Path) -> None:
    """Where a number of the file is none, or there is none: at its node."""
    held = [helper.make_tensor(name, FLOAT, [], [v]) for name, v in (("z", 0.0), ("o", 1.0), ("s", value[0]))]
    held += [helper.make_tensor("v", FLOAT, [1], value), helper.make_tensor("i", TensorProto.INT64, [0], [])]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, [1, 3, 4])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        held,
    )
    with pytest.raises(SpecError) as caught:
        read(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), tmp_path)
    assert message in str(caught.value)


def test_a_slope_for_a_single_value(tmp_path: Path) -> None:
    """A batch of single values has no channels to have slopes."""
    with pytest.raises(SpecError, match="a single value arrives"):
        read(model([node("PRelu", "x w", "y")], [1], [weight("w", 1)]), tmp_path)


def test_a_softmax_of_older_files_is_over_all_axes_from_one_on(tmp_path: Path) -> None:
    """Also where the first of them has the size 1: twelve values are one sum of eleven additions."""
    made = model([node("Softmax", "x", "y", axis=1)], [1, 1, 3, 4], opset=11)
    assert sum(row.operations.additions for row in read(made, tmp_path).rows) == 3 * 4 - 1


def test_a_remainder_that_is_worked_out_has_the_sign_that_is_asked_for(tmp_path: Path) -> None:
    """fmod as C: −7 by 6 leaves −1, the rest of a shape; otherwise as Python: 5."""
    held = [numbers("a", -7), numbers("b", 6)]
    nodes = [node("Mod", "a b", "m", fmod=1), node("Reshape", "x m", "y")]
    assert read(model(nodes, [1, 12], held), tmp_path).rows[-1].node.layer.kind in ("move", "reshape", "flatten")


def test_a_fault_points_at_its_node(tmp_path: Path) -> None:
    """The node is quoted as ONNX's own text writes one, and what is wrong in it is underlined."""
    path = tmp_path / "net.onnx"
    made = model([node("Relu", "x", "h"), node("Conv", "h w", "y", group=3)], [1, 3, 8, 8], [weight("w", 4, 3, 3, 3)])
    path.write_bytes(made.SerializeToString())
    result = CliRunner().invoke(cli, ["params", str(path)])
    assert result.exit_code == 2
    assert result.output.split("\n")[-5:-1] == [
        f"{path}:node 2: 3 groups do not divide 4 channels",
        "  2 | y = Conv <group = 3> (h, w)",
        "    |           ^^^^^",
        "  try: the file as it was exported",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"),
        (b"\x08\x07", "no graph stands in it"),
        (b"\x08\x07\x3a\x7f", "a ModelProto that ends before its last field, at byte 2"),
        (b"layers: [fc 10]\n", "not a whole file of ONNX"),
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a number of more than ten bytes"),
    ],
)
def test_what_is_no_file_of_onnx(data: bytes, message: str, tmp_path: Path) -> None:
    """One fault, with advice."""
    with pytest.raises(SpecError) as caught:
        read(data, tmp_path)
    assert [message in fault.message for fault in caught.value.faults] == [True]


def test_a_pipe_and_a_file_without_its_ending(tmp_path: Path) -> None:
    """The first byte says what it is."""
    data = model([node("Relu", "x", "y")], [1, 3]).SerializeToString()
    result = CliRunner().invoke(cli, ["params", "-"], input=data)
    assert (result.exit_code, "relu" in result.output) == (0, True)
    (tmp_path / "net.bin").write_bytes(data)
    assert archcalc.analyse(archcalc.load(tmp_path / "net.bin")).rows[0].output == (3,)


def mutations() -> list[bytes]:
    """Files of a network with a little of everything."""
    nodes = [node("Conv", "x w", "c", pads=[1, 1, 1, 1], name="conv"), node("BatchNormalization", "c s b m v", "n")]
    nodes += [node("Relu", "n", "r"), node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]), node("Flatten", "p", "f")]
    nodes += [node("MatMul", "f fc", "g"), node("Add", "g bias", "l"), node("Softmax", "l", "y")]
    held = [weight("w", 4, 3, 3, 3), *(weight(n, 4) for n in "sbmv"), weight("fc", 64, 5), weight("bias", 5)]
    first = model(nodes, [1, 3, 8, 8], held).SerializeToString()
    nodes = [
        node("Shape", "x", "d"),
        node("Gather", "d zero", "n"),
        node("Concat", "n rest", "t", axis=0),
        node("Reshape", "x t", "q"),
    ]
    nodes += [node("Split", "q sizes", "a b", axis=1), node("Transpose", "b", "k", perm=[0, 2, 1]), node("MatMul", "a k", "y")]
    second = model(nodes, ["n", 48], [numbers("zero", 0), numbers("rest", 6, 8), numbers("sizes", 3, 3)]).SerializeToString()
    return [first, second]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file with some bytes changed, cut out, repeated or put in."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(made))
        how = rng.randrange(4)
        if how == 0:
            made[at] = rng.randrange(256)
        elif how == 1:
            del made[at : at + rng.randint(1, 20)]
        elif how == 2:
            made[at:at] = made[at : at + rng.randint(1, 60)]
        else:
            made[at] ^= 1 << rng.randrange(8)
        if not made:
            made = bytearray(b"\x08")
    return bytes(made)


def test_mutated_files(tmp_path: Path) -> None:
    """None breaks the reader or takes long; `python tests/test_onnx.py 20000` changes as many."""
    run_mutations(300, tmp_path)


def restructured(data: bytes, rng: random.Random) -> bytes:
    """The file with nodes, attributes, sizes or values that are others, left out, repeated or in another order."""
    made = onnx.load_from_string(data)
    graph = made.graph
    for _ in range(rng.randint(1, 4)):
        one = rng.choice(graph.node)
        how = rng.randrange(8)
        if how == 0:
            one.op_type = rng.choice(sorted({*KINDS, *REFUSED}))
        elif how == 1 and one.input:
            one.input[rng.randrange(len(one.input))] = rng.choice([*(n.output[0] for n in graph.node), "x", "w", "rest", ""])
        elif how == 2 and one.attribute:
            attribute = rng.choice(one.attribute)
            attribute.ints[:] = [rng.choice([-1, 0, 1, 3, 2**31, -(2**63)]) for _ in range(rng.randrange(5))]
            attribute.i = rng.choice([-2, 0, 1, 7, 2**62])
        elif how == 3:
            graph.initializer[rng.randrange(len(graph.initializer))].dims[:] = [rng.choice([0, 1, 2, 4, 2**40]) for _ in range(3)]
        elif how == 4:
            del graph.node[rng.randrange(len(graph.node))]
        elif how == 5:
            graph.node.append(one)
        elif how == 6:
            for dim in graph.input[0].type.tensor_type.shape.dim:
                dim.dim_value = rng.choice([0, 1, 2, 8, 31, 10**6, -3])
        else:
            tensor = rng.choice(graph.initializer)
            tensor.int64_data[:] = [rng.choice([-1, 0, 1, 5, 2**40]) for _ in tensor.int64_data]
        if not graph.node:
            break
    return bytes(made.SerializeToString())


def run_mutations(count: int, folder: Path) -> None:
    rng, files = random.Random(11), mutations()
    for number in range(count):
        data = (mutated if number % 4 < 2 else restructured)(files[number % 2], rng)
        path = folder / "mutated.onnx"
        path.write_bytes(data)
        start = time.perf_counter()
        with contextlib.suppress(SpecError):
            archcalc.analyse(archcalc.load(path))
        assert time.perf_counter() - start < 2, data


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        run_mutations(int(sys.argv[1]), Path(made))
