"""The values of arguments, checked as torch checks them. Each raises ValueFault; the call adds the place."""

from __future__ import annotations

from archcalc.formulas.arithmetic import divisor_at_most
from archcalc.interpreter.values import List, Value
from archcalc.notations.pytorch.vocabulary.shapes import Batch, written
from archcalc.text.faults import ValueFault

MOST = 10**9


def whole(value: Value, name: str, least: int = 1, most: int = MOST) -> int:
    """A whole number; floats are refused as torch refuses them."""
    if isinstance(value, Batch):
        raise ValueFault(f"{name} cannot be the size of the batch", f"{name}=1")
    if isinstance(value, float):
        right = f"int({name})" if value == value else "a whole number"
        raise ValueFault(f"{name}={value!r} is a float, and torch takes whole numbers only", right, f"{name}={value:.0f}")
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueFault(f"{name} cannot be {written(value)}", f"a whole number, such as {name}={max(least, 1)}")
    if value < least:
        raise ValueFault(f"{name}={value} is too small: the least is {least}", f"{name}={least}")
    if value > most:
        raise ValueFault(f"{name}={value} is too large: the most read is {most:,}", f"{name}={max(least, 1)}")
    return value


def known_or_lazy(value: Value, name: str) -> int | None:
    """A whole number; None for a lazy layer, which learns it from its first input."""
    return None if value is None else whole(value, name)


def divisible(count: int, parts: int, name: str, message: str) -> None:
    """Refuses a number of parts that does not divide a count; the nearest smaller one that does is offered."""
    if count % parts:
        raise ValueFault(message, f"{name}={divisor_at_most(count, parts)}")


def per_axis(value: Value, rank: int, name: str, least: int = 1) -> int | tuple[int, ...]:
    """A number for all axes, or one each."""
    if isinstance(value, tuple | List):
        found = tuple(whole(v, name, least) for v in value)
        if len(found) == 1:
            return found[0]
        if len(found) != rank:
            raise ValueFault(f"{name} has {len(found)} values for {rank} axes", f"{name}={found[0] if found else least}")
        return found
    return whole(value, name, least)


def number(value: Value, name: str) -> float:
    """A finite number."""
    if isinstance(value, int | float) and value == value and abs(value) < float("inf"):
        return float(value)
    raise ValueFault(f"{name} cannot be {written(value)}", f"a number, such as {name}=0.1")


def share(value: Value, name: str = "p") -> float:
    """A number from 0 to 1."""
    found = number(value, name)
    if not 0 <= found <= 1:
        raise ValueFault(f"{name}={found:g} has to be between 0 and 1", "0.5")
    return found


def flag(value: Value, name: str) -> bool:
    """Yes or no; numbers and None count as Python counts them."""
    if isinstance(value, bool | int | float) or value is None:
        return bool(value)
    if isinstance(value, str | tuple | List):
        return len(value) > 0
    raise ValueFault(f"{name} cannot be {written(value)}", f"{name}=True", f"{name}=False")


def word(value: Value, name: str, *options: str) -> str:
    """One of a few words."""
    if isinstance(value, str) and value in options:
        return value
    raise ValueFault(f"{name} cannot be {written(value)}", *(repr(o) for o in options[:4]))


def shape_of(value: Value, name: str) -> tuple[int, ...]:
    """A size, or several."""
    if isinstance(value, tuple | List):
        return tuple(whole(v, name) for v in value)
    return (whole(value, name),)


def only(value: Value, default: Value, name: str) -> None:
    """An argument that is read at one value only."""
    if type(value) is not type(default) or value != default:
        raise ValueFault(f"{name}={written(value)} is not read, only {name}={default!r}", f"{name}={default!r}")
