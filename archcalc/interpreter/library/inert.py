"""warnings, logging, time and sys: nothing is warned of, logged or waited for, and nothing of the host is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import UNSET, Instance, Module, Native, Result, Unknown, Value, host_class

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

WARNINGS = Module("warnings")
LOGGING = Module("logging")
TIME = Module("time")
LOGGER = host_class("Logger", module="logging")
QUIET = host_class("catch_warnings", module="warnings")


def _nothing(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return None


def _inert(name: str) -> Native:
    return Native(name, _nothing, raw=True, unknown=True, binds=False)


for _name in "warn warn_explicit filterwarnings simplefilter resetwarnings showwarning".split():
    WARNINGS.names[_name] = _inert(_name)
WARNINGS.names["catch_warnings"] = QUIET
QUIET.method("__init__", "__enter__", "__exit__", raw=True, unknown=True)(_nothing)
_LEVELS = "debug info warning warn error exception critical fatal log".split()
for _name in [*_LEVELS, *"basicConfig disable captureWarnings addLevelName".split()]:
    LOGGING.names[_name] = _inert(_name)
for _name in [*_LEVELS, *"setLevel addHandler removeHandler addFilter propagate".split()]:
    LOGGER.names[_name] = _inert(_name)
LOGGING.names.update({"NOTSET": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50})
TIME.names["sleep"] = _inert("sleep")


@LOGGING.function("getLogger", unknown=True)
def get_logger(machine: Machine, name: Value = None) -> Result:
    return Instance(LOGGER)


@LOGGER.method("getChild", unknown=True)
def child(machine: Machine, self: Instance, suffix: Value) -> Result:
    return self


MODULES = host_class("modules", module="sys")


@MODULES.method("__getitem__")
def module_named(machine: Machine, self: Instance, name: Value) -> Result:
    """sys.modules[__name__]: the module itself."""
    return machine.import_module(name, True) if isinstance(name, str) else machine.unknown("sys.modules")


@MODULES.method("__getattr__", "__contains__", "__setitem__", "__delitem__", raw=True, unknown=True)
def of_modules(machine: Machine, args: list[Value], kwargs: dict[str, Value]) -> Result:
    return machine.unknown("sys.modules", "sys.modules differs from machine to machine")


def _sys(machine: Machine, name: str) -> Value:
    """What the host's sys says differs from machine to machine."""
    if name == "modules":
        return Instance(MODULES)
    return Unknown(f"sys.{name}", machine.place(), f"sys.{name} differs from machine to machine", True)


def _time(machine: Machine, name: str) -> Value:
    return Unknown(f"time.{name}", machine.place(), "the time differs from run to run", True) if name[:2] != "__" else UNSET


SYS = Module("sys", missing=_sys)
# The version of the language that is read.
SYS.names["version_info"] = (3, 12, 0, "final", 0)
SYS.names["maxsize"] = 2**63 - 1
TIME.missing = _time
