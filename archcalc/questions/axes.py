"""What varies in a sweep or a fit: a variable, or the size of the input, and the values it takes.

width=0.25:1.5:0.25      from, to, step              width=0.5,0.75,1           one after the other
resolution=96,128,…,224  on as it began              act=relu,silu              words
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from archcalc.layers.base import Shape
from archcalc.network.nodes import Network
from archcalc.text.amounts import decimal, shown
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.signs import plain

Term = int | float | bool | str
Value = Term | Shape
MOST_VALUES = 10_000
# What an axis is called that is no variable: the spatial size of the input, its whole shape, how many inputs there are at once.
SIZE, INPUT, BATCH = "resolution", "input", "batch"
GOES_ON = ("…", "...", "..")


class Axis(NamedTuple):
    """What varies, and the values it takes. `kind` is "variable", "size" (of the input's spatial axes), "shape" (of
    the input) or "batch"."""

    name: str
    values: tuple[Value, ...]
    kind: str = "variable"

    @property
    def ordered(self) -> bool:
        """Whether its values are numbers, of which one is larger."""
        return all(type(v) in (int, float) for v in self.values)

    def sorted(self) -> Axis:
        """The same with its numbers in rising order."""
        return self._replace(values=tuple(sorted(self.values, key=float))) if self.ordered else self  # type: ignore[arg-type]


def spatial_axes(network: Network, name: str) -> list[int]:
    """The spatial axes of an input; of a sequence T×F its steps, of C×L its length."""
    shape = network.inputs[name]
    if len(shape) != 2:
        return list(range(1, len(shape)))
    index = -1 - list(network.inputs).index(name)
    reads = [node.layer for node in network.nodes if index in node.inputs]
    return [1] if any(layer.layout == "channels" for layer in reads) else [0]


def read_values(name: str, text: str, option: str = "--set") -> list[str]:
    """`0.25:1.5:0.25`, `96,128,…,224`, `relu,silu` as single values, as they would be typed. Raises SpecError."""
    said = f"{option} {name}={shown(text)}"
    parts = [part.strip() for part in plain(text).replace("…", "...").split(",")]
    found: list[str] = []
    for at, part in enumerate(parts):
        if not part:
            raise _fault(f"{said}: a value is empty", f"{option} {name}=1,2,3")
        if part in GOES_ON:
            last = parts[at + 1 :]
            if at < 2 or len(last) != 1:
                raise _fault(f"{said}: … stands between two values and the last one", f"{option} {name}=96,128,...,224")
            found += _range(said, _number(said, found[-2]), _number(said, last[0]), _step(said, found))[2:]
            break
        found += _spread(said, part) if ":" in part else [part]
        if len(found) > MOST_VALUES:
            raise _fault(f"{said}: more than {MOST_VALUES:,} values", f"{option} {name}=0.25:1.5:0.25")
    return found


def _step(said: str, found: Sequence[str]) -> Decimal:
    return _number(said, found[-1]) - _number(said, found[-2])


def _spread(said: str, part: str) -> list[str]:
    ends = [_number(said, end) for end in part.split(":")]
    if len(ends) > 3:
        raise _fault(f"{said}: FROM:TO:STEP is meant", "0.25:1.5:0.25")
    if len(ends) == 2 and any(end % 1 for end in ends):
        raise _fault(f"{said}: a range of fractions has a step", f"{part}:0.25")
    return _range(said, ends[0], ends[1], ends[2] if len(ends) == 3 else Decimal(1))


def _range(said: str, low: Decimal, high: Decimal, step: Decimal) -> list[str]:
    if step <= 0 or high < low:
        raise _fault(f"{said}: from the smaller to the larger, by a step above 0", "0.25:1.5:0.25")
    if (high - low) / step >= MOST_VALUES:
        raise _fault(f"{said}: more than {MOST_VALUES:,} values", f"a step of {float((high - low) / 100):g}")
    return [written(low + step * n) for n in range(int((high - low) / step) + 1)]


def _number(said: str, text: str) -> Decimal:
    try:
        return decimal(text)
    except ValueFault as error:
        raise _fault(f"{said}: {error.message}", "0.25:1.5:0.25", "96,128,...,224") from None


def written(value: Decimal | Value) -> str:
    """A value as it is typed."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{Decimal(repr(value)).normalize():f}" if type(value) is float else str(value)


def texts_of(name: str, values: str | Sequence[Value]) -> list[str]:
    """Values of an axis, typed or given by a program, as they would be typed one by one. Raises SpecError."""
    return read_values(name, values) if isinstance(values, str) else list(map(written, values))


def axis_of(name: str, texts: Sequence[str], network: Network, more: bool = False) -> Axis:
    """The axis of a name: a variable of the network, or the size or shape of its only input that has one.

    With `more` there may be variables that the network does not name, as a function's `**kwargs`. Raises SpecError.
    """
    if len({*texts}) < len(texts):
        twice = next(t for at, t in enumerate(texts) if t in texts[:at])
        raise _fault(f"{name}={twice} is given twice", f"{name}={','.join(dict.fromkeys(texts))}")
    if name not in network.variables and name == INPUT:
        from archcalc.loading import parse_input

        return Axis(name, tuple(parse_input(text)[1] for text in texts), "shape")
    if name not in network.variables and name in (SIZE, BATCH):
        if name == SIZE:
            sized_input(network)
        for text in texts:
            if not text.isdecimal() or len(text) > 10 or not 1 <= int(text) <= 10**9:
                raise _fault(f"{name}={shown(text)}: a whole number from 1 is meant", f"{name}=32,64,...,256")
        return Axis(name, tuple(map(int, texts)), "size" if name == SIZE else "batch")
    if name not in network.variables and not more:
        known = [*network.variables, SIZE]
        message = f"{network.name} has no variable '{shown(name)}'; it has {', '.join(network.variables) or 'none'}"
        raise _fault(message, *(suggestions(name, known) or known[:3]))
    return Axis(name, tuple(_terms(texts)))


def _terms(texts: Sequence[str]) -> list[Term]:
    """Values as numbers, where all of them are; fractions where any is one, so that all are worked out alike."""
    try:
        numbers = [decimal(text) for text in texts]
    except ValueFault:
        return list(texts)
    return [float(n) for n in numbers] if any(n % 1 for n in numbers) else [int(n) for n in numbers]


def sized_input(network: Network) -> str:
    """The only input that has a spatial size. Raises SpecError."""
    sized = [name for name, shape in network.inputs.items() if len(shape) >= 2]
    if len(sized) != 1:
        what = "several inputs have a size" if sized else "no input has a size"
        raise _fault(f"{network.name}: {what}, and no variable is called {SIZE}", "a variable under `vars`")
    return sized[0]


def given_at(
    network: Network, axes: Sequence[Axis], values: Sequence[Value], batch: int
) -> tuple[dict[str, Shape], dict[str, Term], int]:
    """The input shapes, the variables, and the batch that these values of the axes are."""
    inputs: dict[str, Shape] = {}
    variables: dict[str, Term] = {}
    for axis, value in zip(axes, values, strict=True):
        if axis.kind == "variable":
            assert not isinstance(value, tuple)
            variables[axis.name] = value
        elif axis.kind == "batch":
            assert isinstance(value, int)
            batch = value
        elif axis.kind == "shape":
            assert isinstance(value, tuple)
            inputs[""] = value
        else:
            name = sized_input(network)
            free = spatial_axes(network, name)
            shape: list[object] = [value if at in free else n for at, n in enumerate(network.inputs[name])]
            inputs[name if len(network.inputs) > 1 else ""] = tuple(shape)  # type: ignore[arg-type]
    return inputs, variables, batch


def split_settings(sets: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What is set once, and what takes several values. Raises SpecError."""
    fixed: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name, text in sets.items():
        values = read_values(name, text)
        if len(values) > 1:
            several[name] = values
        else:
            fixed[name] = text
    return fixed, several


def _fault(message: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, repairs=(repair, *more))])
