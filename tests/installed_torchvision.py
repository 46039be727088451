"""torchvision's models: the published figures from their source, read with ast, and the models themselves where torch is there.

torchvision is installed without what it depends on (`pip install --no-deps torchvision==0.28.0`), since its compiled operators do
not load beside the torch of another build, and none of its classification models calls one. So its package is entered without
its `__init__`, which declares those operators, and PIL and numpy are stood in for where they are missing: only its transforms,
which nothing here runs, use them.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

VERSION = "0.28.0"
MISSING = f"torchvision {VERSION} is not installed: pip install --no-deps torchvision=={VERSION}"


class Published(NamedTuple):
    """What the weights of a network say: side of the image, `num_params`, `_ops` (thousand millions of multiplications)."""

    crop: int
    params: int
    giga: float


def folder() -> Path | None:
    """Where the source of torchvision's models is installed; None where it is not. Nothing is imported for it."""
    for root in sys.path:
        found = Path(root or ".") / "torchvision"
        if (found / "models" / "resnet.py").is_file() and any(found.parent.glob(f"torchvision-{VERSION}*.dist-info")):
            return found / "models"
    return None


def folder_or_skip() -> Path:
    """The folder of the models' source, or a skip of the whole test module."""
    found = folder()
    if found is None:
        pytest.skip(MISSING, allow_module_level=True)
    return found


def published(models: Path) -> dict[str, set[Published]]:
    """The figures of every classification network by its name, from the texts of the files."""
    found: dict[str, set[Published]] = {}
    for file in sorted(models.glob("[a-z]*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        tables = dict(pair for statement in tree.body for pair in _assigned(statement))
        enums = {c.name: _figures(c, tables) for c in tree.body if isinstance(c, ast.ClassDef) and c.name.endswith("_Weights")}
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and (name := _weights(function)) in enums:
                found[function.name] = enums[name]
    return found


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The name that a statement assigns to, and what."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if isinstance(targets[0], ast.Name) and isinstance(value := getattr(statement, "value", None), ast.expr):
        yield targets[0].id, value


def _weights(function: ast.FunctionDef) -> str:
    """`Optional[ResNet18_Weights]`, as which the argument `weights` of a network is declared."""
    declared = next((a.annotation for a in function.args.kwonlyargs if a.arg == "weights"), None)
    return declared.slice.id if isinstance(declared, ast.Subscript) and isinstance(declared.slice, ast.Name) else ""


def _figures(cls: ast.ClassDef, tables: dict[str, ast.expr]) -> set[Published]:
    """The figures of an enumeration of weights; `tables` are what its `meta` takes in by `**`."""
    found = set()
    for call in ast.walk(cls):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Weights":
            given = {k.arg: k.value for k in call.keywords}
            transforms = given["transforms"]
            assert isinstance(transforms, ast.Call)
            crop = [k.value for k in transforms.keywords if k.arg == "crop_size"]
            held = _entries(given["meta"], tables)
            if crop and "num_params" in held:
                found.add(Published(*(ast.literal_eval(v) for v in (crop[0], held["num_params"], held["_ops"]))))
    return found


def _entries(meta: ast.expr, tables: dict[str, ast.expr]) -> dict[str, ast.expr]:
    """The entries of a dictionary written out, those of the ones that it takes in by `**` among them."""
    assert isinstance(meta, ast.Dict)
    found: dict[str, ast.expr] = {}
    for key, value in zip(meta.keys, meta.values, strict=True):
        if isinstance(key, ast.Constant):
            found[str(key.value)] = value
        elif isinstance(value, ast.Name):
            found |= _entries(tables[value.id], tables)
    return found


class _Anything(ModuleType):
    """A module that has whatever is asked of it."""

    __version__ = "10.0.0"
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {})
        setattr(self, name, made)
        return made


def models(where: Path) -> Any:
    """The module torchvision.models, imported with torch: torchvision's own code. Stand-ins for libraries do not outlast it."""
    if hasattr(there := sys.modules.get("torchvision.models"), "list_models"):
        return there
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # what an import left that failed at its operators: Keras on torch tries one
    package = ModuleType("torchvision")
    package.__path__ = [str(where.parent)]
    sys.modules["torchvision"] = package
    missing = {}
    for name, below in (("PIL", "Image ImageDraw ImageFont ImageColor ImageEnhance ImageOps"), ("numpy", "")):
        if importlib.util.find_spec(name) is None:
            missing[name] = _Anything(name)
            for part in below.split():
                missing[f"{name}.{part}"] = _Anything(f"{name}.{part}")
                setattr(missing[name], part, missing[f"{name}.{part}"])
    sys.modules.update(missing)
    try:
        return importlib.import_module("torchvision.models")
    finally:
        for name in missing:
            del sys.modules[name]
