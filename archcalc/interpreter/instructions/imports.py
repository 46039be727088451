"""Imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


def import_module(machine: Machine, frame: Frame, argument: tuple[str, bool]) -> object:
    """`import a.b`: the first module, or the last where it gets a name of its own."""
    name, last = argument
    return machine.import_module(name, last)


def import_name(machine: Machine, frame: Frame, argument: tuple[str, int, str]) -> object:
    module, level, name = argument
    return machine.import_name(frame.module, module, level, name)


def import_all(machine: Machine, frame: Frame, argument: tuple[str, int]) -> object:
    module, level = argument
    frame.drop = True
    return machine.import_all(frame.module, module, level)
