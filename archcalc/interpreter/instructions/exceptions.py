"""Raising and catching, and with."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.code import HANDLER
from archcalc.interpreter.values import (
    UNSET,
    Class,
    ExceptionObject,
    Instance,
    Raised,
    Task,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def _raising(machine: Machine, value: Value) -> Task:
    """The exception object of what is raised: an object, or a class to be called."""
    if isinstance(value, Class) and value.is_a(machine.builtin("BaseException")):
        value = yield machine.call(value)
    if isinstance(value, Unknown):
        raise machine.fault_of(value, "what is raised here is not known")
    if not isinstance(value, ExceptionObject):
        raise machine.error("TypeError", "exceptions must derive from BaseException")
    raise Raised(value)


def raise_value(machine: Machine, frame: Frame, _: object) -> object:
    value = frame.stack.pop()
    if isinstance(value, ExceptionObject):
        raise Raised(value)
    return _raising(machine, value)


def raise_from(machine: Machine, frame: Frame, _: object) -> object:
    frame.stack.pop()
    return raise_value(machine, frame, None)


def raise_again(machine: Machine, frame: Frame, _: object) -> None:
    """`raise` alone: the exception that is being handled."""
    for task in reversed(machine.tasks):
        for block in reversed(getattr(task, "blocks", [])):
            if block.kind == HANDLER and block.raised is not None:
                raise Raised(block.raised.value)
    raise machine.error("RuntimeError", "No active exception to reraise")


def raise_on(machine: Machine, frame: Frame, _: object) -> None:
    """No except fits: the exception goes on."""
    raised = frame.blocks[-1].raised
    assert raised is not None
    raise raised


def fail_assertion(machine: Machine, frame: Frame, with_message: bool) -> None:
    error = machine.error("AssertionError")
    if with_message:
        message = frame.stack.pop()
        if isinstance(message, Unknown):
            message = f"<{message.name}>"
        error.value.args = (message,)
    raise error


def matches(machine: Machine, frame: Frame, _: object) -> None:
    """Whether the exception on the stack is of the class, or one of the classes, above it."""
    wanted = frame.stack.pop()
    value = cast(Instance, frame.stack[-1])
    classes = wanted if isinstance(wanted, tuple) else (wanted,)
    fits = False
    for cls in classes:
        if isinstance(cls, Unknown):
            raise machine.fault_of(cls, "whether this exception is caught is not known")
        if not isinstance(cls, Class) or not cls.is_a(machine.builtin("BaseException")):
            raise machine.error("TypeError", "catching classes that do not inherit from BaseException is not allowed")
        fits = fits or value.cls.is_a(cls)
    frame.stack.append(fits)


def enter_context(machine: Machine, frame: Frame, _: object) -> object:
    """Leave the object's `__exit__` on the stack and enter it."""
    value = frame.stack.pop()
    if unknown := machine.unknown_in(value):
        frame.stack += [unknown, unknown]
        return None
    enter, leave = machine.special(value, "__enter__"), machine.special(value, "__exit__")
    if enter is UNSET or leave is UNSET:
        name = machine.class_of(value).name
        raise machine.error("TypeError", f"'{name}' object does not support the context manager protocol")
    frame.stack.append(leave)
    return frame.receive(machine.call(enter))


def leave_context(machine: Machine, frame: Frame, _: object) -> object:
    """Call `__exit__` with what left the block; what is left on the stack says how to go on."""
    token = frame.stack.pop()
    return _leave(machine, frame.stack.pop(), token)


def _leave(machine: Machine, leave: Value, token: object) -> Task:
    if isinstance(leave, Unknown):
        return token
    if not isinstance(token, Raised):
        yield machine.call(leave, None, None, None)
        return token
    result = yield machine.call(leave, token.value.cls, token.value, None)
    suppressed = yield machine.as_truth(result)
    if isinstance(suppressed, Unknown):
        raise machine.decided_by(suppressed)
    return None if suppressed else token
