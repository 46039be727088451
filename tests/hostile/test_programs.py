"""Some of the hostile programs that `python -m tests.hostile.programs` makes without end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archcalc.interpreter.interpreting import Interpreter
from archcalc.interpreter.values import Module
from archcalc.text.source import Source
from tests.hostile import programs

COUNT = 1500


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited by what Linux says of a process")
def test_hostile_programs_end_within_their_limits_and_reach_nothing() -> None:
    """Each ends in a value or a fault with something to do, in 2 s and 500 MB, and leaves no value but the interpreter's own."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.hostile.programs", "--seed", "0", "--count", str(COUNT)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr


def test_a_value_of_pythons_own_would_be_seen() -> None:
    """What looks for them finds a host's function, a host's class and a host's text where they are put in."""
    machine = Interpreter()
    module: Module = machine.load(Source("a.py", "class A:\n    pass\nx = {'a': [1, (2, {3})]}\n"), "a")
    assert programs.foreign(module) == ""
    for value in (len, object(), b"bytes", repr(object()), [bytearray()]):
        module.names["x"] = value  # type: ignore[assignment]
        assert programs.foreign(module)
