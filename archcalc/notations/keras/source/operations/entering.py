"""How a function enters the vocabulary under its names, and what it takes for a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import (
    List,
    Native,
    Result,
    Unknown,
    Value,
)
from archcalc.notations.keras.source.session import session, tensors_in
from archcalc.notations.keras.source.tensors import (
    of_keras,
)
from archcalc.notations.pytorch.vocabulary import creation, parts
from archcalc.notations.pytorch.vocabulary.shapes import Batch
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor, known
from archcalc.notations.pytorch.vocabulary.trace import fault
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

Host = Callable[..., Result]
# Functions of tensors by their last names.
FUNCTIONS: dict[Value, Native] = {}
# What stands under a name only behind one of these: nn.conv2d, image.resize.
INSIDE: dict[str, Native] = {}


def entered(name: str, function: Host) -> Native:
    """A function of the vocabulary: bare facts become faults at the call, and a call on symbolic tensors is recorded."""
    signature = Signature.of(function)
    holder: list[Native] = []

    def checked(machine: Machine, *args: Value, **kwargs: Value) -> Result:
        run = session(machine)
        symbolic = run.symbolic
        try:
            result = function(machine, *args, **kwargs)
        except (ValueFault, Misfit) as error:
            if all(t.fixed and not isinstance(t, Parameter) for t in tensors_in((args, tuple(kwargs.values())))):
                # Data, and no part of a network: a fault where the network depends on it.
                return Unknown(name, machine.place(), error.message, harmless=True)
            raise fault(machine, error, "" if name.startswith("__") else name) from None
        if machine.is_task(result):
            return result
        of_keras(result)
        if symbolic:
            came = {id(t) for t in tensors_in((args, tuple(kwargs.values())))}
            if not any(id(t) in came for t in tensors_in(result)):
                run.record(machine, holder[0], args, dict(kwargs), result)
        return result

    made = Native(name, checked, signature=signature, binds=False)
    holder.append(made)
    return made


def function(*names: str) -> Callable[[Host], Host]:
    """Enters a function under its own name or those given."""

    def enter(host: Host) -> Host:
        for name in names or (host.__name__,):
            FUNCTIONS[name] = entered(name, host)
        return host

    return enter


def inside(*names: str) -> Callable[[Host], Host]:
    """Enters a function under names with their module: nn.conv2d."""

    def enter(host: Host) -> Host:
        for name in names:
            INSIDE[name] = entered(name.rpartition(".")[2], host)
        return host

    return enter


def tensor_of(machine: Machine, value: Value, what: str = "a tensor is expected") -> Tensor:
    """A value as a tensor: numbers and lists of them are constants."""
    if isinstance(value, Tensor):
        if value.unread is not None:
            raise value.unread.fault("this tensor may have been changed")
        return value
    if isinstance(value, bool | int | float):
        return known((), (value,), "float" if isinstance(value, float) else "int")
    if isinstance(value, tuple | List):
        tensors = [item for item in value if isinstance(item, Tensor)]
        if tensors:
            made = parts.stack(machine, List([tensor_of(machine, item) for item in value]), 0)
            assert isinstance(made, Tensor)
            return made
        if any(isinstance(item, Batch) for item in value):
            raise ValueFault("the size of the batch stands among values", "ops.reshape with -1 for it")
        found = creation.from_values(machine, value, "")
        assert isinstance(found, Tensor)
        return found
    raise ValueFault(what, "a tensor of the network")
