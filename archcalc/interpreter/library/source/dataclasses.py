"""dataclasses, written in the subset itself."""

from _archcalc import MISSING, annotations, order


class _KW_ONLY:
    pass


class FrozenInstanceError(AttributeError):
    pass


KW_ONLY = _KW_ONLY


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only


def field(
    *, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING
):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _gather(cls, kw_only):
    known = {}
    for base in reversed(order(cls)[1:]):
        known.update(base.__dict__.get("__dataclass_fields__", {}))
    for name, word in annotations(cls).items():
        if word == "ClassVar" or word[:8] == "ClassVar" or word[:15] == "typing.ClassVar":
            continue
        if word == "KW_ONLY" or word == "dataclasses.KW_ONLY":
            kw_only = True
            continue
        value = cls.__dict__.get(name, MISSING)
        own = value if isinstance(value, Field) else field(default=value)
        if isinstance(own.default, (list, dict, set)):
            kind = type(own.default)
            raise ValueError(f"mutable default {kind} for field {name} is not allowed: use default_factory")
        own.name = name
        own.type = word
        if own.kw_only is MISSING:
            own.kw_only = kw_only
        if isinstance(value, Field):
            if own.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, own.default)
        known[name] = own
    return known


def _initialiser(cls, known, frozen):
    listed = [f for f in known.values() if f.init]
    positional = [f for f in listed if not f.kw_only]
    seen = False
    for f in positional:
        optional = f.default is not MISSING or f.default_factory is not MISSING
        if seen and not optional:
            raise TypeError(f"non-default argument {f.name!r} follows default argument")
        seen = seen or optional

    def __init__(self, /, *args, **kwargs):
        name = f"{cls.__name__}.__init__()"
        if len(args) > len(positional):
            least = len([f for f in positional if f.default is MISSING and f.default_factory is MISSING]) + 1
            most = len(positional) + 1
            takes = f"{most}" if least == most else f"from {least} to {most}"
            plural = "" if takes == "1" else "s"
            raise TypeError(f"{name} takes {takes} positional argument{plural} but {len(args) + 1} were given")
        given = {f.name: value for f, value in zip(positional, args)}
        for key, value in kwargs.items():
            if key in given:
                raise TypeError(f"{name} got multiple values for argument {key!r}")
            if key not in known or not known[key].init:
                raise TypeError(f"{name} got an unexpected keyword argument {key!r}")
            given[key] = value
        missing = [f.name for f in listed if f.name not in given and f.default is MISSING and f.default_factory is MISSING]
        if missing:
            quoted = [repr(n) for n in missing]
            text = quoted[0]
            if len(quoted) == 2:
                text = " and ".join(quoted)
            elif len(quoted) > 2:
                text = ", ".join(quoted[:-1]) + ", and " + quoted[-1]
            plural = "" if len(missing) == 1 else "s"
            raise TypeError(f"{name} missing {len(missing)} required positional argument{plural}: {text}")
        extra = []
        for f in known.values():
            if f.name in given:
                value = given[f.name]
            elif f.default is not MISSING:
                value = f.default
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            else:
                continue
            if f.type == "InitVar" or f.type == "dataclasses.InitVar":
                extra.append(value)
            elif frozen:
                object.__setattr__(self, f.name, value)
            else:
                setattr(self, f.name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__(*extra)

    return __init__


def _values(self):
    return tuple(getattr(self, f.name) for f in fields(self) if f.compare)


def dataclass(
    cls=None,
    /,
    *,
    init=True,
    repr=True,
    eq=True,
    order=False,
    unsafe_hash=False,
    frozen=False,
    match_args=True,
    kw_only=False,
    slots=False,
    weakref_slot=False,
):
    if cls is None:
        return lambda cls: dataclass(
            cls, init=init, repr=repr, eq=eq, order=order, unsafe_hash=unsafe_hash, frozen=frozen, match_args=match_args, kw_only=kw_only
        )
    known = _gather(cls, kw_only)
    cls.__dataclass_fields__ = known
    own = cls.__dict__
    if init:
        cls.__init__ = _initialiser(cls, known, frozen)
    if repr and "__repr__" not in own:

        def __repr__(self):
            parts = [f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr]
            return f"{self.__class__.__qualname__}({', '.join(parts)})"

        cls.__repr__ = __repr__
    if eq and "__eq__" not in own:

        def __eq__(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return _values(self) == _values(other)

        cls.__eq__ = __eq__
        if not frozen and not unsafe_hash and "__hash__" not in own:
            cls.__hash__ = None
    if order:
        cls.__lt__ = lambda self, other: _values(self) < _values(other) if other.__class__ is self.__class__ else NotImplemented
        cls.__le__ = lambda self, other: _values(self) <= _values(other) if other.__class__ is self.__class__ else NotImplemented
        cls.__gt__ = lambda self, other: _values(self) > _values(other) if other.__class__ is self.__class__ else NotImplemented
        cls.__ge__ = lambda self, other: _values(self) >= _values(other) if other.__class__ is self.__class__ else NotImplemented
    if frozen:

        def __setattr__(self, name, value):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name):
            raise FrozenInstanceError(f"cannot delete field {name!r}")

        cls.__setattr__ = __setattr__
        cls.__delattr__ = __delattr__
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple(f.name for f in known.values() if f.init and not f.kw_only)
    return cls


def fields(value):
    if not hasattr(value, "__dataclass_fields__"):
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(f for f in value.__dataclass_fields__.values() if f.type not in ("InitVar", "dataclasses.InitVar"))


def is_dataclass(value):
    return hasattr(value, "__dataclass_fields__")


def asdict(value, *, dict_factory=dict):
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError("asdict() should be called on dataclass instances")
    return dict_factory([(f.name, _plain(getattr(value, f.name), dict_factory)) for f in fields(value)])


def _plain(value, dict_factory):
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value, dict_factory=dict_factory)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_plain(v, dict_factory) for v in value])
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(v, dict_factory) for v in value)
    if isinstance(value, dict):
        return type(value)((_plain(k, dict_factory), _plain(v, dict_factory)) for k, v in value.items())
    return value


def astuple(value, *, tuple_factory=tuple):
    return tuple_factory([getattr(value, f.name) for f in fields(value)])


def replace(value, /, **changes):
    for f in value.__dataclass_fields__.values():
        if f.init and f.name not in changes:
            changes[f.name] = getattr(value, f.name)
    return value.__class__(**changes)


class InitVar:
    def __class_getitem__(cls, item):
        return cls
