"""Attributes, indices, operators and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.values import MetUnknown

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def attribute(machine: Machine, frame: Frame, name: object) -> object:
    result = machine.get(frame.stack.pop(), cast(str, name))
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def set_attribute(machine: Machine, frame: Frame, name: object) -> object:
    target = frame.stack.pop()
    value = frame.stack.pop()
    result = machine.set(target, cast(str, name), value)
    if machine.is_task(result):
        frame.drop = True
        return result
    return None


def delete_attribute(machine: Machine, frame: Frame, name: object) -> object:
    result = machine.delete(frame.stack.pop(), cast(str, name))
    if machine.is_task(result):
        frame.drop = True
        return result
    return None


def index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    result = machine.index(frame.stack.pop(), key)
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def set_index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    target = frame.stack.pop()
    value = frame.stack.pop()
    try:
        result = machine.set_index(target, key, value)
    except MetUnknown as met:
        machine.make_unread(target, met.unknown)
        return None
    if machine.is_task(result):
        frame.drop = True
        return result
    return None


def delete_index(machine: Machine, frame: Frame, _: object) -> object:
    key = frame.stack.pop()
    target = frame.stack.pop()
    try:
        result = machine.delete_index(target, key)
    except MetUnknown as met:
        machine.make_unread(target, met.unknown)
        return None
    if machine.is_task(result):
        frame.drop = True
        return result
    return None


def binary(machine: Machine, frame: Frame, symbol: object) -> object:
    right = frame.stack.pop()
    result = machine.binary(cast(str, symbol), frame.stack.pop(), right)
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def in_place(machine: Machine, frame: Frame, symbol: object) -> object:
    right = frame.stack.pop()
    result = machine.in_place(cast(str, symbol), frame.stack.pop(), right)
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def unary(machine: Machine, frame: Frame, symbol: object) -> object:
    result = machine.unary(cast(str, symbol), frame.stack.pop())
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def negate(machine: Machine, frame: Frame, _: object) -> object:
    result = machine.negated(frame.stack.pop())
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None


def compare(machine: Machine, frame: Frame, symbol: object) -> object:
    right = frame.stack.pop()
    result = machine.compare(cast(str, symbol), frame.stack.pop(), right)
    if machine.is_task(result):
        return result
    frame.stack.append(result)
    return None
