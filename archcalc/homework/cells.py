"""One cell of an answer sheet: a number or a shape as people write them, or the reason it is none.

    61,706   61 706   61.7k   ≈ 62,000   6.17e4   61,7k   400*120+120   5·5·6 + 6 = 156
    28x28x6   (6, 28, 28)   6@28x28   None, 28, 28, 6

A cell is somebody's answer, so nothing here stops anything: what cannot be read is a ValueFault, and its message is the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from archcalc.formulas.arithmetic import whole
from archcalc.layers.base import Shape
from archcalc.notations.own.expression import evaluate
from archcalc.text.amounts import apart
from archcalc.text.faults import ValueFault
from archcalc.text.visible import one_line

LONGEST = 120
MOST_DIGITS = 30
SUFFIXES = {"": 0, "k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "g": 9, "b": 9, "billion": 9, "t": 12, "trillion": 12}
_UNITS = r"(?:parameters?|params?|weights?|multiplications?|multiplies|mults?|macs?|mult-adds?)"
_NUMBER = re.compile(rf"(?P<sign>[+-]?)(?P<digits>\d[\d.,]*|\.\d+)(?:e(?P<power>[+-]?\d+))?(?P<suffix>[a-z]*?)(?:{_UNITS})?")
_SUM = re.compile(r"(?:floor\(|ceil\(|[\d\s.,()+\-*/])+")
# What people write for an operator, and what it is here.
_OPERATORS = str.maketrans({"×": "*", "·": "*", "∙": "*", "⋅": "*", "−": "-", "–": "-", "÷": "/", ":": "/", "^": "\x00"})
NOTHING = ("", "-", "–", "—", "?", "n/a", "none", "null", "~")


@dataclass(frozen=True)
class Number:
    """A number that was read: its value, and the power of ten of the last digit written (0 for a whole number).

    `other` is what it is where its points stand between thousands (61.706), `how` what is to be said of the reading;
    `worked` that a sum was worked out, so that no digit of it was rounded by anybody.
    """

    value: Fraction
    place: int
    how: str = ""
    other: Fraction | None = None
    worked: bool = False


def shown(text: str, width: int = 40) -> str:
    """A cell as it stands in a table: on one line, and cut where it is longer than anybody reads."""
    plain = one_line(" ".join(text.split()))
    return plain if len(plain) <= width else f"{plain[: width - 10]}… ({len(plain):,} characters)"


def is_empty(text: str) -> bool:
    """Whether a cell holds no answer."""
    return text.strip().lower() in NOTHING


def read_number(text: str) -> Number:
    """The number of a cell; a sum in it is worked out. Raises ValueFault with the reason why it is none."""
    if len(text) > LONGEST:
        digits = sum(c.isdecimal() for c in text)
        what = f"a number of {digits:,} digits" if digits > len(text) / 2 else f"{len(text):,} characters"
        raise ValueFault(f"{what}: no number of this length is an answer", "the digits of the answer alone")
    plain = text.strip().lower()
    rounded = plain[:1] in ("≈", "~")
    joined = re.sub(r"(?<=\d)[\s_'’](?=\d)", "", plain.lstrip("≈~= ")).replace("−", "-")
    match = _NUMBER.fullmatch(joined.replace(" ", ""))
    if match and match["suffix"] in SUFFIXES:
        return _plain(match, rounded, text)
    return _worked_out(joined, text)


def _plain(match: re.Match[str], rounded: bool, text: str) -> Number:
    digits, how, other = match["digits"], "", None
    power = int(match["power"] or 0) if len(match["power"] or "") < 5 else 99
    power += SUFFIXES[match["suffix"]]
    if "," in digits and not apart(digits):
        if digits.count(",") > 1 or "." in digits:
            raise ValueFault(f"'{text.strip()}' is not a number", "61,706", "61.7k")
        digits, how = digits.replace(",", "."), "the comma read as a decimal point"
    digits = digits.replace(",", "")
    if digits.count(".") > 1:
        if not re.fullmatch(r"\d{1,3}(\.\d{3})+", digits):
            raise ValueFault(f"'{text.strip()}' is not a number", "61,706", "61.7k")
        digits, how = digits.replace(".", ""), "points read as standing between thousands"
    elif not power and not how and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", digits):
        other = Fraction(int(match["sign"] + digits.replace(".", "")))
    front, _, behind = digits.partition(".")
    if len(front) + len(behind) > MOST_DIGITS or abs(power) > MOST_DIGITS:
        raise ValueFault(f"'{shown(text)}' is far beyond any figure of a network", "the figure, as in 61,706")
    number = int(match["sign"] + (front + behind or "0"))
    place = power - len(behind)
    value = Fraction(number) * Fraction(10) ** place
    if not behind and (rounded or power):  # the zeros at the end of 420k are as little written as those of 0.42M
        place += zeros(number)
    return Number(value, place, how, other)


def _worked_out(joined: str, text: str) -> Number:
    """A sum worked out: `400*120+120`, or with its value behind it, which must then be so."""
    parts = [p.strip() for p in joined.translate(_OPERATORS).replace("x", "*").replace("\x00", "**").split("=")]
    values = []
    for part in parts:
        calls = part.replace("⌊", "floor(").replace("⌋", ")").replace("⌈", "ceil(").replace("⌉", ")")
        without = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", calls)
        if not part or not _SUM.fullmatch(without) or not re.search(r"\d", without):
            raise ValueFault(f"'{shown(text)}' is not a number", "61,706", "61.7k", "400*120+120")
        try:
            made = evaluate(re.sub(r"(?<![\d.])0+(?=\d)", "", without), {})
        except ValueFault as fault:
            raise ValueFault(f"{shown(text)}: {fault.message}", *fault.repairs) from None
        if isinstance(made, str):
            raise ValueFault(f"'{shown(text)}' is not a number", "the figure, as in 61,706")
        exact = whole(made)
        values.append(Fraction(made) if exact is None else Fraction(exact))
    if len(set(values)) > 1:
        said = ", then ".join(figure(v) for v in values)
        raise ValueFault(f"the two sides of '{shown(text)}' are not equal: {said}", "the result alone")
    return Number(values[-1], 0, f"= {figure(values[-1])}" if len(values) == 1 else "", worked=True)


def figure(value: Fraction) -> str:
    """A number as it is shown: whole with separators, otherwise as a short decimal."""
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,.6g}"


def last_place(true: int, significant: int) -> int:
    """The power of ten of the last of so many significant figures; 0 where the number has no more digits than that."""
    return max(0, len(str(abs(true))) - significant)


def rounds_to(true: int, number: Number, significant: int) -> bool:
    """Whether a number is this one, rounded at the digits written, but no coarser than so many significant figures."""
    place = min(number.place, last_place(true, significant))
    return number.value == true if place <= 0 else 2 * abs(number.value - true) <= 10**place


def zeros(number: int) -> int:
    """How many zeros a whole number ends with."""
    return len(str(number)) - len(str(number).rstrip("0")) if number else 0


def too_coarse(true: int, number: Number, significant: int) -> bool:
    """Whether a number would be right at its own digits, but has fewer than are asked for: 0.4M or 400k for 423,000."""
    place = number.place or zeros(int(number.value))
    return not number.worked and place > last_place(true, significant) and abs(number.value - true) <= Fraction(10) ** place / 2


def unmarked(true: int, number: Number, significant: int) -> bool:
    """Whether a whole number is this one rounded, but written as if every digit counted: 61,700 for 61,706."""
    return (
        number.place == 0 and not number.worked and rounds_to(true, replace(number, place=zeros(int(number.value))), significant)
    )


def cut_off(true: int, number: Number, significant: int) -> bool:
    """Whether the digits of a number are those of this one, cut off where it should have been rounded."""
    place = min(number.place, last_place(true, significant))
    return place > 0 and number.value == true // 10**place * 10**place


def rounded(true: int, significant: int) -> str:
    """A number at so many significant figures, as a person would write it: 61.7k, 2.42M, 420k."""
    place = last_place(true, significant)
    near = (abs(true) + 10**place // 2) // 10**place * 10**place
    if place == 0:
        return f"{true:,}"
    digits = len(str(near))
    power, suffix = next((p, s) for p, s in ((12, "T"), (9, "G"), (6, "M"), (3, "k")) if digits > p) if digits > 3 else (0, "")
    decimals = max(0, significant - (digits - power))
    return f"{near / 10**power:,.{decimals}f}{suffix}"


def read_shape(text: str) -> tuple[Shape, str]:
    """A shape, and what is to be said of its reading. Raises ValueFault with the reason why it is none."""
    if len(text) > LONGEST:
        raise ValueFault(f"{len(text):,} characters: no shape is as long as this", "28x28x6")
    plain = re.sub(r"^(output|shape|size)\s*[:=]\s*", "", text.strip().lower()).strip("()[]{} ")
    parts = [p for p in re.split(r"\s*[×xх✕*,;@/]\s*|\s+", plain.replace("by", "x").strip(", ")) if p]
    how = ""
    if len(parts) > 1 and parts[0] in ("none", "n", "b", "batch", "?", "-1"):
        parts, how = parts[1:], "the batch in front left out"
    if not parts or not all(p.isascii() and p.isdecimal() and len(p) <= 10 and int(p) > 0 for p in parts) or len(parts) > 8:
        raise ValueFault(f"'{shown(text)}' is not a shape", "28x28x6")
    return tuple(map(int, parts)), how
