"""Every fault says what to type instead, or why there is nothing: it cannot be written down otherwise, nor made otherwise."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import archcalc
from archcalc.text.faults import UNSAID, Fault, Faults, Misfit, ValueFault, Why

PACKAGE = Path(archcalc.__file__).parent
# What makes a fault: the names of the classes, and of the functions of the readers and questions that hand one on.
MAKERS = {"ValueFault", "Misfit", "PhraseFault", "UnknownShape", "fault", "_fault", "fail", "_refused", "_missing", "refusal"}


def calls() -> list[tuple[str, ast.Call]]:
    """Every call in the package that makes a fault, with its place."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in MAKERS or name == "Fault":
                    found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", node))
    return found


def may_be_empty(node: ast.expr) -> bool:
    """Whether a list of repairs is a bare search among known words, which may find none."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "suggestions"


def test_no_list_of_repairs_may_come_out_empty() -> None:
    """A search for a near word is always followed by what to do where none is near."""
    bare = []
    for place, call in calls():
        lists = [a.value for a in call.args if isinstance(a, ast.Starred)]
        lists += [k.value for k in call.keywords if k.arg == "repairs"]
        fixed = [a for a in call.args if not isinstance(a, ast.Starred)]
        if any(may_be_empty(node) for node in lists) and len(fixed) < 3:
            bare.append(f"{place}: {ast.unparse(call)[:120]}")
    assert len(calls()) > 400
    assert bare == []


@pytest.mark.parametrize("made", [Fault, ValueFault, Misfit, Faults.add, Faults.stop])
def test_none_can_be_made_without(made: object) -> None:
    """A repair is asked for by the signature, so that the type checker finds a call that has none."""
    assert callable(made)
    wanted = [p for p in inspect.signature(made).parameters.values() if p.name in ("repair", "repairs")]
    assert [p.default for p in wanted] == [inspect.Parameter.empty]


def test_a_reason_stands_where_a_repair_would() -> None:
    """What cannot be mended by typing says why; and what was made with nothing says that nothing is known."""
    assert str(Fault("broken", repairs=[Why("it is so")])) == "broken\n  nothing to try: it is so"
    assert str(Fault("broken", repairs=[Why("it is so"), "this"])) == "broken\n  try: this"
    assert Fault("broken", repairs=[]).repairs == (UNSAID,)
