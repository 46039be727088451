"""Layers of Keras that only give values another shape. Source: Keras 3's documentation."""

from __future__ import annotations

from archcalc.formulas import arithmetic as a
from archcalc.notations.keras.uses import Use
from archcalc.notations.keras.work import LOST, Values


def flatten(use: Use) -> Values:
    """Everything in one row."""
    use.word("data_format", default="channels_last")
    return [use.node("flatten", [use.one()], moved=False)]


def reshape(use: Use) -> Values:
    """The same values in another shape; −1 is the rest. A new map has its channels first here."""
    found = use.take("target_shape", "dims")
    value = use.one()
    shape = use.shape(value)
    wanted = [item.value for item in found.items] if found is not None else []
    if not wanted or not all(isinstance(n, int) and not isinstance(n, bool) and (n == -1 or 0 < n <= 10**9) for n in wanted):
        use.fault("target_shape is a list of sizes", use.place("target_shape", "dims"), '"target_shape": [7, 7, 64]')
        return [LOST]
    sizes = [n for n in wanted if isinstance(n, int)]
    if shape is None:
        return [LOST]
    total, known = a.product(shape), a.product(n for n in sizes if n != -1)
    if sizes.count(-1) > 1 or total % known or (-1 not in sizes and total != known):
        use.fault(
            f"{shape} holds {total} values, {tuple(sizes)} does not", use.place("target_shape", "dims"), '"target_shape": [-1]'
        )
        return [LOST]
    target = tuple(total // known if n == -1 else n for n in sizes)
    moved = len(target) > 2 and not use.r.channels_first
    ours = (target[-1], *target[:-1]) if moved else target
    return [use.node("reshape", [value], shape=ours, moved=moved)]


def permute(use: Use) -> Values:
    """The axes in another order, counted from 1."""
    found = use.take("dims")
    order = [item.value for item in found.items] if found is not None else []
    value = use.own(use.one())
    shape = use.shape(value)
    if shape is None or sorted(map(str, order)) != sorted(str(n) for n in range(1, len(shape) + 1)):
        if shape is not None:
            use.fault("dims is an order of the axes, counted from 1", use.place("dims"), str(list(range(len(shape), 0, -1))))
        return [LOST]
    return [use.node("permute", [value], order=tuple(n for n in order if isinstance(n, int)))]


def repeat_vector(use: Use) -> Values:
    """A vector as a sequence, the same at every step."""
    n, value = use.whole("n"), use.one()
    shape = use.shape(value)
    if n is None or shape is None:
        return [LOST]
    if len(shape) != 1:
        use.fault(f"a RepeatVector reads a vector, not {shape}", use.span, "a Flatten before it")
        return [LOST]
    return [use.node("move", [value], to=(n, *shape), how=f"repeated {n} times", moved=False)]
