"""The little of inspect that networks use, written in the subset itself."""

from _archcalc import MISSING, parameters
from functools import partial


class _Empty:
    pass


class _Kind:
    def __init__(self, name, value):
        self.name = name
        self.value = value


class Parameter:
    empty = _Empty
    POSITIONAL_ONLY = _Kind("POSITIONAL_ONLY", 0)
    POSITIONAL_OR_KEYWORD = _Kind("POSITIONAL_OR_KEYWORD", 1)
    VAR_POSITIONAL = _Kind("VAR_POSITIONAL", 2)
    KEYWORD_ONLY = _Kind("KEYWORD_ONLY", 3)
    VAR_KEYWORD = _Kind("VAR_KEYWORD", 4)

    def __init__(self, name, kind, *, default=_Empty, annotation=_Empty):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation


_KINDS = (
    Parameter.POSITIONAL_ONLY,
    Parameter.POSITIONAL_OR_KEYWORD,
    Parameter.VAR_POSITIONAL,
    Parameter.KEYWORD_ONLY,
    Parameter.VAR_KEYWORD,
)


class Signature:
    empty = _Empty

    def __init__(self, parameters):
        self.parameters = {p.name: p for p in parameters}


def unwrap(func):
    while hasattr(func, "__wrapped__"):
        func = func.__wrapped__
    return func


def signature(func):
    found = parameters(unwrap(func))
    return Signature(
        [Parameter(name, _KINDS[kind], default=_Empty if default is MISSING else default) for name, kind, default in found]
    )


class FullArgSpec:
    def __init__(self, args, varargs, varkw, defaults, kwonlyargs):
        self.args = args
        self.varargs = varargs
        self.varkw = varkw
        self.defaults = defaults
        self.kwonlyargs = kwonlyargs


def getfullargspec(func):
    found = parameters(func)
    return FullArgSpec(
        [name for name, kind, _ in found if kind < 2],
        next((name for name, kind, _ in found if kind == 2), None),
        next((name for name, kind, _ in found if kind == 4), None),
        tuple(default for _, kind, default in found if kind < 2 and default is not MISSING) or None,
        [name for name, kind, _ in found if kind == 3],
    )


def isclass(value):
    return isinstance(value, type)


def isfunction(value):
    return type(value) is type(isfunction)


def ismethod(value):
    return type(value) is type(Signature([]).__init__)


def isgeneratorfunction(value):
    return False
