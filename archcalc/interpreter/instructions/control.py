"""Jumps, loops, blocks, and how a function ends or waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.interpreter import iteration
from archcalc.interpreter.code import FINALLY, LOOP, RETURN, YIELD, Block, Generator, Signal
from archcalc.interpreter.values import List, MetUnknown, Raised, Task, Unknown

if TYPE_CHECKING:
    from archcalc.interpreter.code import Frame
    from archcalc.interpreter.machine import Machine


class Leaving:
    """What a finally block does when it ends: goes on leaving, to a loop's end, a loop's next round, or out of the function."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: object = None) -> None:
        self.kind = kind
        self.value = value


_BREAK, _CONTINUE = Leaving("break"), Leaving("continue")


def jump(machine: Machine, frame: Frame, target: int) -> None:
    frame.pc = target


def jump_if_false(machine: Machine, frame: Frame, target: int) -> object:
    value = frame.stack.pop()
    if value is False or value is None:
        frame.pc = target
        return None
    return None if value is True else _decide(machine, frame, value, target, False, False)


def jump_if_true(machine: Machine, frame: Frame, target: int) -> object:
    value = frame.stack.pop()
    if value is True:
        frame.pc = target
        return None
    return None if value is False or value is None else _decide(machine, frame, value, target, True, False)


def jump_if_false_or_pop(machine: Machine, frame: Frame, target: int) -> object:
    return _decide(machine, frame, frame.stack.pop(), target, False, True)


def jump_if_true_or_pop(machine: Machine, frame: Frame, target: int) -> object:
    return _decide(machine, frame, frame.stack.pop(), target, True, True)


def _decide(machine: Machine, frame: Frame, value: object, target: int, wanted: bool, keep: bool) -> object:
    try:
        truth = machine.truth(value)
    except MetUnknown as met:
        raise machine.decided_by(met.unknown) from None
    if type(truth) is not bool:
        return _wait(machine, frame, value, truth, target, wanted, keep)
    if truth is wanted:
        if keep:
            frame.stack.append(value)
        frame.pc = target
    return None


def _wait(machine: Machine, frame: Frame, value: object, result: object, target: int, wanted: bool, keep: bool) -> Task:
    """A truth the program itself works out (`__bool__`): jump when it is known."""
    try:
        truth = yield result
    except MetUnknown as met:
        raise machine.decided_by(met.unknown) from None
    if isinstance(truth, Unknown):
        raise machine.decided_by(truth)
    if truth is wanted:
        frame.pc = target
        frame.drop = not keep
    else:
        frame.drop = True
    return value


def iterate(machine: Machine, frame: Frame, _: object) -> object:
    value = frame.stack.pop()
    result = iteration.iterator(machine, value)
    if isinstance(result, Unknown):
        raise result.fault("how often this repeats is not known", machine.span())
    return frame.receive(result)


def advance(machine: Machine, frame: Frame, target: int) -> object:
    """The next value of the iterator on the stack; past its end, the iterator goes and the loop is over.

    A StopIteration that comes back from a task is seen by the machine, which calls `exhausted`.
    """
    result = iteration.advance(machine, frame.stack[-1])
    if result is iteration.EXHAUSTED:
        frame.stack.pop()
        frame.pc = target
        return None
    return frame.receive(result)


def exhausted(frame: Frame) -> None:
    """The task that `advance` waited for ended with StopIteration."""
    frame.stack.pop()
    frame.pc = cast(int, frame.instructions[frame.pc - 1][1])


def unpack(machine: Machine, frame: Frame, count: int) -> object:
    value = frame.stack.pop()
    if type(value) in (tuple, List) and len(cast(List, value)) == count:
        frame.stack.extend(reversed(cast(List, value)))
        return None
    return _unpack(machine, frame, value, count)


def _unpack(machine: Machine, frame: Frame, value: object, count: int) -> Task:
    _check_iterable(machine, value, "cannot unpack non-iterable {} object")
    items = yield iteration.at_most(machine, value, count + 1)
    frame.drop = True
    if isinstance(items, Unknown):
        frame.stack += [items] * count
        return None
    assert isinstance(items, List)
    if len(items) > count:
        raise machine.error("ValueError", f"too many values to unpack (expected {count})")
    if len(items) < count:
        raise machine.error("ValueError", f"not enough values to unpack (expected {count}, got {len(items)})")
    frame.stack.extend(reversed(items))
    return None


def _check_iterable(machine: Machine, value: object, message: str) -> None:
    """Say in Python's words of the place that a value cannot be iterated over."""
    if not iteration.can_iterate(machine, value):
        raise machine.error("TypeError", message.format(machine.class_of(value).name))


def unpack_starred(machine: Machine, frame: Frame, argument: tuple[int, int]) -> Task:
    before, after = argument
    value = frame.stack.pop()
    _check_iterable(machine, value, "cannot unpack non-iterable {} object")
    items = yield machine.items(value)
    frame.drop = True
    if isinstance(items, Unknown):
        frame.stack += [items] * (before + after + 1)
        return None
    assert isinstance(items, List)
    if len(items) < before + after:
        message = f"not enough values to unpack (expected at least {before + after}, got {len(items)})"
        raise machine.error("ValueError", message)
    end = len(items) - after
    frame.stack.extend(reversed([*items[:before], List(items[before:end]), *items[end:]]))
    return None


def begin_loop(machine: Machine, frame: Frame, argument: tuple[int, int, int]) -> None:
    end, start, held = argument
    frame.blocks.append(Block(LOOP, end, len(frame.stack) - held, start))


def begin_block(machine: Machine, frame: Frame, argument: tuple[int, ...]) -> None:
    kind, target, *above = argument
    frame.blocks.append(Block(kind, target, len(frame.stack) - (above[0] if above else 0)))


def end_block(machine: Machine, frame: Frame, _: object) -> None:
    frame.blocks.pop()


def end_finally(machine: Machine, frame: Frame, _: object) -> object:
    token = frame.stack.pop()
    if token is None:
        return None
    if isinstance(token, Raised):
        raise token
    assert isinstance(token, Leaving)
    return leave(frame, token)


def leave(frame: Frame, leaving: Leaving) -> Signal | None:
    """Out of the blocks, through the finally blocks on the way."""
    while frame.blocks:
        block = frame.blocks[-1]
        if block.kind == LOOP and leaving is _CONTINUE:
            # The iterator of a for stands above the depth that was noted.
            del frame.stack[block.depth + (1 if _iterates(frame, block) else 0) :]
            frame.pc = block.other
            return None
        frame.blocks.pop()
        del frame.stack[block.depth :]
        if block.kind == LOOP and leaving is _BREAK:
            frame.pc = block.target
            return None
        if block.kind == FINALLY:
            frame.stack.append(leaving)
            frame.pc = block.target
            return None
    frame.stack.append(leaving.value)
    return RETURN


def _iterates(frame: Frame, block: Block) -> bool:
    return frame.instructions[block.other][0] is advance


def leave_loop(machine: Machine, frame: Frame, _: object) -> object:
    return leave(frame, _BREAK)


def next_round(machine: Machine, frame: Frame, _: object) -> object:
    return leave(frame, _CONTINUE)


def leave_function(machine: Machine, frame: Frame, _: object) -> object:
    return leave(frame, Leaving("return", frame.stack.pop())) if frame.blocks else RETURN


def finish(machine: Machine, frame: Frame, _: object) -> object:
    """The end of a body; the value is on the stack."""
    return RETURN


def give(machine: Machine, frame: Frame, _: object) -> object:
    """Yield the value on the stack; what is sent comes in its place."""
    return YIELD


def delegate(machine: Machine, frame: Frame, target: int) -> object:
    """`yield from`: hand what was sent to the inner iterator and take its next value."""
    sent = frame.stack.pop()
    inner = frame.stack[-1]
    return _delegate(machine, frame, inner, sent, target)


def _delegate(machine: Machine, frame: Frame, inner: object, sent: object, target: int) -> Task:
    try:
        if sent is None or not isinstance(inner, Generator):
            value = yield iteration.next_value(machine, inner)
        else:
            value = yield iteration.resume(machine, inner, sent)
    except Raised as raised:
        if raised.value.cls.name != "StopIteration":
            raise
        frame.stack.pop()
        frame.pc = target
        return raised.value.args[0] if raised.value.args else None
    return value
