"""Names, constants and the order of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import UNSET, Cell

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def constant(machine: Machine, frame: Frame, value: object) -> None:
    frame.stack.append(value)


def pop(machine: Machine, frame: Frame, _: object) -> None:
    frame.stack.pop()


def duplicate(machine: Machine, frame: Frame, _: object) -> None:
    frame.stack.append(frame.stack[-1])


def duplicate_two(machine: Machine, frame: Frame, _: object) -> None:
    frame.stack += frame.stack[-2:]


def rotate_two(machine: Machine, frame: Frame, _: object) -> None:
    stack = frame.stack
    stack[-1], stack[-2] = stack[-2], stack[-1]


def rotate_three(machine: Machine, frame: Frame, _: object) -> None:
    """The top becomes the third."""
    frame.stack.insert(-2, frame.stack.pop())


def load_local(machine: Machine, frame: Frame, name: str) -> None:
    try:
        frame.stack.append(frame.names[name])
    except KeyError:
        raise _unbound(machine, name) from None


def store_local(machine: Machine, frame: Frame, name: str) -> None:
    frame.names[name] = frame.stack.pop()


def delete_local(machine: Machine, frame: Frame, name: str) -> None:
    if name not in frame.names:
        if frame.names is frame.module.names:
            raise machine.error("NameError", f"name '{name}' is not defined")
        raise _unbound(machine, name)
    del frame.names[name]


def _unbound(machine: Machine, name: str) -> Exception:
    return machine.error("UnboundLocalError", f"cannot access local variable '{name}' where it is not associated with a value")


def load_global(machine: Machine, frame: Frame, name: str) -> object:
    names = frame.module.names
    if name in names:
        frame.stack.append(names[name])
        return None
    if name in machine.builtins:
        frame.stack.append(machine.builtins[name])
        return None
    frame.stack.append(machine.undefined(frame.module, name))
    return None


def store_global(machine: Machine, frame: Frame, name: str) -> None:
    """An assignment to a name of the module."""
    frame.module.assign(name, frame.stack.pop(), frame.code.place(frame.pc - 1))


def delete_global(machine: Machine, frame: Frame, name: str) -> None:
    if name not in frame.module.names:
        raise machine.error("NameError", f"name '{name}' is not defined")
    del frame.module.names[name]


def load_cell(machine: Machine, frame: Frame, name: str) -> None:
    value = frame.cells[name].value
    if value is UNSET:
        if name == "__class__":
            raise machine.error("RuntimeError", "super(): no arguments")
        if name in frame.code.free:
            message = f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
            raise machine.error("NameError", message)
        raise _unbound(machine, name)
    frame.stack.append(value)


def store_cell(machine: Machine, frame: Frame, name: str) -> None:
    frame.cells[name].value = frame.stack.pop()


def delete_cell(machine: Machine, frame: Frame, name: str) -> None:
    cell: Cell = frame.cells[name]
    if cell.value is UNSET:
        raise _unbound(machine, name)
    cell.value = UNSET


def load_class_name(machine: Machine, frame: Frame, name: str) -> object:
    """A name in a class body: the class's own, else the module's."""
    if name in frame.names:
        frame.stack.append(frame.names[name])
        return None
    return load_global(machine, frame, name)


def load_class_free(machine: Machine, frame: Frame, name: str) -> None:
    """A name in a class body: the class's own, else the one of the function around."""
    if name in frame.names:
        frame.stack.append(frame.names[name])
    else:
        load_cell(machine, frame, name)
