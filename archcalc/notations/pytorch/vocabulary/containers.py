"""Modules that hold modules: Sequential, ModuleList, ModuleDict; lists and dictionaries of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import Dict, Holder, List, Task, Unknown, Value, host_class
from archcalc.notations.pytorch.vocabulary.modules import MODULE, add_module, init, items_of, iterator
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject, check_read
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import trace

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

SEQUENTIAL = host_class("Sequential", ModuleObject, (MODULE,), module="torch.nn.modules.container")
MODULE_LIST = host_class("ModuleList", ModuleObject, (MODULE,), module="torch.nn.modules.container")
MODULE_DICT = host_class("ModuleDict", ModuleObject, (MODULE,), module="torch.nn.modules.container")
PARAMETER_LIST = host_class("ParameterList", ModuleObject, (MODULE,), module="torch.nn.modules.container")
PARAMETER_DICT = host_class("ParameterDict", ModuleObject, (MODULE,), module="torch.nn.modules.container")
LISTS = (SEQUENTIAL, MODULE_LIST)


def _module(machine: Machine, value: Value, what: str) -> ModuleObject:
    if isinstance(value, ModuleObject):
        return value
    if isinstance(value, Unknown):
        raise value.fault(f"a module of {what}", machine.span())
    if isinstance(value, List):
        raise machine.fault(f"nn.{what} takes modules, not a list of them", "a * in front of the list")
    raise machine.fault(
        f"nn.{what} takes modules; {machine.class_of(value).name} is none", "a module of torch.nn, such as nn.ReLU()"
    )


def _mapping(value: Value) -> Dict | None:
    """A dictionary, or an object that is one (OrderedDict)."""
    if isinstance(value, Holder):
        value = value.payload
    return value if isinstance(value, Dict) else None


def _index(machine: Machine, self: ModuleObject, index: Value) -> str:
    """The name of an item by its number."""
    names = [str(name) for name in self.modules]
    if isinstance(index, bool) or not isinstance(index, int):
        raise machine.error("TypeError", f"'{machine.class_of(index).name}' object cannot be interpreted as an integer")
    if not -len(names) <= index < len(names):
        raise machine.error("IndexError", f"index {index} is out of range")
    return names[index]


def _renumber(self: ModuleObject, modules: list[Value]) -> None:
    self.modules.clear()
    for i, module in enumerate(modules):
        self.modules[str(i)] = module


def _ready(self: ModuleObject) -> None:
    if not self.ready:
        self.ready = True
        self.attributes.setdefault("training", True)


# -- Sequential -------------------------------------------------------------------------------------------------------


@SEQUENTIAL.method("__init__", unknown=True, pure=False)
def sequential(machine: Machine, self: ModuleObject, *args: Value) -> Value:
    init(machine, self)
    named = _mapping(args[0]) if len(args) == 1 else None
    if named is not None:
        for name, module in named.items():
            add_module(machine, self, name, _module(machine, module, "Sequential"))
        return None
    for i, module in enumerate(args):
        add_module(machine, self, str(i), _module(machine, module, "Sequential"))
    return None


@SEQUENTIAL.method("forward", unknown=True)
def run_sequential(machine: Machine, self: ModuleObject, input: Value) -> Task:
    run = trace(machine)
    for module in list(self.modules.values()):
        if isinstance(module, ModuleObject):
            run.through = module
        input = yield machine.call(module, input)
        run.through = None
    return input


# -- lists of modules -------------------------------------------------------------------------------------------------


@MODULE_LIST.method("__init__", unknown=True, pure=False)
def module_list(machine: Machine, self: ModuleObject, modules: Value = None) -> Task:
    init(machine, self)
    if modules is not None:
        yield from extend(machine, self, modules)
    return None


def extend(machine: Machine, self: ModuleObject, modules: Value) -> Task:
    """Modules added at the end."""
    if isinstance(modules, Unknown):
        raise modules.fault(f"the modules of nn.{self.cls.name}", machine.span())
    items = yield from items_of(machine, modules)
    for module in items:
        append(machine, self, module)
    return self


def append(machine: Machine, self: ModuleObject, module: Value) -> Value:
    """One module more."""
    _ready(self)
    self.modules[str(len(self.modules))] = _module(machine, module, self.cls.name)
    return self


def get_item(machine: Machine, self: ModuleObject, index: Value) -> Task:
    """One module, or a new container of some of them."""
    check_read(self)
    if isinstance(index, slice):
        names = [str(name) for name in self.modules]
        picked = names[_plain(machine, index)]
        if SEQUENTIAL in self.cls.mro:
            made = yield machine.call(self.cls, Dict({name: self.modules[name] for name in picked}))
        else:
            made = yield machine.call(self.cls, List([self.modules[name] for name in picked]))
        return made
    return self.modules[_index(machine, self, index)]


def _plain(machine: Machine, index: slice) -> slice:
    for part in (index.start, index.stop, index.step):
        if part is not None and not isinstance(part, int):
            raise machine.error("TypeError", "slice indices must be integers or None or have an __index__ method")
    if index.step == 0:
        raise machine.error("ValueError", "slice step cannot be zero")
    return index


def set_item(machine: Machine, self: ModuleObject, index: Value, module: Value) -> Value:
    """Another module in a place."""
    self.modules[_index(machine, self, index)] = _module(machine, module, self.cls.name)
    return None


def delete_item(machine: Machine, self: ModuleObject, index: Value) -> Value:
    """A module, or several, taken out; the rest is numbered anew."""
    names = [str(name) for name in self.modules]
    gone = names[_plain(machine, index)] if isinstance(index, slice) else [_index(machine, self, index)]
    for name in gone:
        del self.modules[name]
    _renumber(self, list(self.modules.values()))
    return None


def insert(machine: Machine, self: ModuleObject, index: Value, module: Value) -> Value:
    """A module in front of a place."""
    if isinstance(index, bool) or not isinstance(index, int):
        raise machine.error("TypeError", "an index must be an integer")
    kept = list(self.modules.values())
    kept.insert(index, _module(machine, module, self.cls.name))
    _renumber(self, kept)
    return self


def pop(machine: Machine, self: ModuleObject, key: Value = -1) -> Value:
    """A module taken out."""
    found = self.modules[_index(machine, self, key)]
    delete_item(machine, self, key)
    return found


def length(machine: Machine, self: ModuleObject) -> Value:
    """How many modules."""
    check_read(self)
    return len(self.modules)


def iterate(machine: Machine, self: ModuleObject) -> Value:
    """The modules in order."""
    check_read(self)
    return iterator(list(self.modules.values()))


def contains(machine: Machine, self: ModuleObject, item: Value) -> Value:
    """Whether a module is in it."""
    return any(module is item for module in self.modules.values())


def joined(machine: Machine, self: ModuleObject, other: Value) -> Task:
    """The modules of both in a new container."""
    items = yield from items_of(machine, other)
    if SEQUENTIAL in self.cls.mro:
        return (yield machine.call(SEQUENTIAL, *self.modules.values(), *items))
    return (yield machine.call(MODULE_LIST, List([*self.modules.values(), *items])))


for _cls in LISTS:
    _cls.method("extend", "__iadd__", pure=False, unknown=True)(extend)
    _cls.method("append", pure=False, unknown=True)(append)
    _cls.method("__getitem__")(get_item)
    _cls.method("__setitem__", pure=False, unknown=True)(set_item)
    _cls.method("__delitem__", pure=False)(delete_item)
    _cls.method("insert", pure=False, unknown=True)(insert)
    _cls.method("pop", pure=False)(pop)
    _cls.method("__len__")(length)
    _cls.method("__iter__")(iterate)
    _cls.method("__contains__")(contains)
    _cls.method("__add__")(joined)


# -- dictionaries of modules ------------------------------------------------------------------------------------------


@MODULE_DICT.method("__init__", unknown=True, pure=False)
def module_dict(machine: Machine, self: ModuleObject, modules: Value = None) -> Task:
    init(machine, self)
    if modules is not None:
        yield from update(machine, self, modules)
    return None


@MODULE_DICT.method(unknown=True, pure=False)
def update(machine: Machine, self: ModuleObject, modules: Value) -> Task:
    if isinstance(modules, Unknown):
        raise modules.fault("the modules of nn.ModuleDict", machine.span())
    named = _mapping(modules)
    if named is not None:
        pairs = list(named.items())
    elif isinstance(modules, ModuleObject):
        pairs = list(modules.modules.items())
    else:
        listed = yield from items_of(machine, modules)
        pairs = []
        for pair in listed:
            name, module = yield from items_of(machine, pair)
            pairs.append((name, module))
    for name, module in pairs:
        add_module(machine, self, name, _module(machine, module, "ModuleDict"))
    return None


@MODULE_DICT.method("__setitem__", unknown=True, pure=False)
def set_named(machine: Machine, self: ModuleObject, key: Value, module: Value) -> Value:
    return add_module(machine, self, key, _module(machine, module, "ModuleDict"))


def _named(machine: Machine, held: Dict, key: Value) -> Value:
    if not isinstance(key, str) or key not in held:
        raise machine.error("KeyError", key if isinstance(key, str | int) else "a key")
    return held[key]


@MODULE_DICT.method("__getitem__")
def get_named(machine: Machine, self: ModuleObject, key: Value) -> Value:
    check_read(self)
    return _named(machine, self.modules, key)


@MODULE_DICT.method("__delitem__", pure=False)
def delete_named(machine: Machine, self: ModuleObject, key: Value) -> Value:
    _named(machine, self.modules, key)
    del self.modules[key]
    return None


@MODULE_DICT.method("pop", pure=False)
def pop_named(machine: Machine, self: ModuleObject, key: Value) -> Value:
    found = _named(machine, self.modules, key)
    del self.modules[key]
    return found


@MODULE_DICT.method("clear", pure=False)
def clear(machine: Machine, self: ModuleObject) -> Value:
    self.modules.clear()
    return None


@MODULE_DICT.method("keys", "__iter__")
def keys(machine: Machine, self: ModuleObject) -> Value:
    check_read(self)
    return iterator(list(self.modules))


@MODULE_DICT.method()
def values(machine: Machine, self: ModuleObject) -> Value:
    check_read(self)
    return iterator(list(self.modules.values()))


@MODULE_DICT.method()
def items(machine: Machine, self: ModuleObject) -> Value:
    check_read(self)
    return iterator(list(self.modules.items()))


@MODULE_DICT.method("__contains__")
def has_named(machine: Machine, self: ModuleObject, key: Value) -> Value:
    check_read(self)
    return isinstance(key, str) and key in self.modules


MODULE_DICT.method("__len__")(length)


# -- parameters -------------------------------------------------------------------------------------------------------


def _parameter(machine: Machine, value: Value) -> Value:
    if isinstance(value, Parameter):
        return value
    if isinstance(value, Tensor):
        made = Parameter(value.shape)
        made.place = value.place
        return made
    if isinstance(value, Unknown):
        raise value.fault("a parameter", machine.span())
    raise machine.fault(
        f"a list of parameters takes tensors; {machine.class_of(value).name} is none", "nn.Parameter(torch.zeros(8))"
    )


@PARAMETER_LIST.method("__init__", unknown=True, pure=False)
def parameter_list(machine: Machine, self: ModuleObject, values: Value = None) -> Task:
    init(machine, self)
    if values is not None:
        yield from extend_parameters(machine, self, values)
    return None


@PARAMETER_LIST.method("extend", "__iadd__", unknown=True, pure=False)
def extend_parameters(machine: Machine, self: ModuleObject, values: Value) -> Task:
    if isinstance(values, Unknown):
        raise values.fault("a list of parameters", machine.span())
    for value in (yield from items_of(machine, values)):
        append_parameter(machine, self, value)
    return self


@PARAMETER_LIST.method("append", unknown=True, pure=False)
def append_parameter(machine: Machine, self: ModuleObject, value: Value) -> Value:
    self.parameters[str(len(self.parameters))] = _parameter(machine, value)
    return self


@PARAMETER_LIST.method("__getitem__")
def get_parameter_at(machine: Machine, self: ModuleObject, idx: Value) -> Value:
    listed = List(self.parameters.values())
    return machine.index(listed, idx)


@PARAMETER_LIST.method("__len__")
def count_parameters(machine: Machine, self: ModuleObject) -> Value:
    return len(self.parameters)


@PARAMETER_LIST.method("__iter__")
def each_parameter(machine: Machine, self: ModuleObject) -> Value:
    return iterator(list(self.parameters.values()))


@PARAMETER_DICT.method("__init__", unknown=True, pure=False)
def parameter_dict(machine: Machine, self: ModuleObject, parameters: Value = None) -> Value:
    init(machine, self)
    if isinstance(parameters, Unknown):
        raise parameters.fault("a dictionary of parameters", machine.span())
    named = _mapping(parameters)
    if named is not None:
        for name, value in named.items():
            self.parameters[name] = _parameter(machine, value)
    return None


@PARAMETER_DICT.method("__setitem__", unknown=True, pure=False)
def set_parameter(machine: Machine, self: ModuleObject, key: Value, value: Value) -> Value:
    self.parameters[key] = _parameter(machine, value)
    return None


@PARAMETER_DICT.method("update", pure=False)
def update_parameters(machine: Machine, self: ModuleObject, parameters: Value) -> Task:
    given = yield machine.mapping(parameters)
    for key, value in given.items() if type(given) is Dict else ():
        self.parameters[key] = _parameter(machine, value)
    return None


@PARAMETER_DICT.method("__getitem__")
def get_parameter_named(machine: Machine, self: ModuleObject, key: Value) -> Value:
    return _named(machine, self.parameters, key)


@PARAMETER_DICT.method("keys", "__iter__")
def parameter_keys(machine: Machine, self: ModuleObject) -> Value:
    return iterator(list(self.parameters))


@PARAMETER_DICT.method("values")
def parameter_values(machine: Machine, self: ModuleObject) -> Value:
    return iterator(list(self.parameters.values()))


@PARAMETER_DICT.method("items")
def parameter_items(machine: Machine, self: ModuleObject) -> Value:
    return iterator(list(self.parameters.items()))


@PARAMETER_DICT.method("__contains__")
def has_parameter(machine: Machine, self: ModuleObject, key: Value) -> Value:
    return isinstance(key, str) and key in self.parameters
