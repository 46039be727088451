"""How tasks run: a stack of them, each a frame of the program or a host function that waits for one.

A task that needs another gives it to the runner and is handed its value, so that nothing a program does nests on the host's
stack: depth is a number, and it is checked.
"""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, cast

from archcalc.interpreter.code import EXCEPT, FINALLY, HANDLER, RETURN, YIELD, Block, Frame, Throwing
from archcalc.interpreter.instructions import control
from archcalc.interpreter.values import MetUnknown, Raised, Result, Task, Unknown, Value
from archcalc.text.budget import Budget
from archcalc.text.faults import Misfit, SpecError, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


_GO_ON = object()
_CHANGE = 4  # what handing on from task to task costs, in steps of a frame
_Failure = Raised | MetUnknown | SpecError


class Runner:
    """Runs tasks to their end."""

    budget: Budget
    tasks: list[Frame | Task]
    last: Frame | None  # the frame that ended last

    def finish(self, result: Result) -> Value:
        """The value of a result, its tasks run to their end.

        Raises SpecError: a fault, or an exception of the program that nobody caught.
        """
        machine = cast("Machine", self)
        base = len(self.tasks)
        try:
            return self._run(machine, result, base)
        except Raised as raised:
            raise machine.uncaught(raised) from None
        except MetUnknown as met:
            return met.unknown
        except (RecursionError, MemoryError):
            raise machine.fault("this is too large or too deep to be followed", "a smaller program") from None
        finally:
            del self.tasks[base:]

    def _run(self, machine: Machine, result: Result, base: int) -> Value:
        tasks = self.tasks
        spent = self.budget.spent
        budget = self.budget
        # `value` is what the task before gave: another task, or the value the one on top waits for.
        value = result
        failure: _Failure | None = None
        while True:
            if failure is not None and len(tasks) == base:
                raise failure
            try:
                if failure is not None:
                    failing, failure = failure, None
                    value = self._fail(machine, failing)
                spent["steps"] += _CHANGE
                kind = type(value)
                if kind is Frame or kind is GeneratorType or kind is Throwing:
                    value = self._push(machine, value)
                elif len(tasks) == base:
                    return value
                elif value is _GO_ON:
                    pass
                elif type(waiting := tasks[-1]) is Frame:
                    if waiting.drop:
                        waiting.drop = False
                    else:
                        waiting.stack.append(value)
                task = tasks[-1]
                if type(task) is not Frame:
                    if spent["steps"] > budget.most_steps:
                        raise self.budget.refusal("steps", 1, machine.span)
                    try:
                        value = cast(Task, task).send(value)
                    except StopIteration as stopped:
                        tasks.pop()
                        value = stopped.value
                    continue
                instructions = task.instructions
                signal: object = None
                steps, room = 0, budget.most_steps - spent["steps"]
                try:
                    while signal is None:
                        operation, argument = instructions[task.pc]
                        task.pc += 1
                        steps += 1
                        if steps > room:
                            raise self.budget.refusal("steps", 1, machine.span)
                        signal = operation(machine, task, argument)
                finally:
                    spent["steps"] += steps
                value = self._ended(machine, task, signal) if signal is RETURN or signal is YIELD else signal
            except (Raised, MetUnknown, SpecError) as error:
                failure = error
            except (ValueFault, Misfit) as error:
                failure = machine.fault(error.message, *error.repairs)

    def _push(self, machine: Machine, task: object) -> Value:
        """Put a task on top; nothing is handed to one that begins."""
        if len(self.tasks) >= self.budget.limits["depth"].most:
            raise self.budget.refusal("depth", len(self.tasks) + 1, machine.span)
        if isinstance(task, Throwing):
            self.tasks.append(task.frame)
            raise task.raised
        self.tasks.append(cast("Frame | Task", task))
        return None

    def _ended(self, machine: Machine, frame: Frame, signal: object) -> Value:
        """What a frame that returns or yields gives; a generator that ends raises StopIteration below."""
        self.tasks.pop()
        self.last = frame
        value = frame.stack.pop()
        generator = frame.generator
        if generator is not None:
            generator.running = False
            if signal is RETURN:
                generator.frame = None
                raise machine.error("StopIteration", *(() if value is None else (value,)))
            return value
        if frame.instance is not None:
            if isinstance(value, Unknown):
                machine.make_unread(frame.instance, value)
            elif value is not None:
                raise machine.error("TypeError", f"__init__() should return None, not '{machine.class_of(value).name}'")
            return frame.instance
        return value

    def _fail(self, machine: Machine, failure: _Failure) -> Value:
        """What went wrong goes up: to a block of a frame, or into a host function that waits."""
        tasks = self.tasks
        task = tasks[-1]
        if type(task) is Frame:
            if isinstance(failure, Raised) and self._handled(task, failure):
                return _GO_ON
            if isinstance(failure, MetUnknown):
                failure = machine.decided_by(failure.unknown)
            tasks.pop()
            raise self._left(machine, task, failure)
        waiting = cast(Task, task)
        if getattr(waiting, "gi_frame", None) is None:  # it raised this itself
            tasks.pop()
            if isinstance(failure, MetUnknown):
                return self._met(failure)
            raise failure
        try:
            return waiting.throw(failure)
        except StopIteration as stopped:
            tasks.pop()
            return stopped.value

    def _met(self, met: MetUnknown) -> Value:
        """A host function met an unknown value: whoever waits in the host is told; to the program its result is unknown."""
        if self.tasks and type(self.tasks[-1]) is not Frame:
            raise met
        return met.unknown

    def _handled(self, frame: Frame, raised: Raised) -> bool:
        """Let a frame go on where it catches an exception."""
        frame.drop = False
        stops = raised.value.cls.name == "StopIteration"
        if stops and frame.pc and frame.instructions[frame.pc - 1][0] is control.advance:
            control.exhausted(frame)
            return True
        while frame.blocks:
            block = frame.blocks.pop()
            if block.kind not in (EXCEPT, FINALLY):
                continue
            del frame.stack[block.depth :]
            frame.pc = block.target
            if block.kind == EXCEPT:
                frame.blocks.append(Block(HANDLER, 0, block.depth, raised=raised))
                frame.stack.append(raised.value)
            else:
                frame.stack.append(raised)
            return True
        return False

    def _left(self, machine: Machine, frame: Frame, failure: _Failure) -> _Failure:
        """What went wrong as it leaves a frame: out of a generator, StopIteration is an error."""
        generator = frame.generator
        if generator is not None:
            generator.running = False
            generator.frame = None
        if isinstance(failure, Raised):
            failure.trace.append((frame.code.qualified, frame.code.place(max(frame.pc - 1, 0))))
            if generator is not None and failure.value.cls.name == "StopIteration":
                error = machine.error("RuntimeError", "generator raised StopIteration")
                error.trace = failure.trace
                return error
        return failure
