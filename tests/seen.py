"""Which positions of an input a position of a layer's output depends on: by torch's gradients, and by the readings of layers.

    python -m tests.seen --count 10000 --seed 3

holds both against each other, and the receptive fields of the columns against the first, on random nets.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

import archcalc
from archcalc.analysis import Analysis, Row
from archcalc.figures.field import SCATTERED, Key, fields, positions
from archcalc.layers.activation import Activation, Softmax
from archcalc.network.nodes import Network
from archcalc.pytorch import build

Sets = tuple[frozenset[int], ...]


# -- by gradients ------------------------------------------------------------------------------------------------------


class Sums(nn.Module):
    """Each value and the sum of all along some axes: what a softmax or a normalisation looks at, without what might cancel."""

    def __init__(self, axes: list[int], groups: int = 0) -> None:
        super().__init__()
        self.axes, self.groups = axes, groups

    def forward(self, x: Tensor) -> Tensor:
        if self.groups:
            parts = x.reshape(x.shape[0], self.groups, -1)
            return (x.reshape(parts.shape) + parts.sum(2, keepdim=True)).reshape(x.shape)
        return x + x.sum(self.axes, keepdim=True)


class Looked(nn.Module):
    """An embedding that multiplies its vector by a number instead of looking one up."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(length))

    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1) * self.weight


class Attended(nn.Module):
    """What attention looks at: its own query, and all keys and values, or those up to its own step."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        own = x.sum(-1, keepdim=True)
        if others:
            return own.expand_as(x) + sum(y.sum((1, 2), keepdim=True) for y in others)
        return own.expand_as(x) + (own.cumsum(-2) if self.causal else own.sum(-2, keepdim=True))


class Gathered(nn.Module):
    """A sum along dimensions, of which a reduction may take one value."""

    def __init__(self, over: tuple[int, ...], keep: bool) -> None:
        super().__init__()
        self.over, self.keep = over, keep

    def forward(self, x: Tensor) -> Tensor:
        return x.sum(self.over, keepdim=self.keep)


class Dotted(nn.Module):
    """What attention between given queries, keys and values looks at."""

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return query.sum(-1, keepdim=True) + key.sum((-1, -2), keepdim=True) + value.sum(-2, keepdim=True)


class Added(nn.Module):
    """The sum of tensors, whatever they are combined by."""

    def forward(self, *xs: Tensor) -> Tensor:
        return sum(xs[1:], xs[0])


class Ones(nn.Module):
    """Fixed values that are not 0."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, like: Tensor) -> Tensor:
        return torch.ones(like.shape[0], *self.shape, dtype=torch.float64)


class Bagged(Looked):
    """A bag of rows, of which a maximum would take one."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).sum(1)


class Remembered(nn.Module):
    """What a recurrent layer looks at: every step up to its own, from the other end too where it is bidirectional."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.last, self.both = row.layer.last, row.layer.bidirectional  # type: ignore[attr-defined]
        self.width = row.output[-1]

    def forward(self, x: Tensor) -> Tensor:
        steps = x.sum(2, keepdim=True)
        seen = steps.cumsum(1) + (steps.flip(1).cumsum(1).flip(1) if self.both else 0)
        y = seen.expand(-1, -1, self.width)
        return y[:, -1] if self.last else y


class WindowSums(nn.Module):
    """The sum of every window of a pool, of which a maximum would take one value."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        _, kernel, pads, stride, dilation = row.layer._plan(row.inputs)  # type: ignore[attr-defined]
        self.kernel, self.stride, self.dilation, self.out = kernel, stride, dilation, row.output[1:]
        self.sides = [n for p, _ in reversed(pads) for n in (p, 64)]

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.pad(x, self.sides)
        ones = torch.ones(x.shape[1], 1, *self.kernel, dtype=x.dtype)
        conv = (nn.functional.conv1d, nn.functional.conv2d, nn.functional.conv3d)[len(self.out) - 1]
        y: Tensor = conv(x, ones, stride=self.stride, dilation=self.dilation, groups=x.shape[1])
        for axis, size in enumerate(self.out, 2):
            y = y.narrow(axis, 0, size)
        return y


def linear(row: Row) -> nn.Module | None:
    """What stands for a layer whose gradient may be 0 where it looks; None where it is itself."""
    layer, rank = row.layer, len(row.output)
    match layer.kind:
        case "embedding":
            return Looked(row.output[-1])
        case "embeddingbag":
            return Bagged(row.output[-1])
        case "reduce":
            return Gathered(layer._axes(row.inputs[0]), layer.keep)  # type: ignore[attr-defined]
        case "attention":
            return Attended(layer.causal)  # type: ignore[attr-defined]
        case "dotattention":
            return Dotted()
        case "combine":
            return Added()
        case "constant":
            return Ones(row.output)
        case "rnn" | "lstm" | "gru":
            return Remembered(row)
        case "bn" | "pointwise":
            return nn.Identity()
        case "maxpool":
            return WindowSums(row)
        case "adaptivemaxpool":
            return {2: nn.AdaptiveAvgPool1d, 3: nn.AdaptiveAvgPool2d, 4: nn.AdaptiveAvgPool3d}[rank](row.output[1:])
        case "layernorm" if layer.channels:  # type: ignore[attr-defined]
            return Sums([1])
        case "layernorm" | "rmsnorm":
            return Sums(list(range(rank - len(layer.sizes(row.inputs)) + 1, rank + 1)))  # type: ignore[attr-defined]
        case "instancenorm":
            return Sums(list(range(2, rank + 1)))
        case "groupnorm":
            return Sums([], layer.groups)  # type: ignore[attr-defined]
    if isinstance(layer, Softmax):
        return Sums([layer._axis(row.output) + 1])
    return nn.Identity() if isinstance(layer, Activation) else None


def by_gradients(analysis: Analysis, number: int, at: Sets) -> dict[Key, frozenset[int]]:
    """For every axis of every input, the positions on which the values of a row at these positions depend.

    All weights are random and above 0, so that nothing cancels.
    """
    network = analysis.network
    part = Network(network.name, network.inputs, network.nodes[: number + 1], (number,))
    net = build(part, dtype=torch.float64)
    for row in analysis.rows[: number + 1]:
        made = linear(row)
        if made is not None and row.node.shares is None:
            net._put(row.path.split("."), made)
    net.double().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(0.05, 0.5)
    inputs = [torch.rand(1, *shape, dtype=torch.float64).add_(0.1).requires_grad_() for shape in network.inputs.values()]
    values = net(*inputs)[0]
    for axis, chosen in enumerate(at):
        values = values.index_select(axis, torch.tensor(sorted(chosen)))
    if not values.requires_grad:
        return {(k, axis): frozenset() for k, shape in enumerate(network.inputs.values()) for axis in range(len(shape))}
    grads = torch.autograd.grad((values * torch.rand_like(values).add_(0.1)).sum(), inputs, allow_unused=True)
    found: dict[Key, frozenset[int]] = {}
    for k, (grad, shape) in enumerate(zip(grads, network.inputs.values(), strict=True)):
        for axis in range(len(shape)):
            if grad is None:
                found[k, axis] = frozenset()
            else:
                assert bool(torch.isfinite(grad).all())
                others = [i for i in range(len(shape)) if i != axis]
                seen = (grad[0] != 0).permute(axis, *others).reshape(shape[axis], -1).any(1)
                found[k, axis] = frozenset(torch.nonzero(seen)[:, 0].tolist())
    return found


# -- by the readings of the layers -------------------------------------------------------------------------------------


def by_readings(analysis: Analysis, number: int, at: Sets) -> tuple[dict[Key, frozenset[int]] | None, bool]:
    """The same from the readings of the layers alone, box by box; None where one is not known. And whether padding was met."""
    waiting: dict[int, set[Sets]] = {number: {at}}
    met = False
    for i in range(number, -1, -1):
        row = analysis.rows[i]
        for box in waiting.get(i, ()):
            for node, shape, readings in zip(row.node.inputs, row.inputs, row.layer.sees(row.inputs, row.output), strict=True):
                if readings is None:
                    return None, met
                if shape and not readings:
                    continue
                read = []
                for reading, size in zip(readings, shape, strict=True):
                    if reading.by < 0:
                        read.append(frozenset(range(size)))
                        continue
                    read.append(frozenset(t for o in box[reading.by] for t in reading.at(o, size)))
                    met = met or any(not 0 <= t < size for o in box[reading.by] for t in beyond(reading, o))
                if all(read):
                    waiting.setdefault(node, set()).add(tuple(read))
    found = {}
    for k, shape in enumerate(analysis.network.inputs.values()):
        for axis in range(len(shape)):
            found[k, axis] = frozenset(t for box in waiting.get(-1 - k, ()) for t in box[axis])
    return found, met


def beyond(reading: Any, o: int) -> list[int]:
    """All that is read for o, in the padding too."""
    if reading.until:
        return []
    q, p = divmod(o, reading.period)
    return [q * reading.advance + t for t in reading.offsets[p]]


# -- held against each other -------------------------------------------------------------------------------------------


def examine(text: str, random: Random) -> tuple[str, str]:
    """What became of a net: a random row of it, at a random position."""
    try:
        analysis = archcalc.analyse(archcalc.load(text))
    except archcalc.SpecError:
        return "refused", ""
    number = random.randrange(len(analysis.rows))
    row, state = analysis.rows[number], fields(analysis)[number]
    axes = [(k, axis) for k in range(len(analysis.network.inputs)) for axis in positions(analysis, k)]
    known = {key: state.fields[key] for key in axes if key in state.fields}
    by = {field.by for field in known.values() if field is not None and field.by >= 0}
    at = tuple(frozenset([random.randrange(n)] if i in by else range(n)) for i, n in enumerate(row.output))
    ours, met = by_readings(analysis, number, at)
    if ours is None:
        return "not followed", ""
    theirs = by_gradients(analysis, number, at)
    for key in axes:
        if ours[key] != theirs[key]:
            return "differs", f"{row.path} at {at}: readings {sorted(ours[key])}, gradients {sorted(theirs[key])}"
    if None in known.values():
        return "no field", row.path
    spans = {
        key: field.at(next(iter(at[field.by]))) if field.by >= 0 else field.spans[0] for key, field in known.items() if field
    }
    for key, span in spans.items():
        seen = theirs[key]
        if not seen:  # a position that reads nothing along one axis reads nothing along the others
            if not met and all(spans[other] is not None for other in spans if other[0] == key[0]):
                return "differs", f"{row.path}: field {span}, no gradient"
        elif span is None or not (span[0] <= min(seen) and max(seen) <= span[1]):
            return "differs", f"{row.path} at {at}: field {span}, gradients {sorted(seen)}"
        elif not met and (min(seen), max(seen)) != span and known[key].by != SCATTERED:  # type: ignore[union-attr]
            return "differs", f"{row.path} at {at}: field {span}, gradients from {min(seen)} to {max(seen)}"
    return ("padding met" if met else "equal"), ""


def main() -> None:
    """The command line."""
    from tests.random_nets import written_net

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tally: Counter[str] = Counter()
    for number in range(options.first, options.first + options.count):
        text = written_net(options.seed, number)
        outcome, why = examine(text, Random(f"{options.seed}/{number}"))
        tally[outcome] += 1
        if outcome == "differs":
            print(f"net {number}: {why}\n{text}", flush=True)
    for outcome, n in tally.most_common():
        print(f"{outcome:14} {n:>7,}")


if __name__ == "__main__":
    main()
