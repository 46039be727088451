"""`dataclass(frozen=True)` for layers, without the functions that the standard one writes and compiles for every class.

Seven of them a class, for thirty classes, were a tenth of the time of a table. Here they stand once, in the base `Frozen`; the
fields and `replace` are the standard ones. A type checker is shown the standard decorator, since the meaning is the same.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool) -> Any:
        """The decorator of a class below Frozen."""
        assert frozen
        return _made


class Frozen:
    """What the standard decorator would write into each class: settings taken, compared, hashed and shown by value, and fixed."""

    _defaults: ClassVar[dict[str, Any]] = {}
    _required: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        """Raises TypeError as a function of these parameters does."""
        cls, fields, own = type(self), self._defaults, self.__dict__
        if len(values) > len(fields):
            raise TypeError(f"{cls.__name__}() takes {len(fields)} settings but {len(values)} were given")
        own.update(fields)
        if values:
            given = dict(zip(fields, values, strict=False))
            if named and given.keys() & named.keys():
                raise TypeError(f"{cls.__name__}() got multiple values for {', '.join(sorted(given.keys() & named.keys()))}")
            own.update(given)
        if named:
            if not named.keys() <= fields.keys():
                raise TypeError(f"{cls.__name__}() got an unexpected setting {next(n for n in named if n not in fields)}")
            own.update(named)
        for name in cls._required:
            if own[name] is dataclasses.MISSING:
                raise TypeError(f"{cls.__name__}() is missing the setting {name}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a class checks, or settles, of the settings it was given."""

    def _values(self) -> tuple[Any, ...]:
        own = self.__dict__
        return tuple([own[name] for name in self._defaults])

    def __repr__(self) -> str:
        settings = (f"{name}={value!r}" for name, value in zip(self._defaults, self._values(), strict=True))
        return f"{type(self).__qualname__}({', '.join(settings)})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, Frozen) and type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot change {name!r}: a {type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete {name!r}: a {type(self).__name__} is frozen")


def _made(cls: type[Frozen]) -> type[Frozen]:
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls._defaults = {field.name: field.default for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    cls._required = tuple(name for name, default in cls._defaults.items() if default is dataclasses.MISSING)
    return cls
