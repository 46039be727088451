"""Random networks written in every notation that is written, and read back: the same network, or the run says so.

    python -m tests.round_trips --to yaml --count 10000 --seed 101

A net is drawn by tests/random_nets.py. `yaml` must be read back with the same rows; `keras` is built by Keras, whose own
parameters and output shapes must be ours, and its JSON is read back; `torch` is read back as PyTorch source, `onnx` as the file
that torch's exporter writes. What a system has no word for is refused, and counted.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections import Counter
from functools import cache
from math import prod
from typing import Any

import archcalc
from archcalc.loading import from_source, load
from archcalc.network.nodes import Network
from archcalc.text.files import held
from archcalc.text.source import Source
from archcalc.writers import write

if __package__:
    from tests.random_nets import written_net
else:
    from random_nets import written_net

Figures = tuple[str, tuple[int, ...], int, int, int, tuple[int, ...]]


class Different(Exception):
    """What was read back is another network."""


def figures(network: Network, named: bool = True) -> list[Figures]:
    """What the tables show of every row, and what it reads."""
    return [
        (r.path if named else "", r.output, r.params, r.params_without_bias, r.multiplies, r.node.inputs)
        for r in archcalc.analyse(network).rows
    ]


def sums(network: Network) -> tuple[int, int]:
    """Parameters and multiplications, which do not depend on how a text takes a layer apart."""
    totals = archcalc.analyse(network).totals
    return totals.params, totals.multiplies


def outputs(network: Network) -> list[tuple[int, ...]]:
    """The shapes that come out."""
    analysis = archcalc.analyse(network)
    given = [*network.inputs.values()]
    return [analysis.rows[i].output if i >= 0 else given[-1 - i] for i in network.outputs]


def text_of(network: Network, target: str) -> str:
    """The text that a target has of a network. Raises SpecError where it has no word for it."""
    text = write(network, target)
    assert isinstance(text, str)
    return text


def through_yaml(network: Network) -> str:
    """Writes and reads back our own notation. Raises Different."""
    again = load(text_of(network, "yaml"))
    if figures(again, named=False) != figures(network, named=False) or again.outputs != network.outputs:
        raise Different("rows")
    return "equal, names too" if figures(again) == figures(network) else "equal"


def keras_model(text: str) -> Any:
    """The model that written Keras code builds."""
    names: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, "written.py", "exec"), names)
    return names["build"]()


def through_keras(network: Network) -> str:
    """Builds what is written for Keras, and reads its JSON back. Raises Different."""
    analysis = archcalc.analyse(network)
    model = keras_model(text_of(network, "keras"))
    if sum(prod(w.shape) for w in model.trainable_weights) != analysis.totals.params:
        raise Different("parameters")
    given = model.output_shape if isinstance(model.output_shape, list) else [model.output_shape]
    for theirs, i in zip(given, network.outputs, strict=True):
        shape = analysis.rows[i].output
        if tuple(theirs[1:]) not in (shape, (*shape[1:], shape[0])):
            raise Different(f"output {theirs}")
    try:
        again = from_source(Source("model.json", model.to_json()))
    except archcalc.SpecError:
        return "equal in Keras"  # its JSON has a layer that only Keras's operations make
    if sums(again) != sums(network):
        raise Different("JSON")
    return "equal in Keras, and its JSON here"


def through_torch(network: Network) -> str:
    """Writes Python for torch and reads it as PyTorch source. Raises Different."""
    text = text_of(network, "torch")
    try:
        again = load(text)
    except archcalc.SpecError as error:
        return f"not read: {error.faults[0].message[:60]}"
    if sums(again) != sums(network):
        raise Different("sums")
    return "equal"


def through_keras_source(network: Network) -> str:
    """Writes Python for Keras and reads it as Keras source, without Keras. Raises Different."""
    text = text_of(network, "keras")
    try:
        again = load(text)
    except archcalc.SpecError as error:
        return f"not read: {error.faults[0].message[:60]}"
    if sums(again) != sums(network):
        raise Different(f"sums {sums(network)}, {sums(again)}")
    for theirs, ours in zip(outputs(again), outputs(network), strict=True):
        if theirs not in (ours, (*ours[1:], *ours[:1]), (*ours[-1:], *ours[:-1])):  # channels first, and last
            raise Different(f"output {theirs}, {ours}")
    return "equal"


def through_onnx(network: Network) -> str:
    """Has torch's exporter write the network, and reads the file back. Raises Different.

    A file does not say which tensors are learned: what a module of torch keeps beside its parameters and computes with is counted
    as well. The statistics of a batch normalisation are known for what they are.
    """
    try:
        data = write(network, "onnx")
    except archcalc.SpecError as error:
        return f"not written: {error.faults[0].message.partition('network: ')[2][:60]}"
    assert isinstance(data, bytes)
    try:
        again = from_source(held("model.onnx", data, "onnx"))
    except archcalc.SpecError as error:
        return f"not read: {error.faults[0].message[:60]}"
    from archcalc.pytorch import build

    buffers = [b for name, b in build(network, device="meta").named_buffers() if not name.endswith(("_mean", "_var"))]
    kept = sum(b.numel() for b in buffers if b.is_floating_point())
    single = sum(b.numel() == 1 for b in buffers if b.is_floating_point())  # which a file may hold for a number
    params, multiplies = sums(network)
    if sums(again) not in [(params + kept - n, multiplies) for n in range(single + 1)]:
        raise Different(f"sums {sums(network)}, {sums(again)}")
    theirs, ours = ([shape or (1,) for shape in outputs(net)] for net in (again, network))  # a single value is one of a row
    if theirs != ours:
        raise Different(f"outputs {ours}, {theirs}")
    return "equal, with what is kept beside parameters" if kept else "equal"


def one_registry() -> None:
    """Lets torch's exporter read its table of operators once, which it otherwise does for every file: half of its time."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    made = cache(ONNXRegistry.from_torchlib)
    ONNXRegistry.from_torchlib = staticmethod(made)  # type: ignore[method-assign, assignment]


THROUGH = {
    "yaml": through_yaml,
    "keras": through_keras,
    "keras-source": through_keras_source,
    "torch": through_torch,
    "onnx": through_onnx,
}


def main() -> int:
    """Runs the nets and prints the tally; 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", choices=THROUGH, default="yaml")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first net")
    asked = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    warnings.simplefilter("ignore")
    if asked.to == "onnx":
        one_registry()
    tally: Counter[str] = Counter()
    start = time.process_time()
    for number in range(asked.first, asked.first + asked.count):
        try:
            network = load(written_net(asked.seed, number))
            archcalc.analyse(network)
        except archcalc.SpecError:
            tally["no network"] += 1
            continue
        try:
            tally[THROUGH[asked.to](network)] += 1
        except archcalc.SpecError:
            tally["refused"] += 1
        except Exception as error:
            tally["DIFFERENT"] += 1
            print(f"--- net {number}: {type(error).__name__}: {error}", flush=True)
    print(f"{asked.to}, seed {asked.seed}, {asked.count:,} nets, {time.process_time() - start:.0f} s of CPU")
    for what, count in tally.most_common():
        print(f"{count:>8,}  {what}")
    return 1 if tally["DIFFERENT"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
