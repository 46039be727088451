"""Imports: what a caller answers, and what the machine makes of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archcalc.interpreter.code import Code, Frame
from archcalc.interpreter.places import Place
from archcalc.interpreter.values import UNSET, Module, Result, Task, Unknown, UnknownFault, Value
from archcalc.text.budget import Budget
from archcalc.text.faults import SpecError
from archcalc.text.source import Source

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


class Absent:
    """The answer for a module that is known not to be there: the program's import raises ModuleNotFoundError."""

    __slots__ = ()


ABSENT = Absent()
Answer = Module | Source | Absent | None


class Programs:
    """Sources that were read to their end, parsed and compiled: code has no state, so every machine may run it anew."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[str, list[tuple[ast.stmt, Code]]]] = {}

    def of(self, source: Source, name: str, budget: Budget) -> Iterator[tuple[ast.stmt, Code]]:
        """The statements of a source as the module of a name, with their code. Raises SpecError where it is no Python."""
        text, statements = self._kept.get((source.name, name), ("", []))
        if statements and text == source.text:
            from archcalc.interpreter.parsing import spend

            spend(budget, source, len(text))
            yield from statements
            return
        statements = []
        for statement, code in compiled(source, name, budget):
            statements.append((statement, code))
            yield statement, code
        self._kept[source.name, name] = (source.text, statements)


def compiled(source: Source, name: str, budget: Budget) -> Iterator[tuple[ast.stmt, Code]]:
    """The statements of a source, each compiled when it is asked for. Raises SpecError where it is no Python."""
    from archcalc.interpreter.compiler import module_code
    from archcalc.interpreter.parsing import parse

    places, tree = parse(source, budget)
    return module_code(tree, places, name)


class Importer:
    """Answers the names of modules. This one knows none: what is imported is unknown; a caller overrides `find`.

    `find(name)` is given the full dotted name (`torch.nn`, `torchvision.ops.misc`); a relative import was made absolute by the
    package of the file it stands in. It answers a `Module` of a vocabulary, a `Source` to be read the same way once, ABSENT, or
    None for a module that is not known. `is_package(name)` says whether the Source of a name is a package's `__init__`.
    `harmless` are modules nothing is known of but that they change nothing they are given (`os`, `argparse`, `json`). `programs`
    keeps what was compiled for the next machine, where a caller runs the same sources again.
    """

    harmless: frozenset[str] = frozenset()
    programs: Programs | None = None

    def find(self, name: str) -> Answer:
        return None

    def is_package(self, name: str) -> bool:
        return False


# Of the standard library: known to change nothing that they are given, beyond what they print.
HARMLESS = frozenset(
    "ast base64 contextvars csv datetime errno fnmatch gc getpass glob gzip hashlib importlib inspect io ipaddress json "
    "linecache locale mimetypes os pathlib pickle pickletools pkgutil platform pprint pydoc re resource secrets select "
    "shlex shutil signal site socket sqlite3 ssl stat string struct subprocess sys sysconfig tempfile textwrap threading time "
    "timeit tokenize traceback tracemalloc unicodedata urllib uuid weakref xml zipfile zlib __future__".split()
)


LONG = 500_000  # steps that a loop at the margin may take, or a call by itself


class Imports:
    """The modules of a run: each is read once. A package is run only when a name is asked of it that is no module below it."""

    __slots__ = ("first", "importer", "machine", "modules", "packages", "stars", "stated", "waiting")

    def __init__(self, machine: Machine, importer: Importer) -> None:
        self.machine = machine
        self.importer = importer
        self.modules: dict[str, Module | Unknown] = {}
        self.packages: set[str] = set()
        self.waiting: dict[Module, Source] = {}  # packages that nobody has needed yet
        self.stars: dict[Module, Unknown] = {}  # modules that took all names of an unknown one
        self.first = ""  # the file that was asked for
        self.stated: Mapping[str, Value] = {}  # values of names that it assigns, which take the place of those it has

    def run(self, source: Source, name: str, package: bool = False) -> Task:
        """Read a source and run it; its module."""
        self.first = self.first or name
        module = self._enter(name, package)
        if name == self.first:
            module.stated = self.stated
        yield self._run(module, source)
        return module

    def _enter(self, name: str, package: bool) -> Module:
        module = Module(name, program=True)
        module.names["__name__"] = name
        module.names["__package__"] = name.rpartition(".")[0] or None
        module.names["__file__"] = Unknown("__file__", None, "where a file lies is not known to it", True)
        self.modules[name] = module
        if package:
            self.packages.add(name)
        return module

    def _run(self, module: Module, source: Source) -> Task:
        """Run a source statement by statement."""
        programs = self.importer.programs
        read = compiled if programs is None else programs.of
        for statement, code in read(source, module.name, self.machine.budget):
            yield self._step(module, statement, code)
        return None

    def _step(self, module: Module, statement: ast.stmt, code: Code) -> Task:
        """Run a statement of a module. One that depends on something unknown is skipped, and what it may have changed is
        unknown from there on. So is a loop, or a call by itself, that goes on for long: it trains something."""
        budget = self.machine.budget
        whole = budget.most_steps
        end = budget.spent["steps"] + LONG
        if isinstance(statement, ast.For | ast.While | ast.Expr) and end < whole:
            budget.most_steps = end
        try:
            yield Frame(code, module, module.names, {})
        except UnknownFault as fault:
            self._skip(module, statement, code, fault)
        except SpecError as error:
            if budget.most_steps == whole or budget.spent["steps"] < budget.most_steps:
                raise
            unknown = Unknown(f"how it ends after more than {LONG:,} steps", Place(code.places, statement))
            self._skip(module, statement, code, UnknownFault(error.faults, unknown))
        finally:
            budget.most_steps = whole
        return None

    def _skip(self, module: Module, statement: ast.stmt, code: Code, fault: UnknownFault) -> None:
        from archcalc.interpreter.skipping import skip

        skip(self.machine, module, statement, code.places, fault)

    def load(self, name: str) -> Result:
        """The module of a full name; Unknown where nobody knows it. Raises ModuleNotFoundError of the program."""
        if name in self.modules:
            return self.modules[name]
        from archcalc.interpreter.library import find

        answer = self.importer.find(name) or find(name)
        if isinstance(answer, Source):
            if self.importer.is_package(name):
                module = self._enter(name, True)
                self.waiting[module] = answer
                return module
            return self._run_below(answer, name)
        if isinstance(answer, Absent):
            raise self.machine.error("ModuleNotFoundError", f"No module named '{name}'")
        found = self._unknown(name) if answer is None else answer
        self.modules[name] = found
        return found

    def _unknown(self, name: str) -> Unknown:
        root = name.partition(".")[0]
        harmless = root in HARMLESS or root in self.importer.harmless or name in self.importer.harmless
        return Unknown(name, self.machine.place(), f"{name} is imported and not read", harmless)

    def _run_below(self, source: Source, name: str) -> Task:
        module = yield self.run(source, name)
        parent = self.modules.get(name.rpartition(".")[0])
        if isinstance(parent, Module) and parent.program:
            parent.names[name.rpartition(".")[2]] = module
        return module

    def module(self, name: str, last: bool) -> Task:
        """`import a.b.c`: the module of `a`, or of `a.b.c` where it gets a name of its own."""
        parts = name.split(".")
        found: Value = None
        first: Value = None
        for count in range(1, len(parts) + 1):
            before, found = found, (yield self.load(".".join(parts[:count])))
            if isinstance(found, Unknown):
                if isinstance(before, Module):  # a vocabulary that has the root alone
                    inside = yield self.machine.find(before, parts[count - 1])
                    found = found if inside is UNSET else inside
                else:
                    found = found if not last else self._rest(found, parts[count:])
                    first = found if first is None else first
                    break
            first = found if first is None else first
        return found if last else first

    def _rest(self, unknown: Unknown, parts: list[str]) -> Unknown:
        for part in parts:
            unknown = unknown.part(part)
        return unknown

    def _absolute(self, module: Module, name: str, level: int) -> str | Unknown:
        """The full name of what a relative import names."""
        if not level:
            return name
        package = module.name if module.name in self.packages else module.name.rpartition(".")[0]
        parts = package.split(".") if package else []
        if level - 1 >= len(parts):
            written = "." * level + name
            return Unknown(written, self.machine.place(), f"{written} lies outside the folder that is read")
        return ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])

    def name(self, module: Module, source: str, level: int, name: str) -> Task:
        """`from source import name`."""
        full = self._absolute(module, source, level)
        if isinstance(full, Unknown):
            return full.part(name)
        parent = yield self.load(full)
        below = f"{full}.{name}"
        if isinstance(parent, Unknown):
            return Unknown(below, self.machine.place(), parent.why, parent.harmless)
        assert isinstance(parent, Module)
        found = yield self.machine.find(parent, name)
        if found is UNSET:
            raise self.machine.error("ImportError", f"cannot import name '{name}' from '{full}'")
        return found

    def all(self, module: Module, source: str, level: int) -> Task:
        """`from source import *`."""
        full = self._absolute(module, source, level)
        found = full if isinstance(full, Unknown) else (yield self.load(full))
        if isinstance(found, Unknown):
            self.stars[module] = found
            return None
        assert isinstance(found, Module)
        yield self._wake(found)
        if not found.program:
            # A vocabulary never has all names: the others are unknown.
            self.stars[module] = Unknown(found.name, self.machine.place(), f"a name of {found.name} that is not read")
        elif found in self.stars:
            self.stars[module] = self.stars[found]
        names = found.names.get("__all__")
        if isinstance(names, Unknown) or (names is not None and not isinstance(names, list | tuple)):
            raise self.machine.fault(f"the __all__ of {found.name} is not known", "the names that are used")
        listed = list(names) if names is not None else [n for n in found.names if not str(n).startswith("_")]
        self.machine.take_items(2 * len(listed))
        for name in listed:
            value = yield self.machine.get(found, str(name))
            module.names[name] = value
        return None

    def below(self, module: Module, name: str) -> Result:
        """A name that a module does not have itself: a module below it, else Unknown of a vocabulary, UNSET of a program."""
        full = f"{module.name}.{name}"
        if module in self.waiting:
            return self._of_package(module, name)
        if full in self.modules:
            return self.modules[full]
        if not module.program:
            answer = self.importer.find(full)
            if isinstance(answer, Module):
                self.modules[full] = answer
                return answer
            return self._unknown(full)
        if module.name in self.packages and isinstance(self.importer.find(full), Source | Module):
            return self.load(full)
        star = self.stars.get(module)
        return star.part(name) if star is not None else UNSET

    def _of_package(self, module: Module, name: str) -> Task:
        """A name of a package that was not run yet: a module in it, unless the package gives the name a meaning of its own."""
        full = f"{module.name}.{name}"
        if not _binds(self.waiting[module].text, name) and isinstance(self.importer.find(full), Source | Module):
            return (yield self.load(full))
        yield self._wake(module)
        return (yield self.machine.find(module, name))

    def names(self, module: Module) -> Task:
        """All names of a module of the program; Unknown where it took all names of one that is not read."""
        yield self._wake(module)
        star = self.stars.get(module)
        return module.names if star is None else star.part("__dict__")

    def _wake(self, module: Module) -> Result:
        source = self.waiting.pop(module, None)
        if source is None:
            return None
        if self.first.startswith(f"{module.name}."):
            # As in Python, where a file that is run is read again when its own package imports it.
            self.modules.pop(self.first, None)
        return self._run(module, source)


def _binds(text: str, name: str) -> bool:
    """Whether the text of a package gives a name a meaning of its own, other than by importing the module of that name."""
    word = re.escape(name)
    return (
        re.search(rf"(?m)^(?:def|class)\s+{word}\b|^{word}\s*[:=]|^from\s+(?!\.\s)\S+\s+import\b[^#\n]*\b{word}\b", text)
        is not None
    )
