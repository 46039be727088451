"""A network beside a model somebody already has: the weighted layers of both, in order of execution.

The model's code is imported and run; there is no other way to see it. Hooks note each module that holds tensors of its own
when it runs: its tensors, the shape it returns, and the multiplications torch counts meanwhile.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from archcalc.pytorch.count import Counter, decomposed, unseen
from archcalc.pytorch.run import example_inputs, message
from archcalc.text.faults import Fault, SpecError

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row

Shape = tuple[int, ...]
Tensors = tuple[tuple[str, Shape], ...]


@dataclass
class Seen:
    """A module of the model that ran: where it is, its tensors, what it returned, what torch counted (None: nothing seen)."""

    path: str
    kind: str
    tensors: Tensors
    output: Shape | None = None
    multiplies: int | None = None
    again: bool = False


@dataclass
class Pair:
    """A layer of ours and a module of theirs that belong together, or one alone; `differences` says in what they differ."""

    row: Row | None
    seen: Seen | None
    differences: list[str] = field(default_factory=list)
    moved: bool = False


@dataclass
class Against:
    """The comparison with a model."""

    analysis: Analysis
    model: str
    pairs: list[Pair]
    params: tuple[int, int]
    multiplies: tuple[int, int | None]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return self.params[0] == self.params[1] and not any(pair.differences for pair in self.pairs)


def against(
    analysis: Analysis, model: str, kwargs: str = "{}", *, device: str = "cpu", dtype: torch.dtype = torch.float32, batch: int = 1
) -> Against:
    """Imports and runs `module:callable` with keyword arguments given as JSON, and compares. Raises SpecError."""
    made = instantiate(model, kwargs, device)
    made = made if dtype == torch.float32 else made.to(dtype)
    ran = watch(made.eval(), example_inputs(analysis.network, batch, device, dtype), model)
    rows = [row for row in analysis.rows if row.weights]
    pairs = align(rows, ran)
    theirs = sum(p.numel() for p in made.parameters())
    counted = None if any(s.multiplies is None for s in ran) else sum(s.multiplies or 0 for s in ran)
    ours = sum(row.multiplies for row in rows)
    return Against(analysis, model, pairs, (analysis.totals.params, theirs), (ours, counted))


def instantiate(model: str, kwargs: str, device: str) -> nn.Module:
    """The model. Whatever its code raises is an error of the command line."""
    module, sign, name = model.partition(":")
    if not sign or not module or not name:
        raise _fault(f"--against {model}: not MODULE:CALLABLE", "torchvision.models:mobilenet_v2")
    try:
        given = json.loads(kwargs)
    except ValueError as error:
        raise _fault(f"--kwargs is no JSON: {error}", "'{\"width_mult\": 1.4}'") from None
    if not isinstance(given, dict):
        raise _fault("--kwargs is a JSON object of names and values", "'{\"width_mult\": 1.4}'")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` does, so that a file beside the spec is found
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        hint = [f"pip install {module.split('.')[0]}"] if isinstance(error, ModuleNotFoundError) else []
        raise _fault(f"--against {model}: {module} cannot be imported: {message(error)}", *hint) from None
    for part in name.split("."):
        if not hasattr(found, part):
            from archcalc.text.faults import suggestions

            raise _fault(f"--against {model}: {module} has no '{part}'", *suggestions(part, dir(found)))
        found = getattr(found, part)
    if not callable(found):
        raise _fault(f"--against {model}: {name} is not callable")
    try:
        with torch.device(device):
            made = found(**given)
    except Exception as error:
        raise _fault(f"--against {model}: making it failed: {message(error)}") from None
    if not isinstance(made, nn.Module):
        raise _fault(f"--against {model}: it makes a {type(made).__name__}, not a torch.nn.Module")
    return made


def _fault(text: str, *repairs: str) -> SpecError:
    return SpecError([Fault(text, repairs=repairs)])


def watch(model: nn.Module, inputs: tuple[torch.Tensor, ...], name: str) -> list[Seen]:
    """Runs the model once and notes the modules with tensors of their own in the order in which they began."""
    ran: list[Seen] = []
    open_: list[tuple[Seen, int]] = []
    times: dict[nn.Module, int] = {}
    counter = Counter()

    def before(path: str) -> Any:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            seen = Seen(path, type(module).__name__, own_tensors(module), again=module in times)
            times[module] = times.get(module, 0) + 1
            ran.append(seen)
            open_.append((seen, counter.total))

        return hook

    def after(module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        seen, start = open_.pop()
        first = result[0] if isinstance(result, (tuple, list)) else result
        if not isinstance(first, torch.Tensor):
            return
        seen.output = tuple(first.shape[1:])
        seen.multiplies = (
            None if unseen(module) or type(module) is nn.TransformerEncoderLayer else _each(counter.total - start, first)
        )
        if unseen(module) and getattr(module, "batch_first", False) and decomposes(module):
            start = counter.total
            done = decomposed(module, args[:1] if isinstance(module, nn.RNNBase) else args[:2])
            seen.multiplies = None if done is None else _each(counter.total - start, first)

    handles = []
    for path, module in model.named_modules():
        if own_tensors(module) and not _inside_attention(model, path):
            handles += [module.register_forward_pre_hook(before(path)), module.register_forward_hook(after)]
    try:
        with warnings.catch_warnings(), torch.no_grad(), counter:
            warnings.simplefilter("ignore")
            model(*inputs)
    except Exception as error:
        raise _fault(f"--against {name}: running it failed: {message(error)}") from None
    finally:
        for handle in handles:
            handle.remove()
    return ran


def decomposes(module: nn.Module) -> bool:
    """Whether the unseen module is one whose parts we can run apart: no projections, one embedding size."""
    if isinstance(module, nn.MultiheadAttention):
        return module.in_proj_weight is not None
    return isinstance(module, nn.RNNBase) and not module.proj_size and getattr(module, "nonlinearity", "tanh") == "tanh"


def _each(counted: int, result: torch.Tensor) -> int:
    return counted // result.shape[0] if result.dim() and result.shape[0] else counted


def _inside_attention(model: nn.Module, path: str) -> bool:
    """Whether a module is part of an attention module, which uses its tensors without calling it."""
    parent = path.rpartition(".")[0]
    return bool(path) and isinstance(model.get_submodule(parent), nn.MultiheadAttention)


def own_tensors(module: nn.Module) -> Tensors:
    """The tensors a module holds itself, by name; all of an attention module's."""
    whole = isinstance(module, nn.MultiheadAttention)
    named = [*module.named_parameters(recurse=whole), *module.named_buffers(recurse=whole)]
    persistent = module.state_dict()
    return tuple((name, tuple(t.shape)) for name, t in named if name in persistent and name != "num_batches_tracked")


def align(rows: list[Row], ran: list[Seen]) -> list[Pair]:
    """Ours and theirs brought together: in order where the tensors are the same, then by whatever stands between.

    Layers alike that run in another order (parallel branches have none) are paired and marked as moved.
    """
    ours = [tuple((w.name, w.shape) for w in row.weights) for row in rows]
    theirs = [seen.tensors for seen in ran]
    pairs: list[tuple[int, Pair]] = []
    left: list[int] = []
    right: list[int] = []
    gaps: list[tuple[list[int], list[int]]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [(i, _pair(rows[i], ran[j])) for i, j in zip(range(a, b), range(c, d), strict=True)]
        else:
            gaps.append((list(range(a, b)), list(range(c, d))))
            left += range(a, b)
            right += range(c, d)
    for i in list(left):
        j = next((j for j in right if theirs[j] == ours[i]), None)
        if j is not None:
            left.remove(i)
            right.remove(j)
            pairs.append((i, _pair(rows[i], ran[j], moved=True)))
    for mine, other in gaps:
        mine, other = [i for i in mine if i in left], [j for j in other if j in right]
        for i, j in zip(mine, other, strict=False):
            pairs.append((i, _pair(rows[i], ran[j])))
        pairs += [(i, Pair(rows[i], None, ["only in the spec"])) for i in mine[len(other) :]]
        at = mine[-1] if mine else min([i for i, _ in pairs if i >= 0], default=0)
        pairs += [(at, Pair(None, ran[j], ["only in the model"])) for j in other[len(mine) :]]
    return [pair for _, pair in sorted(pairs, key=lambda p: p[0])]


def _pair(row: Row, seen: Seen, moved: bool = False) -> Pair:
    """Two layers that belong together, and in what they differ."""
    found = []
    ours, theirs = {w.name: w.shape for w in row.weights}, dict(seen.tensors)
    names = [name for name in dict.fromkeys([*ours, *theirs]) if ours.get(name) != theirs.get(name)]
    found += [f"{name} {_shape(ours.get(name))}, there {_shape(theirs.get(name))}" for name in names]
    if seen.output is not None and seen.output != row.output:
        found.append(f"output {_shape(row.output)}, there {_shape(seen.output)}")
    if seen.multiplies is not None and seen.multiplies != row.multiplies:
        found.append(f"multiplies {row.multiplies:,}, there {seen.multiplies:,}")
    return Pair(row, seen, found, moved)


def _shape(shape: Shape | None) -> str:
    return "none" if shape is None else "×".join(map(str, shape)) or "one value"
