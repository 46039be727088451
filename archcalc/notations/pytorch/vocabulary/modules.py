"""torch.nn.Module: what it registers, and how it is called. The bookkeeping is torch's own."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    Instance,
    List,
    Result,
    Task,
    Unknown,
    Value,
    contents,
    host_class,
)
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject, check_read
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import Called, note, trace

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine
    from archcalc.text.source import Span

# What making a module, and running one, costs beside a step of the program, so that the limit of steps is one of time.
WORK_OF_A_MODULE = 150


MODULE = host_class("Module", ModuleObject, module="torch.nn.modules.module")


@MODULE.method("__new__", raw=True, unknown=True)
def new(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """Remembers how a module was made."""
    cls = args[0]
    assert isinstance(cls, Class)
    made = cls.host(cls)
    assert isinstance(made, ModuleObject)
    made.arguments = (tuple(args[1:]), dict(kwargs))
    made.place = machine.place()
    machine.budget.spend("objects", 1, machine.span)
    machine.work(WORK_OF_A_MODULE)
    return made


@MODULE.method("__init__", unknown=True)
def init(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    self.ready = True
    self.attributes.setdefault("training", True)
    return None


@MODULE.method("__setattr__", unknown=True, pure=False)
def set_attribute(machine: Machine, self: ModuleObject, name: str, value: Value) -> Value:
    self.unread_names.pop(name, None)
    if isinstance(value, Parameter):
        _must_be_ready(machine, self, "parameters")
        _drop(name, self.attributes, self.buffers, self.modules)
        self.parameters[name] = value
        return None
    if name in self.parameters and not isinstance(value, ModuleObject):
        if value is not None:
            kind = machine.class_of(value).name
            raise machine.error(
                "TypeError", f"cannot assign '{kind}' as parameter '{name}' (torch.nn.Parameter or None expected)"
            )
        self.parameters[name] = None
        return None
    if isinstance(value, ModuleObject):
        _must_be_ready(machine, self, "module")
        _drop(name, self.attributes, self.buffers, self.parameters)
        self.modules[name] = value
        return None
    if name in self.modules:
        if value is None:
            self.modules[name] = None
            return None
        if not isinstance(value, Unknown):
            kind = machine.class_of(value).name
            raise machine.error(
                "TypeError", f"cannot assign '{kind}' as child module '{name}' (torch.nn.Module or None expected)"
            )
        del self.modules[name]
    if name in self.buffers and (isinstance(value, Tensor) or value is None):
        self.buffers[name] = value
        return None
    if isinstance(value, Unknown):
        self.unread_names[name] = value
    return machine.set_plainly(self, name, value)


def _must_be_ready(machine: Machine, self: ModuleObject, what: str) -> None:
    if not self.ready:
        raise machine.error("AttributeError", f"cannot assign {what} before Module.__init__() call")


def _drop(name: str, *where: Dict) -> None:
    """Takes a name out of where it stood before; what is registered anew keeps its place, as in torch."""
    for held in where:
        held.pop(name, None)


@MODULE.method("__getattr__", unknown=True)
def get_attribute(machine: Machine, self: ModuleObject, name: str) -> Value:
    for held in (self.parameters, self.buffers, self.modules):
        if name in held:
            return held[name]
    part = self.part(name)
    if part is not UNSET:
        return part
    if name in ("_modules", "_parameters", "_buffers"):
        return {"_modules": self.modules, "_parameters": self.parameters, "_buffers": self.buffers}[name]
    raise machine.error("AttributeError", f"'{self.cls.name}' object has no attribute '{name}'")


@MODULE.method("__delattr__", pure=False)
def delete_attribute(machine: Machine, self: ModuleObject, name: str) -> Value:
    self.unread_names.pop(name, None)
    for held in (self.parameters, self.buffers, self.modules, self.attributes):
        if name in held:
            del held[name]
            return None
    raise machine.error("AttributeError", name)


@MODULE.method("__call__", unknown=True)
def call(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Task:
    check_read(self)
    run = trace(machine)
    forward = yield machine.get(self, "forward")
    if self.hooks:
        raise machine.fault(f"{self.cls.name} has a hook, which may change what it gives", "what the hook does in forward")
    path = run.paths.get(id(self))
    if path and run.graph is not None and self.modules and path not in run.graph.groups:
        run.graph.group(path, self.written())
    machine.budget.check("depth", len(run.stack), machine.span)
    run.stack.append(self)
    try:
        result = yield machine.call(forward, *args, **kwargs)
    finally:
        run.stack.pop()
    if path is not None and run.graph is not None:
        run.calls.append(Called(path, [t.shape for t in tensors_in(result)]))
    return result


def tensors_in(value: Value) -> list[Tensor]:
    """The tensors in what a forward returns, in order."""
    if isinstance(value, Tensor):
        return [value]
    inside = contents(value)
    if isinstance(value, Instance) and not isinstance(value, ModuleObject | tuple | List | Dict):
        inside = [*value.parts(), *value.attributes.values()]
    return [t for item in inside for t in tensors_in(item)]


@MODULE.method(unknown=True)
def forward(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    raise machine.error("NotImplementedError", f'Module [{self.cls.name}] is missing the required "forward" function')


@MODULE.method("__deepcopy__")
def deep_copy(machine: Machine, self: ModuleObject, memo: Value = None) -> Task:
    """A module of its own, with parameters of its own."""
    from archcalc.interpreter.library.copying import deep_copy as copied

    check_read(self)
    known = memo if isinstance(memo, Dict) else Dict()
    made = self.cls.host(self.cls)
    assert isinstance(made, ModuleObject)
    known[id(self)] = made
    machine.budget.spend("objects", 1, machine.span)
    machine.work(WORK_OF_A_MODULE)
    made.arguments, made.place, made.ready = self.arguments, self.place, self.ready
    made.hooks, made.unread_names = list(self.hooks), dict(self.unread_names)
    made.keep(self)
    for name in ("modules", "parameters", "buffers", "attributes"):
        held = yield copied(machine, getattr(self, name), known)
        assert isinstance(held, Dict)
        setattr(made, name, held)
    return made


# -- registering ------------------------------------------------------------------------------------------------------


@MODULE.method("add_module", "register_module", pure=False, unknown=True)
def add_module(machine: Machine, self: ModuleObject, name: Value, module: Value) -> Value:
    if isinstance(name, Unknown):
        raise name.fault("a module's name", machine.span())
    if isinstance(module, Unknown):
        raise module.fault(f"the module '{name}'", machine.span())
    if not isinstance(name, str):
        raise machine.error("TypeError", f"module name should be a string. Got {machine.class_of(name).name}")
    if module is not None and not isinstance(module, ModuleObject):
        raise machine.error("TypeError", f"{machine.class_of(module).name} is not a Module subclass")
    if "." in name or not name:
        raise machine.error("KeyError", f'module name can\'t contain "." or be empty, got: {name}')
    _must_be_ready(machine, self, "module")
    self.attributes.pop(name, None)
    self.modules[name] = module
    return None


@MODULE.method(pure=False)
def register_parameter(machine: Machine, self: ModuleObject, name: str, param: Value) -> Value:
    if param is not None and not isinstance(param, Parameter):
        kind = machine.class_of(param).name
        message = f"cannot assign '{kind}' object to parameter '{name}' (torch.nn.Parameter or None required)"
        raise machine.error("TypeError", message)
    _must_be_ready(machine, self, "parameters")
    self.parameters[name] = param
    return None


@MODULE.method(pure=False)
def register_buffer(machine: Machine, self: ModuleObject, name: str, tensor: Value, persistent: bool = True) -> Value:
    _must_be_ready(machine, self, "buffers")
    self.buffers[name] = tensor
    return None


@MODULE.method("register_forward_hook", "register_forward_pre_hook", pure=False, unknown=True)
def register_hook(machine: Machine, self: ModuleObject, hook: Value, *rest: Value, **more: Value) -> Value:
    self.hooks.append(hook)
    return Unknown("a hook's handle", machine.place(), harmless=True)


@MODULE.method(
    "register_full_backward_hook", "register_backward_hook", "register_state_dict_pre_hook",
    "register_load_state_dict_post_hook", "_register_load_state_dict_pre_hook", "_register_state_dict_hook", unknown=True,
)  # fmt: skip
def register_other_hook(machine: Machine, self: ModuleObject, *rest: Value, **more: Value) -> Value:
    return Unknown("a hook's handle", machine.place(), harmless=True)


# -- looking ----------------------------------------------------------------------------------------------------------


def items_of(machine: Machine, values: Value) -> Generator[Result, Value, list[Value]]:
    """All that a value of the program iterates over."""
    found = yield machine.items(values)
    assert isinstance(found, list)
    return found


def iterator(values: list[Value]) -> Value:
    """An iterator of the program over values that are there."""
    from archcalc.interpreter.iteration import Plain

    return Plain("generator", iter(values))


def _listed(machine: Machine, values: list[Value]) -> Value:
    machine.budget.spend("items", len(values), machine.span)
    return iterator(values)


@MODULE.method()
def children(machine: Machine, self: ModuleObject) -> Value:
    return _listed(machine, [module for _, module in self.children()])


@MODULE.method()
def named_children(machine: Machine, self: ModuleObject) -> Value:
    return _listed(machine, list(self.children()))


@MODULE.method()
def modules(machine: Machine, self: ModuleObject) -> Value:
    return _listed(machine, [module for _, module in self.walk()])


@MODULE.method()
def named_modules(
    machine: Machine, self: ModuleObject, memo: Value = None, prefix: str = "", remove_duplicate: bool = True
) -> Value:
    return _listed(machine, list(self.walk(prefix)))


@MODULE.method()
def parameters(machine: Machine, self: ModuleObject, recurse: bool = True) -> Value:
    return _listed(machine, [p for _, p in self.named(recurse)])


@MODULE.method()
def named_parameters(
    machine: Machine, self: ModuleObject, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
) -> Value:
    dot = f"{prefix}." if prefix else ""
    return _listed(machine, [(dot + name, p) for name, p in self.named(recurse)])


@MODULE.method("buffers", "named_buffers")
def buffers(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    return _listed(machine, [b for _, m in self.walk() for b in m.buffers.values() if b is not None])


@MODULE.method()
def state_dict(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    made = Dict()
    for path, module in self.walk():
        for held in (module.parameters, module.buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    made[f"{path}.{name}" if path else name] = tensor
    return made


@MODULE.method(unknown=True)
def load_state_dict(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    """Weights are filled with other values: no shape and no count changes."""
    return Unknown("what load_state_dict gives", machine.place(), harmless=True)


@MODULE.method()
def get_submodule(machine: Machine, self: ModuleObject, target: str) -> Value:
    at: Value = self
    if not isinstance(target, str):
        raise machine.error("TypeError", "the name of a module is a string")
    for part in target.split(".") if target else []:
        if not isinstance(at, ModuleObject) or part not in at.modules:
            raise machine.error("AttributeError", f"{self.cls.name} has no attribute `{part}`")
        at = at.modules[part]
    return at


@MODULE.method()
def get_parameter(machine: Machine, self: ModuleObject, target: str) -> Value:
    found = dict(self.named()).get(target)
    if found is None:
        raise machine.error("AttributeError", f"{self.cls.name} has no attribute `{target}`")
    return found


@MODULE.method()
def apply(machine: Machine, self: ModuleObject, fn: Value) -> Task:
    for _, module in reversed(list(self.walk())):
        yield machine.call(fn, module)
    return self


# -- modes ------------------------------------------------------------------------------------------------------------


@MODULE.method(pure=False)
def train(machine: Machine, self: ModuleObject, mode: bool = True) -> Value:
    if trace(machine).graph is not None and mode:
        note(machine, "the network is read as in evaluation (eval()), also where its forward calls train()")
        return self
    set_mode(self, mode)
    return self


def set_mode(self: ModuleObject, mode: bool) -> None:
    """Sets training of a module and all in it."""
    for _, module in self.walk():
        module.attributes["training"] = mode


@MODULE.method("eval", pure=False)
def evaluate(machine: Machine, self: ModuleObject) -> Value:
    set_mode(self, False)
    return self


@MODULE.method(
    "to", "cuda", "cpu", "float", "double", "half", "bfloat16", "type", "share_memory", "to_empty", "xpu",
    "compile", "zero_grad", unknown=True,
)  # fmt: skip
def as_it_is(machine: Machine, self: ModuleObject, *args: Value, **kwargs: Value) -> Value:
    return self


@MODULE.method(pure=False)
def requires_grad_(machine: Machine, self: ModuleObject, requires_grad: Value = True) -> Value:
    for _, parameter in self.named():
        parameter.attributes["requires_grad"] = requires_grad
    return self


@MODULE.method()
def extra_repr(machine: Machine, self: ModuleObject) -> Value:
    return ""


@MODULE.method("__repr__")
def representation(machine: Machine, self: ModuleObject) -> Value:
    return self.written()


@MODULE.method("_get_name")
def get_name(machine: Machine, self: ModuleObject) -> Value:
    return self.cls.name


def made_span(module: ModuleObject) -> Span | None:
    """Where a module was made."""
    return module.place.span() if module.place else None
