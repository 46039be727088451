"""The torch check: build a network in torch, run it, compare. The only package of archcalc that imports torch.

    module = archcalc.pytorch.build(archcalc.load("lenet5"))
    text = archcalc.pytorch.export(archcalc.load("lenet5"))

Names are resolved on first use, and writing Python source (`export`) needs no torch at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.pytorch.exporting import export
    from archcalc.pytorch.module import build

__all__ = ["build", "export", "require_torch"]


def require_torch() -> Any:
    """The module torch, imported without the noise it makes where numpy is absent. Raises SpecError without torch."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
        try:
            import torch
        except ImportError:
            from archcalc.text.faults import Fault, SpecError

            raise SpecError([Fault("this needs PyTorch", repairs=["pip install 'archcalc[torch]'"])]) from None
    return torch


@contextmanager
def without_compiler() -> Iterator[None]:
    """Keeps torch from loading its compiler, longer than all of torch, only to switch it off for a function it runs.

    For a process that compiles nothing: the functions that were run stay as they are, uncompiled.
    """
    import sys
    from types import ModuleType

    torch = require_torch()
    if "torch._dynamo" in sys.modules:
        yield
        return
    stand_in = ModuleType("torch._dynamo")
    stand_in.disable = lambda function, *args, **kwargs: function  # type: ignore[attr-defined]
    sys.modules["torch._dynamo"] = torch._dynamo = stand_in
    try:
        yield
    finally:
        del sys.modules["torch._dynamo"], torch._dynamo


def __getattr__(name: str) -> Any:
    if name == "build":
        require_torch()
        from archcalc.pytorch.module import build

        return build
    if name == "export":
        from archcalc.pytorch.exporting import export

        return export
    raise AttributeError(f"module 'archcalc.pytorch' has no attribute '{name}'")
