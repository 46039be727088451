"""Expressions against Python's own arithmetic, which is what they promise to mean."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.notations.own.expression import FUNCTIONS, evaluate
from archcalc.text.faults import ValueFault

NAMES = {"a": 3, "b": 0.25, "c": -7, "d": 64}
PYTHON = {"floor": math.floor, "ceil": math.ceil, "round": round, "int": int, "abs": abs, "min": min, "max": max}


def expressions() -> st.SearchStrategy[str]:
    """Arithmetic, comparisons, choices and calls over small numbers and names, brackets around everything."""
    leaves = st.sampled_from([*NAMES, *map(str, range(12)), "0.5", "2.25", "1e2"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        binary = st.builds("({} {} {})".format, inner, st.sampled_from("+ - * / // % < <= > >= == !=".split()), inner)
        power = st.builds("({} ** {})".format, inner, st.integers(0, 3))
        unary = st.builds("({}{})".format, st.sampled_from(["-", "+", "not "]), inner)
        calls = st.builds("{}({})".format, st.sampled_from("floor ceil round int abs".split()), inner)
        pairs = st.builds("{}({}, {})".format, st.sampled_from("min max".split()), inner, inner)
        chosen = st.builds("({} if {} else {})".format, inner, inner, inner)
        logic = st.builds("(({0}) != 0 {1} ({2}) > 1)".format, inner, st.sampled_from(["and", "or"]), inner)
        return st.one_of(binary, power, unary, calls, pairs, chosen, logic)

    return st.recursive(leaves, larger, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(expressions())
def test_an_expression_means_what_python_means(text: str) -> None:
    """The same value, or a refusal where Python has none either or it is beyond the limit."""
    try:
        expected = eval(text, {"__builtins__": {}}, NAMES | PYTHON)
    except (ZeroDivisionError, OverflowError):
        expected = None
    try:
        found = evaluate(text, NAMES)
    except ValueFault:
        assert expected is None or len(text) > 200 or any(abs(n) > 1e12 for n in _parts(text)), text
        return
    assert expected is not None
    # All leaves are exact in binary, so only a division leaves a last digit that our rounding forgives and Python's does not.
    if not re.search(r"[^/]/[^/]", text):
        assert float(found) == pytest.approx(float(expected), rel=1e-12)


def _parts(text: str) -> list[float]:
    """The values of every bracketed part of an expression, as far as Python has them."""
    found = []
    opened = []
    for at, sign in enumerate(text):
        if sign == "(":
            opened.append(at)
        elif sign == ")":
            try:
                found.append(float(eval(text[opened.pop() : at + 1], {"__builtins__": {}}, NAMES | PYTHON)))
            except (ZeroDivisionError, OverflowError):
                found.append(math.inf)
            except (SyntaxError, TypeError):
                pass
    return found


@pytest.mark.parametrize("name", ["floor", "ceil", "int", "round", "abs"])
@pytest.mark.parametrize("value", ["-2.5", "-2", "-0.5", "0", "0.5", "1.5", "2", "2.25", "2.75"])
def test_rounding_on_both_sides_of_zero(name: str, value: str) -> None:
    """floor goes down, ceil up, int towards zero, round to the even neighbour, whole numbers stay."""
    number = Decimal(value)
    meant: dict[str, Callable[[], float]] = {
        "floor": lambda: int(number.to_integral_value(ROUND_FLOOR)),
        "ceil": lambda: int(number.to_integral_value(ROUND_CEILING)),
        "int": lambda: int(number),
        "round": lambda: int(number.to_integral_value()),
        "abs": lambda: float(abs(number)),
    }
    assert evaluate(f"{name}({value})", {}) == meant[name]()


def test_a_product_that_is_whole_but_for_its_last_bit_is_whole() -> None:
    """0.1·3·10 is 3.0000000000000004 and 0.29·100 is 28.999999999999996: sizes of 3 and 29."""
    assert 0.1 * 3 * 10 != 3
    assert evaluate("ceil(0.1*3*10)", {}) == 3
    assert evaluate("floor(0.29*100)", {}) == 29
    assert evaluate("int(0.29*100)", {}) == 29
    assert evaluate("int(-0.29*100)", {}) == -29


@pytest.mark.parametrize("divisor", [1, 4, 8, 16])
def test_round_to_is_the_papers_rounding(divisor: int) -> None:
    """The nearest multiple, the upper of two alike, at least the divisor, and never below nine tenths."""
    for tenths in range(1, 1200):
        x = tenths / 10
        multiples = range(divisor, 4 * divisor + 130, divisor)
        nearest = min(multiples, key=lambda m: (abs(m - x), -m))
        expected = nearest if nearest >= 0.9 * x else nearest + divisor
        assert evaluate(f"round_to({x}, {divisor})", {}) == expected, x


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1/0", "a division by zero"),
        ("1 % 0", "a division by zero"),
        ("2**65", "an exponent beyond 64, the largest allowed"),
        ("(0-8)**0.5", "the root of a negative number"),
        ("10**15 + 1", "a number beyond 10¹⁵, the largest allowed"),
        ("floor(1, 2)", "floor does not take 2 numbers"),
        ("round_to(32, 0)", "round_to takes a number and a divisor of at least 1"),
        ("flor(2)", "unknown function 'flor'"),
        ("1 < 'a'", "'1' and 'a' cannot be ordered"),
        ("'a' + 1", "'a' is a word, not a number"),
        ("__import__(1)", "unknown function '__import__'"),
        ("a.real", "is not allowed in an expression"),
        ("[1][0]", "is not allowed in an expression"),
        ("+".join("1" * 200), "the longest allowed is 300"),
    ],
)
def test_what_is_no_number_is_refused(text: str, said: str) -> None:
    """Each limit in its own words."""
    with pytest.raises(ValueFault) as caught:
        evaluate(text, NAMES)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"), [("10**15", 10**15), ("2**64 // 2**30", None), ("2**49", 2**49), ("a", 3), ("d//2", 32)]
)
def test_the_limits_themselves_are_allowed(text: str, value: int | None) -> None:
    """10¹⁵ is a result, and what passes it on the way is not."""
    if value is None:
        with pytest.raises(ValueFault):
            evaluate(text, NAMES)
    else:
        assert evaluate(text, NAMES) == value


def test_every_function_is_tried_here() -> None:
    """A new function gets its place in the tests above."""
    assert set(FUNCTIONS) == {*PYTHON, "round_to"}
