"""The modules of torch as a program sees them, and how functions are entered in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archcalc.interpreter.signature import Signature
from archcalc.interpreter.values import UNSET, List, Module, Native, Result, Unknown, Value
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Tensor
from archcalc.notations.pytorch.vocabulary.trace import Failed, expected, fault, trace
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

TORCH = Module("torch")
# Losses: what they give is only handed on.
LOSSES = frozenset(
    "cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div ctc_loss binary_cross_entropy "
    "binary_cross_entropy_with_logits hinge_embedding_loss margin_ranking_loss triplet_margin_loss cosine_embedding_loss "
    "multilabel_margin_loss multi_margin_loss poisson_nll_loss gaussian_nll_loss soft_margin_loss".split()
)


def _missing(machine: Machine, name: str) -> Value:
    """A name of torch.nn.functional that is no function of a network."""
    if name not in LOSSES:
        return UNSET
    return Unknown(f"F.{name}", machine.place(), f"F.{name} is a loss and no layer", harmless=True)


F = Module("torch.nn.functional", missing=_missing)
Host = Callable[..., Result]


class Words(Signature):
    """The parameters of a function of torch, which takes numpy's words for two of them as well."""

    __slots__ = ()

    def bind(
        self,
        args: Sequence[Value],
        kwargs: dict[str, Value],
        defaults: Sequence[Value] | None = None,
        keyword_defaults: dict[str, Value] | None = None,
    ) -> list[Value]:
        for word, own in NUMPY_WORDS:
            if word in kwargs and own in self.names and word not in self.all_names and own not in kwargs:
                kwargs = {own if name == word else name: value for name, value in kwargs.items()}
        return super().bind(args, kwargs, defaults, keyword_defaults)


NUMPY_WORDS = (("axis", "dim"), ("keepdims", "keepdim"))


def words_of(function: Host) -> Signature:
    """The signature of a host function of torch."""
    found = Signature.of(function)
    found.__class__ = Words
    return found


def native(name: str, function: Host, *, unknown: bool = False, pure: bool = True, way: str = "function") -> Native:
    """A function of the vocabulary: a bare fact that it raises becomes a fault at the call. `way` is how it is called."""

    signature = words_of(function)
    wanted = [i for i, n in enumerate(signature.names) if function.__annotations__.get(n) == "Tensor"]

    def checked(machine: Machine, *args: Value, **kwargs: Value) -> Result:
        trace(machine).way = way
        try:
            return function(machine, *args, **kwargs)
        except (AttributeError, AssertionError):
            for i in wanted:
                given = args[i] if i < len(args) else kwargs.get(signature.names[i])
                expected(machine, given, name)
            raise
        except (ValueFault, Misfit) as error:
            trace(machine).failed = Failed(_tensors(args), None, machine.place())
            raise fault(machine, error, "" if name.startswith("__") else name) from None

    return Native(name, checked, signature=signature, unknown=unknown, pure=pure)


def _tensors(values: tuple[Value, ...]) -> list[Tensor]:
    """The tensors among arguments, and those in a list of them."""
    inside = [v for value in values for v in (value if isinstance(value, tuple | List) else (value,))]
    return [v for v in inside if isinstance(v, Tensor)]


def op(*names: str, at: str = "torch method functional", pure: bool = True) -> Callable[[Host], Host]:
    """Enters a function of a tensor as torch's function, as a method, as a function of torch.nn.functional.

    A name that ends in `_` also changes the tensor it is called on.
    """

    def enter(function: Host) -> Host:
        for name in names or (function.__name__,):
            changes = name.endswith("_") and not name.startswith("__")
            host = in_place(function) if changes else function
            made = native(name, host, way="operator" if name.startswith("__") else "function")
            if changes:
                made.signature = words_of(function)
            if "torch" in at:
                TORCH.names[name] = Native(name, made.function, signature=made.signature, binds=False)
            if "method" in at:
                made.receiver = Tensor
                TENSOR.names[name] = made
            if "functional" in at.split():
                functional = native(name, host, way="functional")
                F.names[name] = Native(name, functional.function, signature=made.signature, binds=False)
        return function

    return enter


def in_place(function: Host) -> Host:
    """The function that leaves its result in its first argument."""

    def changing(machine: Machine, input: Value, *args: Value, **kwargs: Value) -> Result:
        made = function(machine, input, *args, **kwargs)
        if isinstance(input, Tensor) and isinstance(made, Tensor):
            input.become(made)
            return input
        return made

    return changing


def method(*names: str) -> Callable[[Host], Host]:
    """Enters a method of tensors alone."""
    return op(*names, at="method")


def function(*names: str) -> Callable[[Host], Host]:
    """Enters a function of torch alone."""
    return op(*names, at="torch")


def functional(*names: str) -> Callable[[Host], Host]:
    """Enters a function of torch.nn.functional alone."""
    return op(*names, at="functional")
