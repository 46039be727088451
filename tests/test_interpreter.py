"""The interpreter against Python itself, against hostile programs, and against the clock."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from archcalc.interpreter.machine import Machine
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def ours(text: str, name: str = "r") -> object:
    """What a program leaves under a name, as the interpreter writes it."""
    machine = Machine()
    module = machine.load(Source("program.py", text), "program")
    return machine.finish(machine.written(module.names[name]))


def pythons(text: str, name: str = "r") -> object:
    """The same by Python."""
    module = sys.modules["program"] = types.ModuleType("program")
    try:
        exec(compile(text, "program.py", "exec", dont_inherit=True), vars(module))
        return repr(vars(module)[name])
    finally:
        del sys.modules["program"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_a_program_means_what_it_means_in_python(program: Path) -> None:
    """Each program of the corpus leaves the same result as when Python runs it."""
    text = program.read_text(encoding="utf-8")
    assert ours(text) == pythons(text)


@pytest.mark.parametrize(
    "text",
    [
        "[0] * 10**9",
        "'x' * 10**9",
        "10**10**10",
        "1 << 10**9",
        "x = [1]\nwhile True: x = x + x",
        "while True: pass",
        "def f(): return f()\nf()",
        "list(range(10**12))",
        "for i in range(10**12): pass",
        "f'{1:>1000000000}'",
        "'{0.__class__.__mro__}'.format(1)",
        "().__class__.__bases__",
        "def f(): pass\ngetattr(f, '__glo' + 'bals__')",
        "type('X', (), {})",
        "eval('1')",
        "exec('1')",
        "globals()",
    ],
)
def test_a_hostile_program_is_a_fault_at_its_place(text: str) -> None:
    """What would exhaust or escape is refused where it stands."""
    with pytest.raises(SpecError) as caught:
        Machine().load(Source("program.py", text), "program")
    assert caught.value.faults[0].span is not None
    assert caught.value.faults[0].repairs
