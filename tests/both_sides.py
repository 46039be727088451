"""A network as archcalc reads it from source, and as torch makes it: parameters, calls and their shapes, multiplications."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.analysis import Analysis, analyse
from archcalc.interpreter.values import Value
from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.notations.pytorch.reader import Description
from archcalc.notations.pytorch.vocabulary.trace import trace
from archcalc.text.source import Source

BATCH = 2  # what torch is given; ours is followed as a number without a value, which this is put in for


class Side(NamedTuple):
    """What one side says of a network.

    `own` are the values of every parameter by its name, tied ones once; `multiplies` are for one input; `calls` are the modules
    in the order in which they finished, each with the shapes of the tensors that it gave, the batch among them.
    """

    own: dict[str, int]
    multiplies: Fraction
    calls: list[tuple[str, list[Shape]]]

    @property
    def params(self) -> int:
        """The values of all parameters together."""
        return sum(self.own.values())


def by_module(own: dict[str, int], paths: set[str]) -> dict[str, int]:
    """The values that each of these modules holds itself, without the modules in it.

    A function of a parameter is a row with a name of its own, and counts to the module that calls it.
    """
    found: dict[str, int] = {}
    for name, count in own.items():
        path = name.rpartition(".")[0]
        while path not in paths:
            path = path.rpartition(".")[0]
        found[path] = found.get(path, 0) + count
    return found


class _Watched(Description):
    """A description that keeps the machine of its last reading."""

    def _root(self) -> Any:
        self.kept = super()._root()
        return self.kept


def read(source: Source, inputs: dict[str, Shape]) -> tuple[Analysis, Side]:
    """A source as archcalc reads it. Raises SpecError."""
    description = _Watched(source)
    analysis = analyse(description.network(Given(inputs)))
    machine = description.kept[0]
    calls = [(call.path, [_shape(shape) for shape in call.shapes]) for call in trace(machine).calls]
    return analysis, Side(_own(analysis), Fraction(analysis.totals.multiplies), calls)


def _shape(shape: tuple[Value, ...]) -> Shape:
    return tuple(int(BATCH * n.times) if hasattr(n, "times") else int(n) for n in shape)  # type: ignore[call-overload]


def _own(analysis: Analysis) -> dict[str, int]:
    """Every learned tensor of the rows by its name in the state_dict: what `params` of the rows adds up."""
    found: dict[str, int] = {}
    for row in analysis.rows:
        if row.node.shares is not None:
            continue
        for weight in row.weights:
            if weight.learned and weight.name not in row.node.tied:
                name = row.path if row.layer.kind == "learned" else f"{row.path}.{weight.name}"
                assert name not in found, f"{name} is counted twice"
                found[name] = weight.count
    assert sum(found.values()) == analysis.totals.params
    return found


def built(net: Any, inputs: dict[str, Any] | list[Any], batch: int = BATCH) -> Side:
    """A module of torch, run once in evaluation mode on tensors with this batch, by name or in order."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    from archcalc.pytorch.count import Counter

    net.eval()
    for parameter in net.parameters():
        if not torch.nn.parameter.is_lazy(parameter):
            parameter.requires_grad = False
    calls: list[tuple[str, list[Shape]]] = []
    hooks = [
        module.register_forward_hook(lambda _, args, given, path=path: calls.append((path, shapes(given))))
        for path, module in net.named_modules()
    ]
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # which goes past the modules inside an encoder layer
    try:
        # Fused attention is not seen by the counter on every device.
        with Counter() as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            net(**inputs) if isinstance(inputs, dict) else net(*inputs)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for hook in hooks:
            hook.remove()
    own = {name: parameter.numel() for name, parameter in net.named_parameters()}
    return Side(own, Fraction(counter.total, batch), calls)


def shapes(given: Any) -> list[Shape]:
    """The shapes of the tensors in what a module returns, in order."""
    if hasattr(given, "shape"):
        return [tuple(given.shape)]
    if isinstance(given, dict):
        given = list(given.values())
    elif not isinstance(given, list | tuple):
        given = list(vars(given).values()) if hasattr(given, "__dict__") else []
    return [shape for part in given for shape in shapes(part)]


def on_meta(make: Any) -> Any:
    """What `make` builds, its tensors without values: no memory and no time. What is counted out keeps its values meanwhile."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Meta(TorchFunctionMode):
        """Weights are made on the meta device."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = dict(kwargs or {})
            if func in (torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn):
                kwargs["device"] = "meta"
            return func(*args, **kwargs)

    with Meta():
        net = make()
    return net.to("meta")
