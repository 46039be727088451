"""Signatures, and how a call's arguments come to stand under a function's parameters: one way for every kind of function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Value = object  # of the program
_VARARGS, _VARKEYWORDS = 0x04, 0x08


class Misbound(Exception):
    """Arguments that do not fit, in Python's words without the function's name."""


class Signature:
    """The parameters of a function: positional ones (the first `positional_only` of them by position alone), `*rest`,
    keyword-only ones, `**more`. `defaults` are those of the last positional ones, `keyword_defaults` by name."""

    __slots__ = (
        "all_names",
        "defaults",
        "keyword_defaults",
        "keyword_only",
        "more",
        "names",
        "positional_only",
        "required",
        "rest",
        "simple",
    )

    def __init__(
        self,
        names: Sequence[str],
        defaults: Sequence[Value] = (),
        *,
        positional_only: int = 0,
        rest: str = "",
        keyword_only: Sequence[str] = (),
        keyword_defaults: dict[str, Value] | None = None,
        more: str = "",
    ) -> None:
        self.names = tuple(names)
        self.defaults = tuple(defaults)
        self.positional_only = positional_only
        self.rest = rest
        self.keyword_only = tuple(keyword_only)
        self.keyword_defaults = keyword_defaults or {}
        self.more = more
        self.required = len(self.names) - len(self.defaults)
        self.all_names = (*self.names, *self.keyword_only, *filter(None, (rest, more)))
        self.simple = not (rest or more or keyword_only)

    @staticmethod
    def of(function: Callable[..., object], skip: int = 1) -> Signature:
        """The signature of a host function, less its first parameters (the machine)."""
        code = function.__code__
        count = code.co_argcount
        names = code.co_varnames
        only = count + code.co_kwonlyargcount
        rest = names[only] if code.co_flags & _VARARGS else ""
        more = names[only + bool(rest)] if code.co_flags & _VARKEYWORDS else ""
        return Signature(
            names[skip:count],
            function.__defaults__ or (),
            positional_only=max(0, code.co_posonlyargcount - skip),
            rest=rest,
            keyword_only=names[count:only],
            keyword_defaults=function.__kwdefaults__,
            more=more,
        )

    def bind(
        self,
        args: Sequence[Value],
        kwargs: dict[str, Value],
        defaults: Sequence[Value] | None = None,
        keyword_defaults: dict[str, Value] | None = None,
    ) -> list[Value]:
        """The values of all parameters in order: positional, keyword-only, `*rest` as a tuple, `**more` as a dict.

        Raises Misbound. The defaults replace those of the signature, for functions that were made with values of their own.
        """
        names = self.names
        count = len(names)
        given = len(args)
        defaults = self.defaults if defaults is None else defaults
        bound: list[Value] = list(args[:count])
        if given > count and not self.rest:
            if unexpected := self._unexpected(kwargs):
                raise Misbound(f"got an unexpected keyword argument '{unexpected}'")
            raise Misbound(self._too_many(given))
        if given < count or kwargs:
            self._fill(bound, kwargs, defaults)
        if self.keyword_only:
            self._fill_keyword_only(bound, kwargs, self.keyword_defaults if keyword_defaults is None else keyword_defaults)
        if self.rest:
            bound.append(tuple(args[count:]))
        if self.more or kwargs:
            bound += self._left(kwargs, given)
        return bound

    def _fill(self, bound: list[Value], kwargs: dict[str, Value], defaults: Sequence[Value]) -> None:
        names = self.names
        missing = []
        first_default = len(names) - len(defaults)
        if kwargs:
            for name in names[self.positional_only : len(bound)]:
                if name in kwargs:
                    raise Misbound(f"got multiple values for argument '{name}'")
        for index in range(len(bound), len(names)):
            name = names[index]
            if name in kwargs and index >= self.positional_only:
                bound.append(kwargs[name])
            elif index >= first_default:
                bound.append(defaults[index - first_default])
            else:
                missing.append(name)
        if missing:
            if unexpected := self._unexpected(kwargs):
                raise Misbound(f"got an unexpected keyword argument '{unexpected}'")
            raise Misbound(_missing(missing, "positional"))

    def _fill_keyword_only(self, bound: list[Value], kwargs: dict[str, Value], defaults: dict[str, Value]) -> None:
        missing = []
        for name in self.keyword_only:
            if name in kwargs:
                bound.append(kwargs[name])
            elif name in defaults:
                bound.append(defaults[name])
            else:
                missing.append(name)
        if missing:
            raise Misbound(_missing(missing, "keyword-only"))

    def _left(self, kwargs: dict[str, Value], given: int) -> list[Value]:
        if self.more:
            taken = {*self.names[self.positional_only :], *self.keyword_only}
            return [{name: value for name, value in kwargs.items() if name not in taken}]
        if unexpected := self._unexpected(kwargs):
            raise Misbound(f"got an unexpected keyword argument '{unexpected}'")
        return []

    def _unexpected(self, kwargs: dict[str, Value]) -> str:
        if self.more:
            return ""
        return next((n for n in kwargs if n not in self.names[self.positional_only :] and n not in self.keyword_only), "")

    def _too_many(self, given: int) -> str:
        most, least = len(self.names), self.required
        takes = f"{most}" if least == most else f"from {least} to {most}"
        return (
            f"takes {takes} positional argument{'' if takes == '1' else 's'} but {given} {'was' if given == 1 else 'were'} given"
        )


def _missing(names: list[str], kind: str) -> str:
    quoted = [f"'{name}'" for name in names]
    if len(quoted) == 1:
        listed = quoted[0]
    elif len(quoted) == 2:
        listed = " and ".join(quoted)
    else:
        listed = f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    return f"missing {len(names)} required {kind} argument{'' if len(names) == 1 else 's'}: {listed}"
