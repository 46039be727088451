"""Keras itself, run on torch: what it says of the sources in `keras_sources/`, which archcalc only reads."""

from __future__ import annotations

import os
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras")
numpy: Any = pytest.importorskip("numpy")


def _tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """`from tensorflow import keras` finds this Keras."""
    shim = types.ModuleType("tensorflow")
    shim.keras = keras  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorflow", shim)
    for name in ("", ".layers", ".models"):
        monkeypatch.setitem(sys.modules, f"tensorflow.keras{name}", sys.modules[f"keras{name}"])


def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of a source after it was run, without what loads or trains."""
    text = path.read_text(encoding="utf-8").replace('weights="imagenet"', "weights=None")
    if "tensorflow" in text:
        _tensorflow(monkeypatch)
    few = [(numpy.zeros((4, 28, 28)), numpy.zeros(4))] * 2
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: few)
    monkeypatch.setattr(sys, "argv", [str(path)])
    for name, result in (("fit", None), ("evaluate", [0.0, 0.0]), ("summary", None)):
        monkeypatch.setattr(keras.Model, name, lambda *args, result=result, **kwargs: result)
    monkeypatch.setattr(keras.utils, "plot_model", lambda *args, **kwargs: None)
    keras.utils.clear_session()
    names: dict[str, Any] = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras has much to say of how people write
        exec(compile(text, str(path), "exec"), names)
    return names


def built(model: Any, shape: tuple[int, ...]) -> Any:
    """The model, or what a function makes, called once on an input of this shape where it has no weights yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = model if isinstance(model, keras.Model) else model()
        if not made.built or not made.count_params():
            made(keras.ops.zeros((1, *shape[1:], shape[0]) if len(shape) > 2 else (1, *shape)))
    return made


def counts(model: Any) -> tuple[int, int]:
    """The values that are learned, frozen or not, and all that Keras counts."""
    model.trainable = True
    for layer in model._flatten_layers():
        layer.trainable = True
    return sum(weight._value.numel() for weight in model.trainable_weights), model.count_params()


def shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """What each layer puts out, by its name and without the batch, for those of one output."""
    found = {}
    for layer in model.layers:
        try:
            output = layer.output
        except (AttributeError, ValueError):
            continue
        if hasattr(output, "shape") and None not in output.shape[1:]:
            found[layer.name] = tuple(output.shape[1:])
    return found
