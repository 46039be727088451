"""What torch's autograd keeps for the backward pass: the truth that `archcalc memory --train` is held against."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def saved_bytes(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    """Bytes of the memory that the backward pass of one pass forward in training needs.

    Each storage counts once, whole, however many tensors are views of it; those of the module's parameters and buffers do not,
    nor does the workspace of a recurrent kernel, which is bytes without a type.
    """
    return sum(size for size, _ in saved_storages(module, inputs))


def saved_storages(module: nn.Module, inputs: tuple[Tensor, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """The same storage by storage: its bytes, and the shape of the first tensor kept that lies in it."""
    module.train()
    seen = {_storage(t) for t in (*module.parameters(), *module.buffers())}
    found: list[tuple[int, tuple[int, ...]]] = []
    alive: list[Tensor] = []  # a storage that is gone could give its number to another

    def keep(tensor: Tensor) -> Tensor:
        alive.append(tensor)
        if _storage(tensor) not in seen and tensor.dtype is not torch.uint8:
            found.append((tensor.untyped_storage().nbytes(), tuple(tensor.shape)))
        seen.add(_storage(tensor))
        return tensor

    with warnings.catch_warnings(), torch.autograd.graph.saved_tensors_hooks(keep, _same):
        warnings.simplefilter("ignore")
        module(*inputs)
    return found


def _storage(tensor: Tensor) -> Any:
    return tensor.untyped_storage()._cdata


_same: Callable[[Tensor], Tensor] = lambda tensor: tensor  # noqa: E731
