"""A network as an ONNX file: built in torch, written by torch's own exporter, with weights as torch initialises them."""

from __future__ import annotations

import logging
import warnings
from io import BytesIO
from itertools import count
from keyword import iskeyword
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.analysis import analyse
from archcalc.pytorch import require_torch
from archcalc.text.faults import Fault, SpecError

if TYPE_CHECKING:
    from archcalc.network.nodes import Network
    from archcalc.pytorch.module import Net

MOST_PARAMETERS = 500_000_000  # of 4 bytes: a file of ONNX holds less than 2 GB


def write(network: Network) -> bytes:
    """The file, for a batch of one. Raises SpecError without torch, onnx and onnxscript, and for what torch cannot write."""
    analysis = analyse(network)
    if analysis.totals.params > MOST_PARAMETERS:
        message = f"{analysis.totals.params:,} parameters: a file of ONNX holds up to {MOST_PARAMETERS:,}"
        raise SpecError([Fault(message, repairs=["--to torch"])])
    faults = [
        Fault(f"torch's exporter makes of {row.path} ({row.layer}) {other}", row.node.span, repairs=["--to torch"])
        for row in analysis.rows
        if (other := row.layer.misexported)
    ]
    if faults:
        raise SpecError(faults)
    torch = require_torch()
    try:
        import onnx  # noqa: F401 what torch writes with
        import onnxscript  # noqa: F401
    except ImportError:
        install = "pip install 'archcalc[onnx]'"
        raise SpecError([Fault("--to onnx needs onnx and onnxscript beside torch", repairs=[install])]) from None
    from archcalc.pytorch.module import build
    from archcalc.pytorch.run import example_inputs, refuse_beyond_memory

    # The weights stand in the module, in the file and in its bytes; of the values none but the inputs are made.
    values = sum(map(prod, network.inputs.values())) + 3 * analysis.totals.params
    refuse_beyond_memory(4 * values, "cpu", "writing this network as ONNX", ["--to torch"])
    module = build(network)
    _rename_keywords(module)
    inputs = tuple(example_inputs(network, 1, "cpu", torch.float32))
    outputs = [name.replace(".", "_") for name in network.output_names()]
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module, inputs, input_names=list(network.inputs), output_names=outputs, dynamo=True, verbose=False, optimize=False
            )
            _drop_made_biases(program)
            file = BytesIO()
            program.save(file)
    except Exception as error:
        cause = _first_cause(error)
        reason = str(cause).strip().split("\n")[0][:200]
        message = f"torch's exporter does not write this network: {type(cause).__name__}: {reason}"
        raise SpecError([Fault(message, repairs=["--to torch"])]) from None
    finally:
        logging.disable(level)
    return file.getvalue()


def _rename_keywords(net: Net) -> None:
    """Gives a module called `class` or `in` the name `class_`: torch's exporter writes names down as a program of Python."""
    parts = {part for path, _ in net.steps for part in path}
    names = {p: next(name for n in count(1) if (name := p + n * "_") not in parts) for p in parts if iskeyword(p)}
    if names:
        net.steps = [([names.get(part, part) for part in path], read) for path, read in net.steps]
        for module in list(net.modules()):
            module._modules = {names.get(name, name): inner for name, inner in module._modules.items()}


def _drop_made_biases(program: Any) -> None:
    """Leaves a convolution without bias without one: the exporter makes zeros, for three axes of a wrong shape."""
    for node in program.model.graph:
        if (
            node.op_type == "Conv"
            and len(node.inputs) > 2
            and node.inputs[2] is not None
            and node.inputs[2].producer() is not None
        ):
            node.replace_input_with(2, None)


def _first_cause(error: BaseException) -> BaseException:
    """What an error came from in the first place: the exporter wraps what went wrong in advice of its own."""
    while (before := error.__cause__ or error.__context__) is not None:
        error = before
    return error
