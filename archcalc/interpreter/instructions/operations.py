"""Attributes, indices, operators and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def attribute(machine: Machine, frame: Frame, name: str) -> object:
    return frame.receive(machine.get(frame.stack.pop(), name))


def set_attribute(machine: Machine, frame: Frame, name: str) -> object:
    target = frame.stack.pop()
    value = frame.stack.pop()
    return frame.discard(machine.set(target, name, value))


def delete_attribute(machine: Machine, frame: Frame, name: str) -> object:
    return frame.discard(machine.delete(frame.stack.pop(), name))


def index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    return frame.receive(machine.index(frame.stack.pop(), key))


def set_index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    target = frame.stack.pop()
    value = frame.stack.pop()
    return frame.discard(machine.set_index(target, key, value))


def delete_index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    target = frame.stack.pop()
    return frame.discard(machine.delete_index(target, key))


def binary(machine: Machine, frame: Frame, symbol: str) -> object:
    right = frame.stack.pop()
    return frame.receive(machine.binary(symbol, frame.stack.pop(), right))


def in_place(machine: Machine, frame: Frame, symbol: str) -> object:
    right = frame.stack.pop()
    return frame.receive(machine.in_place(symbol, frame.stack.pop(), right))


def unary(machine: Machine, frame: Frame, symbol: str) -> object:
    return frame.receive(machine.unary(symbol, frame.stack.pop()))


def negate(machine: Machine, frame: Frame, _: object) -> object:
    return frame.receive(machine.negated(frame.stack.pop()))


def compare(machine: Machine, frame: Frame, symbol: str) -> object:
    right = frame.stack.pop()
    return frame.receive(machine.compare(symbol, frame.stack.pop(), right))
