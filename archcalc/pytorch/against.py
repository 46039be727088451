"""A network beside a model somebody already has: the weighted layers of both, in order of execution.

The model's code is imported and run; there is no other way to see it. Hooks note each module that holds tensors of its own
when it runs: its tensors, the shape it returns, and the multiplications torch counts meanwhile that no module inside it claims.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from archcalc.pytorch.against_report import Against, Pair, Seen, Shape, Tensors
from archcalc.pytorch.count import Counter, counted_apart, unseen
from archcalc.pytorch.run import example_inputs, message
from archcalc.text.faults import Fault, SpecError

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row


def against(
    analysis: Analysis, model: str, kwargs: str = "{}", *, device: str = "cpu", dtype: torch.dtype = torch.float32, batch: int = 1
) -> Against:
    """Imports and runs `module:callable` with keyword arguments given as JSON, and compares. Raises SpecError."""
    made = instantiate(model, kwargs, device)
    made = made if dtype == torch.float32 else made.to(dtype)
    watched = Watch(made.eval().requires_grad_(False), example_inputs(analysis.network, batch, device, dtype), model)
    pairs = align([row for row in analysis.rows if row.weights], watched.ran)
    theirs = sum(p.numel() for p in made.parameters())
    return Against(analysis, model, pairs, (analysis.totals.params, theirs), (analysis.totals.multiplies, watched.total))


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
        raise _fault(
            f"--against {model}: {module} cannot be imported: {message(error)}",
            *(hint or ["a module that can be imported on its own"]),
        ) from None
    for part in name.split("."):
        if not hasattr(found, part):
            from archcalc.text.faults import suggestions

            raise _fault(
                f"--against {model}: {module} has no '{part}'",
                *(suggestions(part, dir(found)) or ["the name of a class or a function of it"]),
            )
        found = getattr(found, part)
    if not callable(found):
        raise _fault(f"--against {model}: {name} is not callable", "the name of a class or a function of it")
    try:
        with torch.device(device):
            made = found(**given)
    except Exception as error:
        raise _fault(f"--against {model}: making it failed: {message(error)}", "--kwargs with what it needs") from None
    if not isinstance(made, nn.Module):
        raise _fault(
            f"--against {model}: it makes a {type(made).__name__}, not a torch.nn.Module",
            "the name of a class or a function that makes one",
        )
    return made


def _fault(text: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(text, repairs=(repair, *more))])


@dataclass
class _Open:
    """A module that is running: where the count stood as it began, and what was counted since then for modules inside it."""

    seen: Seen | None
    start: int
    inside: int = 0


class Watch:
    """One run of a model, watched: the modules with tensors of their own in the order in which they began, and torch's count.

    What a module does is its own: what the weighted modules inside it do is theirs. A parameter that a module holds beside
    weighted modules (ViT's class token) stands for itself. What is done outside every weighted module (products written out in
    a `forward`) is in `total` alone.
    """

    def __init__(self, model: nn.Module, inputs: tuple[torch.Tensor, ...], name: str) -> None:
        self.ran: list[Seen] = []
        self.batch = inputs[0].shape[0]
        self._counter = Counter()
        self._open = [_Open(None, 0)]
        handles = []
        for path, module in model.named_modules():
            if not own_tensors(module) or _inside_attention(model, path):
                continue
            if _holds_weighted(module):
                handles.append(module.register_forward_pre_hook(self._beside(path)))
            else:
                handles.append(module.register_forward_pre_hook(self._before(path)))
                handles.append(module.register_forward_hook(self._after, with_kwargs=True))
        try:
            with warnings.catch_warnings(), torch.no_grad(), self._counter:
                warnings.simplefilter("ignore")
                model(*inputs)
        except Exception as error:
            raise _fault(
                f"--against {name}: running it failed: {message(error)}", "--input with the shape that it takes"
            ) from None
        finally:
            for handle in handles:
                handle.remove()
        each = [seen.multiplies for seen in self.ran]
        outside = (self._counter.total - self._open[0].inside) // self.batch
        self.total = None if None in each else outside + sum(n or 0 for n in each)

    def _before(self, path: str) -> Any:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            seen = Seen(path, type(module).__name__, own_tensors(module))
            self.ran.append(seen)
            self._open.append(_Open(seen, self._counter.total))

        return hook

    def _beside(self, path: str) -> Any:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            for name, size in own_tensors(module):
                size = size[1:] if len(size) > 1 and size[0] == 1 else size  # repeated over the batch
                place = f"{path}.{name}" if path else name
                self.ran.append(Seen(place, "Parameter", (("weight", size),), multiplies=0))

        return hook

    def _after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        opened, done = self._open.pop(), self._counter.total
        seen = opened.seen
        assert seen is not None
        first = result[0] if isinstance(result, (tuple, list)) else result
        if isinstance(first, torch.Tensor):
            size = tuple(first.shape)
            steps_first = size[:1] != (self.batch,) and size[1:2] == (self.batch,)  # torch's sequences, unless batch_first
            seen.output = (size[0], *size[2:]) if steps_first else size[1:]
        if not unseen(module):
            seen.multiplies = (done - opened.start - opened.inside) // self.batch
        elif (read := _read(module, args, kwargs)) and (apart := counted_apart(module, read, self._counter)) is not None:
            seen.multiplies = int(apart / self.batch)
        self._open[-1].inside += self._counter.total - opened.start


def _read(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[torch.Tensor, ...]:
    """What a recurrent or attention module reads, batch first; nothing where we cannot run its parts apart.

    That is so with several embedding sizes, and with an input that has no batch.
    """
    if isinstance(module, nn.MultiheadAttention):
        possible = module.in_proj_weight is not None
        names = ["query", "key"]
    else:
        possible = getattr(module, "nonlinearity", "tanh") == "tanh"
        names = ["input"]
    given = [*args, *(kwargs[name] for name in names[len(args) :] if name in kwargs)][: len(names)]
    if not possible or len(given) < len(names) or not all(isinstance(x, torch.Tensor) and x.dim() == 3 for x in given):
        return ()
    return tuple(x if getattr(module, "batch_first", False) else x.transpose(0, 1) for x in given)


def _holds_weighted(module: nn.Module) -> bool:
    """Whether a module inside this one holds tensors too. Attention is one module with all that is inside."""
    return not isinstance(module, nn.MultiheadAttention) and any(own_tensors(m) for m in module.modules() if m is not module)


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
