"""The exceptions a program can raise and catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import OBJECT, Class, ExceptionObject, Result, Value

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

_TREE = """
BaseException
 SystemExit
 KeyboardInterrupt
 GeneratorExit
 Exception
  StopIteration
  StopAsyncIteration
  ArithmeticError
   FloatingPointError
   OverflowError
   ZeroDivisionError
  AssertionError
  AttributeError
  BufferError
  EOFError
  ImportError
   ModuleNotFoundError
  LookupError
   IndexError
   KeyError
  MemoryError
  NameError
   UnboundLocalError
  OSError
   FileNotFoundError
   FileExistsError
   PermissionError
   TimeoutError
   ConnectionError
  ReferenceError
  RuntimeError
   NotImplementedError
   RecursionError
  SyntaxError
  SystemError
  TypeError
  ValueError
   UnicodeError
    UnicodeDecodeError
    UnicodeEncodeError
  Warning
   DeprecationWarning
   PendingDeprecationWarning
   RuntimeWarning
   SyntaxWarning
   UserWarning
   FutureWarning
   ImportWarning
   UnicodeWarning
   ResourceWarning
"""
EXCEPTIONS: dict[str, Class] = {}


def _grow() -> None:
    above: list[Class] = [OBJECT]
    for line in _TREE.split("\n"):
        if name := line.strip():
            depth = len(line) - len(name) + 1
            del above[depth:]
            above.append(Class(name, (above[-1],), ExceptionObject))
            EXCEPTIONS[name] = above[-1]


_grow()
EXCEPTIONS["IOError"] = EXCEPTIONS["EnvironmentError"] = EXCEPTIONS["OSError"]
BASE = EXCEPTIONS["BaseException"]


def make_error(name: str, args: tuple[Value, ...]) -> ExceptionObject:
    """An exception object of a built-in class."""
    error = ExceptionObject(EXCEPTIONS[name])
    error.args = args
    return error


@BASE.method("__new__", raw=True, unknown=True)
def new(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    cls = args[0]
    assert isinstance(cls, Class)
    machine.take_objects(1)
    error = ExceptionObject(cls)
    error.args = tuple(args[1:])
    return error


@BASE.method("__init__", raw=True, unknown=True)
def init(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    error = args[0]
    if kwargs and isinstance(error, ExceptionObject) and not error.cls.is_a(EXCEPTIONS["ImportError"]):
        raise machine.error("TypeError", f"{error.cls.name}() takes no keyword arguments")
    if isinstance(error, ExceptionObject):
        error.args = tuple(args[1:])
    return None


@BASE.getter("args")
def arguments(machine: Machine, self: ExceptionObject) -> Result:
    return self.args


@BASE.getter("__cause__", "__context__")
def cause(machine: Machine, self: ExceptionObject) -> Result:
    return None


@BASE.method()
def with_traceback(machine: Machine, self: ExceptionObject, traceback: Value) -> Result:
    return self


@BASE.method("__str__")
def text(machine: Machine, self: ExceptionObject) -> Result:
    from archcalc.interpreter.formatting import exception_text

    return exception_text(machine, self)


@BASE.method("__repr__")
def written(machine: Machine, self: ExceptionObject) -> Result:
    from archcalc.interpreter.formatting import exception_written

    return exception_written(machine, self)


@EXCEPTIONS["StopIteration"].getter("value")
def value(machine: Machine, self: ExceptionObject) -> Result:
    return self.args[0] if self.args else None
