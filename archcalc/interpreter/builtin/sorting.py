"""sorted, min and max: by Python's own sort where only numbers or only strings are compared, else by the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter.values import List, MetUnknown, Task, Unknown, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_NUMBERS = frozenset({int, float, bool})


def _comparable(values: list[Value], depth: int = 0) -> bool:
    """Whether Python may compare these: all numbers, all strings, or tuples of such."""
    if all(type(v) in _NUMBERS for v in values) or all(type(v) is str for v in values):
        return True
    if depth or not all(type(v) is tuple for v in values):
        return False
    tuples = cast("list[tuple[Value, ...]]", values)
    longest = max(map(len, tuples))
    return longest <= 8 and all(_comparable([t[i] for t in tuples if i < len(t)], 1) for i in range(longest))


def in_order(machine: Machine, items: List, key: Value, reverse: Value) -> Task:
    """The items in order, as Python's sort leaves them."""
    backwards = yield machine.as_truth(reverse)
    keys: list[Value] = list(items)
    if key is not None:
        for index, item in enumerate(items):
            keys[index] = yield machine.call(key, item)
    for one in (backwards, *keys):
        if unknown := machine.unknown_in(one):
            raise MetUnknown(unknown)
    machine.work(len(items))
    machine.take_items(len(items))
    order: list[int] = list(range(len(items)))
    if _comparable(keys):
        machine.work(len(items) * max(1, len(items).bit_length()) // 4)
        order.sort(key=lambda i: keys[i], reverse=backwards is True)  # type: ignore[arg-type,return-value]
    else:
        if backwards:
            order.reverse()
        order = cast("list[int]", (yield _merge_sort(machine, order, keys)))
        if backwards:
            order.reverse()
    return List([items[i] for i in order])


def _merge_sort(machine: Machine, order: list[int], keys: list[Value]) -> Task:
    """From the bottom up, so that nothing nests; equal items keep their order."""
    width = 1
    while width < len(order):
        merged: list[int] = []
        for start in range(0, len(order), 2 * width):
            left, right = order[start : start + width], order[start + width : start + 2 * width]
            i = j = 0
            while i < len(left) and j < len(right):
                machine.work(1)
                less = yield machine.as_truth(machine.compare("<", keys[right[j]], keys[left[i]]))
                if isinstance(less, Unknown):
                    raise MetUnknown(less)
                if less:
                    merged.append(right[j])
                    j += 1
                else:
                    merged.append(left[i])
                    i += 1
            merged += left[i:]
            merged += right[j:]
        order = merged
        width *= 2
    return order


def extreme(machine: Machine, symbol: str, items: List, key: Value) -> Task:
    """The first least or greatest of items."""
    best = items[0]
    best_key = best if key is None else (yield machine.call(key, best))
    for item in items[1:]:
        machine.work(1)
        own = item if key is None else (yield machine.call(key, item))
        better = yield machine.as_truth(machine.compare(symbol, own, best_key))
        if isinstance(better, Unknown):
            raise MetUnknown(better)
        if better:
            best, best_key = item, own
    return best
