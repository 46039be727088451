"""The arguments of a torch module, bound as Python binds them, and as settings of the notation."""

from __future__ import annotations

import ast
from typing import Any

from archcalc.notations.own.tree import List, Scalar, Value
from archcalc.notations.pytorch.modules import FIXED, Parameter
from archcalc.notations.pytorch.places import Places
from archcalc.text.faults import suggestions

Bound = dict[str, tuple[Parameter, ast.expr, Any]]


def bind(
    places: Places, node: ast.Call, name: str, parameters: list[Parameter], args: list[ast.expr], *, strict: bool = True
) -> list[tuple[Parameter, ast.expr]]:
    """Each parameter with the expression given for it. Raises SpecError where Python would refuse the call."""
    if not strict:
        return []
    found: dict[str, tuple[Parameter, ast.expr]] = {}
    by_name = {parameter.name: parameter for parameter in parameters}
    for index, argument in enumerate(args):
        if isinstance(argument, ast.Starred):
            raise places.fault(argument, f"the arguments of {name} must be written out", "each value in its place")
        if index >= len(parameters):
            most = len(parameters)
            takes = f"at most {most} argument{'s' * (most > 1)}" if parameters else "no arguments"
            raise places.fault(argument, f"{name} takes {takes}")
        found[parameters[index].name] = (parameters[index], argument)
    for keyword in node.keywords:
        if keyword.arg is None:
            raise places.fault(keyword.value, f"the arguments of {name} must be written out", "each value by its name")
        if keyword.arg not in by_name:
            near = suggestions(keyword.arg, by_name)
            raise places.fault(keyword, f"{name} has no argument '{keyword.arg}'", *(near or [", ".join(list(by_name)[:6])]))
        if keyword.arg in found:
            raise places.fault(keyword, f"'{keyword.arg}' of {name} is given twice")
        found[keyword.arg] = (by_name[keyword.arg], keyword.value)
    for parameter in parameters:
        if parameter.required and parameter.name not in found:
            raise places.fault(node, f"{name} needs {parameter.name}", f"{parameter.name}=…")
    return list(found.values())


def read_settings(places: Places, name: str, word: str, values: Bound) -> list[tuple[str, Value]]:
    """The settings of the notation for evaluated arguments, each at its own characters. Raises SpecError."""
    settings: list[tuple[str, Value]] = []
    for parameter, at, value in values.values():
        if parameter.fixed:
            usual = FIXED.get(parameter.name)
            if value != usual:
                raise places.fault(
                    at, f"{parameter.name}={value!r:.40} of nn.{name} is not read, only {parameter.name}={usual!r}"
                )
        elif parameter.setting and not (value is None and parameter.setting not in ("bias", "affine", "elementwise_affine")):
            if word == "zeropad":
                made = pairs(places, name, at, value)
            elif parameter.setting == "act":
                made = activation(places, at, value)
            else:
                made = written(places, name, parameter.name, at, value)
            settings.append((parameter.setting, made))
    return settings


def written(places: Places, name: str, parameter: str, at: ast.expr, value: Any) -> Value:
    """A value as the tree holds it; the parts of a tuple at their own places where they are written out."""
    if isinstance(value, list | tuple):
        parts = at.elts if isinstance(at, ast.Tuple | ast.List) and len(at.elts) == len(value) else [at] * len(value)
        if not 1 <= len(value) <= 8 or any(isinstance(item, list | tuple) for item in value):
            raise places.fault(at, f"{parameter} of nn.{name} cannot be {places.written(at, 40)}")
        items = [written(places, name, parameter, part, item) for part, item in zip(parts, value, strict=True)]
        place = places.scalar(at, "")
        return List(list(items), place.source, place.line, place.column)
    if value is None:
        return places.scalar(at, "false" if parameter in ("bias", "affine", "elementwise_affine") else "keep")
    if isinstance(value, bool):
        return places.scalar(at, "true" if value else "false")
    if isinstance(value, float) and value == int(value) and parameter == "scale_factor":
        return places.scalar(at, str(int(value)))
    if not isinstance(value, int | float | str):
        raise places.fault(at, f"{parameter} of nn.{name} cannot be {places.written(at, 40)}")
    scalar = places.scalar(at, str(value))
    if isinstance(value, str) and not value.isidentifier():
        raise places.fault(at, f"{parameter} of nn.{name} cannot be {value!r:.40}")
    return scalar


def pairs(places: Places, name: str, at: ast.expr, value: Any) -> Value:
    """torch's padding (left, right, top, bottom) as a pair an axis, first axis first."""
    if isinstance(value, int):
        return places.scalar(at, str(value))
    rank = int(name[-2])
    if not isinstance(value, list | tuple) or len(value) != 2 * rank or not all(type(n) is int for n in value):
        raise places.fault(at, f"padding of nn.{name} is one number or {2 * rank}")
    place = places.scalar(at, "")

    def pair(n: int) -> Value:
        both: list[Value] = [places.scalar(at, str(value[n])), places.scalar(at, str(value[n + 1]))]
        return List(both, place.source, place.line, place.column)

    return List([pair(2 * n) for n in reversed(range(rank))], place.source, place.line, place.column)


def activation(places: Places, at: ast.expr, value: Any) -> Scalar:
    """The activation of a transformer layer: 'relu', F.gelu, nn.ReLU()."""
    name = value if isinstance(value, str) else str(getattr(value, "path", getattr(value, "word", ""))).rpartition(".")[2]
    if name.lower() not in ("relu", "gelu"):
        raise places.fault(at, f"the activation {places.written(at, 40)} is not read", "'relu'", "'gelu'")
    return places.scalar(at, name.lower())
