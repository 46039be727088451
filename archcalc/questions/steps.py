"""The algebra of a question, step by step: the formula, the numbers, floor turned into an inequality, the unknown alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.formulas import arithmetic as a
from archcalc.formulas.affine import Affine, Quotient
from archcalc.formulas.recording import STYLES, Expr, Recorded, Style, expr_of, write
from archcalc.questions.layer import LETTERS, Found, Question, _formula

Line = tuple[str, str]
RELATIONS = {"≤": r"\le", "≥": r"\ge", "∈": r"\in", "≠": r"\ne"}


class _Letter(str):
    """What stands for the unknown where numbers are put in: its letter. It is never negative."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False


def _recorded(question: Question) -> dict[str, int]:
    """Every number under its letter; what is not known keeps its letter even where numbers are put in."""
    made: dict[str, int] = {}
    for name, letter in LETTERS.items():
        value = getattr(question, name)
        if value is None:
            made[name] = Recorded(1, ("s", letter, _Letter(letter)))
        elif (name == "dilation" and value == 1) or (name == "output_padding" and value == 0):
            made[name] = value
        else:
            made[name] = Recorded(value, letter)
    if question.tied:
        made["stride"] = made["kernel"]
    return made


class _Writer:
    """Writes expressions and affine sums in one style."""

    def __init__(self, style: str, letter: str) -> None:
        self.latex = style == "latex"
        self.style: Style = STYLES[style]
        self.letter = letter

    def expr(self, expr: Expr, numbers: bool) -> str:
        # S(O − 1), not S·(O − 1).
        text = write(expr, self.style, numbers)
        return text if numbers else text.replace(f"{self.style.times}(", "(")

    def number(self, n: int | Fraction) -> str:
        if n < 0:
            return f"{self.style.minus}{self.number(-n)}"
        if isinstance(n, Fraction) and n.denominator > 1:
            return self.style.fraction(str(n.numerator), str(n.denominator))
        return str(int(n))

    def sum(self, x: Affine) -> str:
        """b + a·x with the number first, as the formula has it; only what is there."""
        if x.a == 0:
            return self.number(x.b)
        part = f"{abs(x.a) if abs(x.a) != 1 else ''}{self.letter}"
        if x.b == 0:
            return part if x.a > 0 else f"{self.style.minus}{part}"
        if x.b < 0 < x.a:
            return f"{part} {self.style.minus} {self.number(-x.b)}"
        return f"{self.number(x.b)} {'+' if x.a > 0 else self.style.minus} {part}"

    def line(self, *pieces: str) -> str:
        text = " ".join(pieces)
        if self.latex:
            for sign, command in RELATIONS.items():
                text = text.replace(sign, command)
        return text


def steps(answer: Found, style: str = "unicode") -> list[str]:
    """The working of a question with one thing left out, a line each."""
    question = answer.question
    writer = _Writer(style, LETTERS[answer.unknown])
    numbers = _recorded(question)
    if question.same:
        return _same(answer, writer, numbers)
    formula = _formula(question, numbers.__getitem__)
    O = numbers["output"]
    if answer.unknown == "output":
        return _forwards(answer, writer, expr_of(formula))
    lines = [
        writer.line(writer.expr(expr_of(formula), False), "=", writer.expr(expr_of(O), False)),
        writer.line(writer.expr(expr_of(formula), True), "=", writer.expr(expr_of(O), True)),
    ]
    plain = _formula(question, lambda name: Affine(1) if _is(question, name, answer.unknown) else question.value(name))
    if isinstance(plain, Quotient):
        lines += _rounded(answer, writer, numbers, expr_of(formula), plain)
    elif isinstance(plain, Affine):
        lines += _linear(answer, writer, plain)
    lines += [*_bounds(answer, writer), conclusion(answer, writer)]
    return [line for before, line in zip(["", *lines], lines, strict=False) if line != before]


def _is(question: Question, name: str, unknown: str) -> bool:
    return name == unknown or (name == "stride" and question.tied and unknown == "kernel")


def _forwards(answer: Found, writer: _Writer, formula: Expr) -> list[str]:
    """The formula with its numbers put in, and what torch's last-window rule takes away."""
    question = answer.question
    value = int(_formula(question, question.value))
    lines = [
        writer.line(writer.letter, "=", writer.expr(formula, False), "=", writer.expr(formula, True), "=", writer.number(value))
    ]
    if question.ceil and a.last_window_outside(value, *(question.value(n) for n in ("input", "padding", "stride"))):
        W, P, S = (writer.number(question.value(n)) for n in ("input", "padding", "stride"))
        start = writer.style.times.join([writer.number(value - 1), S])
        why = "the last window starts outside: torch drops it"
        lines.append(writer.line(f"(O {writer.style.minus} 1)S = {start} ≥ W + P = {W} + {P}", _aside(writer, why)))
    return [*lines, conclusion(answer, writer)]


def _aside(writer: _Writer, text: str) -> str:
    return rf"\quad\text{{({text})}}" if writer.latex else f"  ({text})"


def _parts(formula: Expr) -> tuple[str, Expr, Expr]:
    """floor or ceil, numerator and divisor of a formula ⌊n/d⌋ + 1."""
    for _, term in formula[1] if formula[0] == "+" else [(1, formula)]:
        if term[0] in ("floor", "ceil"):
            return term
    raise AssertionError(formula)


def _rounded(answer: Found, writer: _Writer, numbers: dict[str, int], formula: Expr, plain: Quotient) -> list[str]:
    """⌊n/d⌋ = m as d·m ≤ n < d·(m + 1), in letters, in numbers, gathered, and for the unknown alone."""
    question = answer.question
    _, top, bottom = _parts(formula)
    O, S = numbers["output"], Recorded(int(numbers["stride"]), bottom)
    W, P = numbers["input"], numbers["padding"]
    lines = []
    cases: list[tuple[Any, Any, int]]
    if question.ceil:
        cases = [(S * (O - 2), S * (O - 1), (question.output or 0)), (S * (O - 1), S * O, (question.output or 0) + 1)]
    else:
        cases = [(S * (O - 1), S * O, (question.output or 0))]
    for index, (low, high, made) in enumerate(cases):
        left, right = ("<", "≤") if question.ceil else ("≤", "<")
        below, above = _ends(plain, made)
        if index == 1:
            if not _drops(answer):
                break
            lines.append(_window(writer, S * O, "≥", W + P, "or one window more, the last dropped as it starts outside"))
        for numbered in (False, True):
            sides = [writer.expr(expr_of(x), numbered) if expr_of(x)[0] != "n" else writer.number(int(x)) for x in (low, high)]
            lines.append(writer.line(sides[0], left, writer.expr(top, numbered), right, sides[1]))
        top_sum = plain.numerator
        gathered = writer.line(writer.sum(below), left, writer.sum(top_sum), right, writer.sum(above))
        if gathered != lines[-1]:
            lines.append(gathered)
        if index == 0 and question.ceil:
            lines.append(_window(writer, S * (O - 1), "<", W + P, "the last window starts inside"))
        lines += _alone(writer, top_sum, below, above, left, right)
    return lines


def _window(writer: _Writer, start: int, sign: str, end: int, why: str) -> str:
    """Where the last window starts against where the input ends, in letters and in numbers."""
    letters = [writer.expr(expr_of(x), False) for x in (start, end)]
    numbers = [writer.expr(expr_of(x), True) for x in (start, end)]
    return writer.line(letters[0], sign, f"{letters[1]}:", numbers[0], sign, numbers[1], _aside(writer, why))


def _ends(plain: Quotient, output: int) -> tuple[Affine, Affine]:
    m = output - plain.offset
    return (plain.divisor * (m - 1), plain.divisor * m) if plain.up else (plain.divisor * m, plain.divisor * (m + 1))


def _drops(answer: Found) -> bool:
    """Whether some answer loses its last window to torch's rule."""
    question = answer.question
    for x in answer.first(200):
        made = _formula(question, lambda name, x=x: x if _is(question, name, answer.unknown) else question.value(name))
        if made != question.output:
            return True
    return False


def _alone(writer: _Writer, top: Affine, below: Affine, above: Affine, left: str, right: str) -> list[str]:
    """below ≤ top < above with the unknown by itself: one line, or one for each side where it stands on both."""
    x = writer.letter
    if top.a and not below.a and not above.a:
        ends = [Fraction(side.b - top.b, top.a) for side in (below, above)]
        signs = [left, right]
        if top.a < 0:
            ends.reverse()
            signs = [right, left]
        return [writer.line(writer.number(ends[0]), signs[0], x, signs[1], writer.number(ends[1]))]
    lines = []
    for difference, strict in ((top - below, left == "<"), (above - top, right == "<")):
        if difference.a:
            end = Fraction(-difference.b, difference.a)
            sign = (">" if strict else "≥") if difference.a > 0 else ("<" if strict else "≤")
            lines.append(writer.line(x, sign, writer.number(end)))
    return lines


def _linear(answer: Found, writer: _Writer, plain: Affine) -> list[str]:
    """b + a·x = O, and the unknown alone."""
    O = answer.question.output or 0
    lines = [writer.line(writer.sum(plain), "=", writer.number(O))]
    if plain.a:
        lines.append(writer.line(writer.letter, "=", writer.number(Fraction(O - plain.b, plain.a))))
    return lines


def _bounds(answer: Found, writer: _Writer) -> list[str]:
    """What is asked beside the size, where it bears on the unknown."""
    question = answer.question
    if question.kind == "pool" and answer.unknown in ("kernel", "padding"):
        known = question.padding if answer.unknown == "kernel" else question.kernel
        if known:
            text = f"2P ≤ K, K ≥ {2 * known}" if answer.unknown == "kernel" else f"2P ≤ K = {known}"
            return [writer.line(text, _aside(writer, "torch refuses more padding"))]
    if question.kind == "transposed" and question.output_padding and answer.unknown in ("stride", "dilation"):
        return [writer.line("R < S", _aside(writer, "or R < D, in torch"))]
    return []


def conclusion(answer: Found, writer: _Writer) -> str:
    """The unknown and its answers, the exact ones named."""
    x = writer.letter
    if not answer.runs:
        return writer.line(x, _aside(writer, "no whole number").strip())
    if answer.unbounded:
        return writer.line(x, "≥", writer.number(answer.runs[-1].low))
    found = answer.first(12)
    more = (answer.count or 0) > len(found)
    listed = ", ".join(writer.number(n) for n in found)
    if len(found) == 1 and not more:
        return writer.line(x, "=", listed)
    dots = r",\ldots," if writer.latex else ", …, "
    last = answer.runs[-1].high or 0
    listed = f"{listed}{dots}{writer.number(last)}" if more else listed
    braces = (r"\{", r"\}") if writer.latex else ("{", "}")
    return writer.line(x, "∈", f"{braces[0]}{listed}{braces[1]}")


def _same(answer: Found, writer: _Writer, numbers: dict[str, int]) -> list[str]:
    """Padding that keeps the size: P + Q is the kernel's reach less one, and the sum is W."""
    question = answer.question
    K, D = numbers["kernel"], numbers["dilation"]
    total = a.reach(K, D) - 1
    lines = [writer.line("P + Q =", writer.expr(expr_of(total), False))]
    if question.kernel and question.dilation:
        before, after = a.same_padding(question.kernel, question.dilation)
        lines[0] = writer.line(lines[0], "=", writer.expr(expr_of(total), True), "=", writer.number(before + after))
        lines.append(writer.line(f"P = {before}, Q = {after}", _aside(writer, "the odd one after, as in torch")))
    W = writer.expr(expr_of(numbers["input"]), question.input is not None)
    formula = _formula(question, numbers.__getitem__)
    lines.append(writer.line("O =", writer.expr(expr_of(formula), False), "=", "W =", W))
    return [*lines, conclusion(answer, writer)]
