"""Writers: a network as the code or the file of a system. A target is a function of a module named in the table."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archcalc.network.nodes import Network


class Target(NamedTuple):
    """A module, its function `(network) -> str` (bytes where it is no text), what it writes, and the ending of its files."""

    module: str
    function: str
    doc: str
    ending: str


TARGETS: dict[str, Target] = {
    "torch": Target("archcalc.pytorch.exporting", "export", "a Python file that needs torch and nothing else", "py"),
    "keras": Target("archcalc.writers.keras", "write", "functional Keras code, channels last, of Keras's own layers", "py"),
    "onnx": Target("archcalc.pytorch.onnx", "write", "an ONNX file by torch's own exporter, for a batch of one", "onnx"),
    "yaml": Target("archcalc.writers.notation", "write", "archcalc's own notation, to be worked on", "yaml"),
}


def write(network: Network, target: str) -> str | bytes:
    """The network as a target of the table has it. Raises SpecError with what it has no word for."""
    made = TARGETS[target]
    text: str | bytes = getattr(importlib.import_module(made.module), made.function)(network)
    return text
