"""The values a program holds. None of them is an object of Python's that the text of a program could look into.

None, bool, int, float, str, tuple, slice, range and Ellipsis are Python's own, but the machine alone works on them; everything
else is a class of this module, or a subclass of `Instance` that a vocabulary makes. What cannot be known is `Unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, ClassVar, NoReturn, TypeVar

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Span

if TYPE_CHECKING:
    from archcalc.interpreter.places import Place
    from archcalc.interpreter.signature import Signature

Value = object
# What a native function gives: a value, or a generator that yields what the machine is to finish first (see `Native`).
Result = object
Task = Generator[Result, Value, Value]
HostFunction = TypeVar("HostFunction", bound=Callable[..., Result])


class Unknown:
    """A value that cannot be known, and where it came from. What is computed from it is unknown as well.

    `name` is what it is called in a message (`timm.layers.DropPath`), `place` where it came in, `why` a clause. A call of an
    unknown thing makes unread whatever it is given, unless the thing is `harmless` (it is known to change nothing).
    """

    __slots__ = ("cause", "harmless", "name", "place", "why")

    def __init__(
        self, name: str, place: Place | None, why: str = "", harmless: bool = False, cause: UnknownFault | None = None
    ) -> None:
        self.name = name
        self.place = place
        self.why = why
        self.harmless = harmless
        self.cause = cause  # the fault for which the statement that gives it was not read

    def part(self, name: str) -> Unknown:
        """An attribute of it."""
        name = f"{self.name}.{name}" if len(self.name) < 80 else self.name
        return Unknown(name, self.place, self.why, self.harmless, self.cause)

    def first(self) -> Fault | None:
        """The fault that it goes back to, through statements that were not read."""
        found = self.cause
        while found is not None and found.unknown.cause is not None:
            found = found.unknown.cause
        return found.faults[0] if found is not None else None

    def instead(self) -> str:
        """What to write so that it is known."""
        leaf = self.name.rpartition(".")[2]
        if "imported and not read" in self.why or "outside the folder" in self.why:
            return f"`{leaf}` written out in this file, or the file that has it beside this one"
        if self.name == "the value of a tensor":
            return "a number that the shapes give, such as x.size(1)"
        if self.name.isidentifier():
            return f"a line above that gives `{self.name}` a value"
        return "the network without it"

    def fault(self, what: str, span: Span | None = None, notes: list[str] | None = None) -> UnknownFault:
        """The fault of something that depends on it: `what` says what does."""
        origin = f"{self.name} came in at {self.place.span()}" if self.place else ""
        why = self.why or f"{self.name} is not read"
        repairs = [self.instead()]
        return UnknownFault(
            [Fault(f"{what}: {why}", span, repairs=repairs, notes=[n for n in (origin, *(notes or ())) if n])], self
        )


class UnknownFault(SpecError):
    """A fault because something unknown decides."""

    def __init__(self, faults: list[Fault], unknown: Unknown) -> None:
        super().__init__(faults)
        self.unknown = unknown


BOUNDLESS = ("exec", "eval", "globals")


class Boundless(SpecError):
    """A fault at what could change anything, such as exec(): nothing behind it is known."""


class MetUnknown(Exception):
    """Raised by a native function that meets an unknown value inside what it was given: its result is unknown then."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.name)
        self.unknown = unknown


class Raised(Exception):
    """An exception of the program on its way: `value` is the exception object, `trace` the calls it left, innermost first."""

    def __init__(self, value: ExceptionObject) -> None:
        super().__init__(value.cls.name)
        self.value = value
        self.trace: list[tuple[str, Place]] = []


class List(list[Value]):
    """A list of the program. Reading it as Python's list is fine; comparing, hashing or writing it is the machine's work."""

    __slots__ = ()


class Dict(dict[Value, Value]):
    """A dictionary of the program; its keys have been checked by the machine."""

    __slots__ = ()


class Set(dict[Value, None]):
    """A set of the program: the keys of a dictionary, so that its order is fixed."""

    __slots__ = ()


class FrozenSet(Set):
    """A set that does not change, and so may be a key."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))


class UnreadList(List):
    """A list that something unknown may have changed: whatever is asked of it is unknown (`held`)."""

    __slots__ = ()

    @property
    def held(self) -> Unknown:
        unknown = list.__getitem__(self, 0)
        assert isinstance(unknown, Unknown)
        return unknown

    def refuse(self, *_: object) -> NoReturn:
        raise MetUnknown(self.held)

    __len__ = __iter__ = __getitem__ = __contains__ = __reversed__ = refuse


class UnreadDict(Dict):
    """A dictionary or set that something unknown may have changed."""

    __slots__ = ()

    @property
    def held(self) -> Unknown:
        unknown = dict.__getitem__(self, "")
        assert isinstance(unknown, Unknown)
        return unknown

    def refuse(self, *_: object) -> NoReturn:
        raise MetUnknown(self.held)

    __len__ = __iter__ = __getitem__ = __contains__ = __reversed__ = get = keys = values = items = refuse


class View:
    """The keys, values or items of a dictionary, as they are when they are looked at."""

    __slots__ = ("kind", "of")

    def __init__(self, kind: str, of: Dict) -> None:
        self.kind = kind
        self.of = of

    def listed(self) -> list[Value]:
        """What is in it now."""
        return list(self.of if self.kind == "dict_keys" else self.of.values() if self.kind == "dict_values" else self.of.items())


class Cell:
    """A variable that a function shares with the functions inside it."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Value = UNSET


class Unset:
    """What a variable holds before it is given a value."""

    __slots__ = ()


UNSET = Unset()


class NotImplementedValue:
    """What an operator's method gives to pass on to the other operand's."""

    __slots__ = ()


NOT_IMPLEMENTED = NotImplementedValue()


class Class:
    """A class, of the program or of a vocabulary.

    `names` are its attributes in the order written, `mro` the classes looked through, itself first. `host` is what its instances
    are made of: `Instance`, or the subclass of it that the first vocabulary class of `mro` gives. `meta` has the methods of the
    class itself (iterating over an enum). A class of a vocabulary gets its methods by `@CLASS.method()`.
    """

    __slots__ = (
        "abstract",
        "bases",
        "cache",
        "frozen",
        "host",
        "meta",
        "module",
        "mro",
        "name",
        "names",
        "place",
        "subclasses",
        "unread",
    )

    def __init__(
        self,
        name: str,
        bases: tuple[Class, ...] = (),
        host: type[Instance] | None = None,
        *,
        names: Dict | None = None,
        module: str = "",
        meta: Class | None = None,
        mro: tuple[Class, ...] | None = None,
        place: Place | None = None,
    ) -> None:
        self.name = name
        self.bases = bases
        self.mro: tuple[Class, ...] = mro if mro is not None else (self, *(bases[0].mro if bases else ()))
        self.host: type[Instance] = host or next((b.host for b in self.mro[1:] if b.host is not Instance), Instance)
        self.names: Dict = names if names is not None else Dict()
        self.module = module
        self.meta: Class | None = meta or next((b.meta for b in self.mro[1:] if b.meta), None)
        self.place = place
        self.frozen = place is None  # a class of a vocabulary serves every program, so none may change it
        self.abstract: tuple[str, ...] = ()  # names of abstract methods, for which it cannot be called
        self.cache: dict[str, Value] = {}
        self.subclasses: list[Class] = []
        self.unread: Unknown | None = None

    def method(
        self, *names: str, pure: bool = True, unknown: bool = False, raw: bool = False, signature: Signature | None = None
    ) -> Callable[[HostFunction], HostFunction]:
        """Enter a host function `(machine, self, …)` as a method, under its own name or those given (see `Native`)."""

        def enter(function: HostFunction) -> HostFunction:
            for name in names or (function.__name__,):
                self.names[name] = Native(
                    f"{self.name}.{name}",
                    function,
                    pure=pure,
                    unknown=unknown,
                    raw=raw,
                    signature=signature,
                    receiver=self.receiver,
                )
            return function

        return enter

    def getter(self, *names: str) -> Callable[[HostFunction], HostFunction]:
        """Enter a host function `(machine, self)` as a property that is only read."""

        def enter(function: HostFunction) -> HostFunction:
            for name in names or (function.__name__,):
                self.names[name] = Property(Native(f"{self.name}.{name}", function, receiver=self.receiver))
            return function

        return enter

    @property
    def receiver(self) -> type[Instance] | None:
        """What its methods must be given first: its host, where that is more than any object is."""
        return None if self.host is Instance or self.host is Holder else self.host

    def class_method(self, *names: str) -> Callable[[HostFunction], HostFunction]:
        """Enter a host function `(machine, cls, …)` as a class method."""

        def enter(function: HostFunction) -> HostFunction:
            for name in names or (function.__name__,):
                self.names[name] = ClassMethod(Native(f"{self.name}.{name}", function))
            return function

        return enter

    def find(self, name: str) -> Value:
        """The attribute along `mro`, unbound; UNSET where there is none."""
        for cls in self.mro:
            if name in cls.names:
                return cls.names[name]
        return UNSET

    def is_a(self, other: Class) -> bool:
        """Whether this is the other class or derives from it."""
        return other in self.mro


class Instance:
    """An object of a class: the base of everything a vocabulary brings.

    A subclass keeps what it knows in slots of its own (`__slots__ = ("shape",)`), where no program can see them; what a program
    sees are the methods and properties entered in the `Class`, and `attributes`, which the program itself sets. `payload` is the
    value of an object whose class derives from a built-in one (`class Config(dict)`). It compares and hashes by identity.
    `idle` are its methods that change nothing of what it is made of, and of its parts, `runs` whether calling it changes nothing.
    """

    __slots__ = ("attributes", "cls", "payload", "unread")
    idle: ClassVar[frozenset[str]] = frozenset()
    looked_at: ClassVar[frozenset[str]] = frozenset()  # attributes that give nothing by which it could be changed
    runs: ClassVar[bool] = False

    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.attributes = Dict()
        self.unread: Unknown | None = None

    def parts(self) -> list[Value]:
        """The values that are reached through it, besides `attributes`: they become unread with it."""
        return []


class Constant(Instance):
    """An object of a vocabulary that nothing can change (a data type, the size of the batch): all runs may share it."""

    __slots__ = ()


class Holder(Instance):
    """An object whose class derives from a built-in one (`class Config(dict)`, a named tuple): `payload` is that value."""

    __slots__ = ("payload",)

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.payload: Value = UNSET

    def parts(self) -> list[Value]:
        return [self.payload]

    def __eq__(self, other: object) -> bool:
        return self is other or self.payload == (other.payload if isinstance(other, Holder) else other)

    def __hash__(self) -> int:
        return hash(self.payload)


class ExceptionObject(Instance):
    """An exception, with what it was made of."""

    __slots__ = ("args",)

    def __init__(self, cls: Class) -> None:
        super().__init__(cls)
        self.args: tuple[Value, ...] = ()

    def parts(self) -> list[Value]:
        return [self.args]


class Super:
    """`super()`: the attributes that come after a class in the order of the object's."""

    __slots__ = ("after", "receiver")

    def __init__(self, after: Class, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver


class Native:
    """A function of the machine or of a vocabulary, called as `function(machine, *arguments)` after its arguments were bound.

    The signature is that of the host function itself, less `machine`: names, defaults, `*args`, keyword-only; a program that
    calls it wrongly hears what Python would say. `raw` functions take `(machine, args, kwargs)` as they came.

    A function that has to call what belongs to the program (a `forward`, a key) is written as a generator: it yields whatever
    `machine.call(…)` and the like gave, and is sent the value; an exception of the program is raised at the yield. So calls never
    nest on the host's stack. A function that calls nothing of the program just returns.

    Taken from an object whose class has it, it is given the object first, unless it does not bind (`binds=False`).

    An argument that is Unknown makes the result unknown without the function being called, unless the function takes unknown
    values (`unknown=True`). A function that is not `pure` (it changes what it is given) makes its other arguments unread then.

    `receiver` is the host that its first argument must be, or whose class it must be for `__new__`: a program may call a method
    of a class with anything.
    """

    __slots__ = ("binds", "function", "name", "pure", "raw", "receiver", "signature", "unknown")

    def __init__(
        self,
        name: str,
        function: Callable[..., Result],
        *,
        signature: Signature | None = None,
        pure: bool = True,
        unknown: bool = False,
        raw: bool = False,
        binds: bool = True,
        receiver: type[Instance] | None = None,
    ) -> None:
        self.name = name
        self.binds = binds
        self.receiver = receiver
        self.function = function
        self.signature = signature
        self.pure = pure
        self.unknown = unknown
        self.raw = raw


class Method:
    """A function with the object it was taken from."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver


class Property:
    """A property: what is called when it is read, set and deleted."""

    __slots__ = ("deleter", "getter", "setter")

    def __init__(self, getter: Value = None, setter: Value = None, deleter: Value = None) -> None:
        self.getter = getter
        self.setter = setter
        self.deleter = deleter


class StaticMethod:
    """A function of a class that is not given the object."""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class ClassMethod:
    """A function that is given the class."""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class Module:
    """A module: a file of the program, or of a vocabulary, which enters its functions by `@MODULE.function()`.

    `missing(machine, name)` is asked for a name that is not there yet and gives its value, UNSET where there is none. In a
    vocabulary a name that is not there is Unknown: a vocabulary never has all names.

    `assigned` are the places, by line, where a file of the program assigns its names; `stated` are values that a person states
    for them, which take the place of what is assigned.
    """

    __slots__ = ("assigned", "missing", "name", "names", "program", "stated", "unread")

    def __init__(
        self, name: str, names: Dict | None = None, missing: Callable[..., Value] | None = None, program: bool = False
    ) -> None:
        self.name = name
        self.names: Dict = names if names is not None else Dict()
        self.missing = missing
        self.program = program
        self.unread: Unknown | None = None
        self.assigned: dict[str, dict[int, Place]] = {}
        self.stated: Mapping[str, Value] = {}

    def assign(self, name: str, value: Value, place: Place) -> None:
        """Give a name a value, or what is stated for it."""
        self.names[name] = self.stated.get(name, value)
        self.assigned.setdefault(name, {})[place.line] = place

    def function(
        self, *names: str, pure: bool = True, unknown: bool = False, raw: bool = False, binds: bool = False
    ) -> Callable[[HostFunction], HostFunction]:
        """Enter a host function `(machine, …)` under its own name or those given (see `Native`)."""

        def enter(function: HostFunction) -> HostFunction:
            for name in names or (function.__name__,):
                self.names[name] = Native(name, function, pure=pure, unknown=unknown, raw=raw, binds=binds)
            return function

        return enter


def contents(value: Value) -> list[Value]:
    """What a tuple, a list or a dictionary of the program holds, in order; nothing of anything else."""
    if isinstance(value, tuple | List):
        return list(value)
    return list(value.values()) if isinstance(value, Dict) else []


OBJECT = Class("object")


def host_class(name: str, host: type[Instance] = Instance, bases: tuple[Class, ...] = (), module: str = "") -> Class:
    """A class of a vocabulary, whose instances are made of `host`; its methods are entered by `@CLASS.method()`."""
    return Class(name, bases or (OBJECT,), host, module=module)
