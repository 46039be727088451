"""The little of types that networks use, written in the subset itself."""

import sys


class SimpleNamespace:
    def __init__(self, /, **kwargs):
        self.__dict__.update(kwargs)

    def __eq__(self, other):
        return isinstance(other, SimpleNamespace) and self.__dict__ == other.__dict__

    def __repr__(self):
        return f"namespace({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


def _function():
    pass


class _Class:
    def method(self):
        pass


FunctionType = LambdaType = type(_function)
MethodType = type(_Class().method)
BuiltinFunctionType = type(len)
NoneType = type(None)
EllipsisType = type(...)
ModuleType = type(sys)
GeneratorType = type(x for x in ())


def MappingProxyType(mapping):
    return dict(mapping)
