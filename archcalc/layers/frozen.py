"""`dataclass(frozen=True)` for layers, without the functions that the standard one writes and compiles for every class.

Seven of them a class, for thirty classes, were a tenth of the time of a table. Here one function of each serves all classes; the
fields and `replace` are the standard ones. A type checker is shown the standard decorator, since the meaning is the same.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool) -> Any:
        """The decorator; every class made by it is frozen."""
        assert frozen
        return _made


def _made(cls: type) -> type:
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls._defaults = {field.name: field.default for field in dataclasses.fields(cls)}  # type: ignore[attr-defined]
    cls.__init__ = _init  # type: ignore[misc]
    cls.__repr__ = _repr  # type: ignore[method-assign,assignment]
    cls.__eq__ = _eq  # type: ignore[method-assign,assignment]
    cls.__hash__ = _hash  # type: ignore[method-assign,assignment]
    cls.__setattr__ = _fixed  # type: ignore[method-assign]
    cls.__delattr__ = _fixed  # type: ignore[method-assign,assignment]
    return cls


def _init(self: Any, *values: Any, **named: Any) -> None:
    """The fields in order or by name. Raises TypeError as a function of these parameters does."""
    cls, fields = type(self).__name__, self._defaults
    if len(values) > len(fields):
        raise TypeError(f"{cls}() takes {len(fields)} settings but {len(values)} were given")
    given = dict(zip(fields, values, strict=False))
    if given.keys() & named.keys():
        raise TypeError(f"{cls}() got multiple values for {', '.join(sorted(given.keys() & named.keys()))}")
    given.update(named)
    own = self.__dict__
    for name, default in fields.items():
        value = given.pop(name, default)
        if value is dataclasses.MISSING:
            raise TypeError(f"{cls}() is missing the setting {name}")
        own[name] = value
    if given:
        raise TypeError(f"{cls}() got an unexpected setting {next(iter(given))}")
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _values(self: Any) -> tuple[Any, ...]:
    own = self.__dict__
    return tuple([own[name] for name in self._defaults])


def _repr(self: Any) -> str:
    settings = (f"{name}={value!r}" for name, value in zip(self._defaults, _values(self), strict=True))
    return f"{type(self).__qualname__}({', '.join(settings)})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _fixed(self: Any, name: str, value: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r}: a {type(self).__name__} is frozen")
