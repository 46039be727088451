"""Numbers as a person writes them: whole ones, multiples such as 2M or 8GiB, decimals. A number is refused by its length before
it is made, so that no text can ask for one of a million digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.text.faults import ValueFault
from archcalc.text.signs import plain

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

MOST_DIGITS = 18
SUFFIXES = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
BINARY = {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def apart(text: str) -> bool:
    """Whether a number has commas between its thousands, whatever follows it: 61,706, 1,00,000, 1,234.5k."""
    return "," in text and re.fullmatch(r"[+-]?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:[^\d,][^,]*)?", text) is not None


def whole(text: str) -> int:
    """A whole number from 0, thousands apart or not: 61706, 61,706, 61_706. Raises ValueFault."""
    digits = _bare(text)
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MOST_DIGITS:
        raise ValueFault(f"'{shown(text)}' is not a whole number of at most {MOST_DIGITS} digits", "61706")
    return int(digits)


def decimal(text: str) -> Decimal:
    """A number that may have decimals or an exponent: 0.05, 1e-3. Raises ValueFault."""
    from decimal import Decimal

    bare = _bare(text)
    try:
        number = Decimal(bare) if len(bare) <= 2 * MOST_DIGITS else Decimal("nan")
    except ArithmeticError:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueFault(f"'{shown(text)}' is not a number", "0.05")
    return number


def amount(text: str) -> int:
    """A whole number from 1, perhaps as a multiple: 2M, 150k, 1.5G, 8GiB, 61,706. Raises ValueFault."""
    bare = _bare(text).lower()
    factor = BINARY.get(bare[-3:], SUFFIXES.get(bare[-1:], 1))
    length = 3 if bare[-3:] in BINARY else int(factor > 1)
    number: Decimal | None
    try:
        number = decimal(bare[: len(bare) - length]) * factor
    except ValueFault:
        number = None
    if number is None or not 1 <= number <= 10**MOST_DIGITS or number != int(number):
        raise ValueFault(f"'{shown(text)}' is not a whole number", "2M", "150k", "61706")
    return int(number)


def between(value: object, what: str, low: int, high: int) -> int:
    """A whole number within bounds, typed or given by a program; `what` is said before it. Raises SpecError."""
    from archcalc.text.faults import Fault, SpecError

    try:
        number = whole(str(value))
    except ValueFault:
        number = low - 1
    if not low <= number <= high:
        said = f"{what} {shown(str(value))}: a whole number from {low:,} to {high:,} is meant"
        raise SpecError([Fault(said, repairs=[f"{what} {low}"])])
    return number


def one_of(value: object, what: str, choices: Collection[str]) -> str:
    """One of a few words; `what` is said before it. Raises SpecError."""
    if isinstance(value, str) and value in choices:
        return value
    from archcalc.text.faults import Fault, SpecError, suggestions

    near = suggestions(str(value), choices) or list(choices)
    said = f"{what} {shown(str(value))}: one of {', '.join(choices)} is meant"
    raise SpecError([Fault(said, repairs=[f"{what} {n}" for n in near])])


def shown(text: str, most: int = 40) -> str:
    """A text as a message quotes it: cut where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _bare(text: str) -> str:
    """A number without what stands between its thousands; a comma that does not is left, and makes it none: 1,5 is not 15."""
    bare = plain(text).strip().replace("_", "") if len(text) <= 8 * MOST_DIGITS else ""
    return bare.replace(",", "") if apart(bare) else bare
