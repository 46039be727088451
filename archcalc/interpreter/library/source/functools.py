"""functools, written in the subset itself."""

from _archcalc import MISSING, is_unknown


class partial:
    def __new__(cls, func, /, *args, **keywords):
        if is_unknown(func):
            return func
        if not callable(func):
            raise TypeError("the first argument must be callable")
        self = object.__new__(cls)
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords
        return self

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)] + [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.keywords.items()]
        return f"functools.partial({', '.join(parts)})"


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        self.func = func
        self.args = args
        self.keywords = keywords

    def __get__(self, instance, owner=None):
        return partial(self.func.__get__(instance, owner), *self.args, **self.keywords)


WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__")
WRAPPER_UPDATES = ("__dict__",)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in ("__name__", "__qualname__"):
        if name in assigned and hasattr(wrapped, name):
            setattr(wrapper, name, getattr(wrapped, name))
    if hasattr(wrapped, "__dict__") and not isinstance(wrapped, type):
        wrapper.__dict__.update(wrapped.__dict__)
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return partial(update_wrapper, wrapped=wrapped, assigned=assigned, updated=updated)


def reduce(function, iterable, initial=MISSING, /):
    source = iter(iterable)
    if initial is MISSING:
        try:
            total = next(source)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    else:
        total = initial
    for item in source:
        total = function(total, item)
    return total


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return _cached(maxsize, 128)

    def decorate(function):
        return _cached(function, maxsize)

    return decorate


def cache(function):
    return _cached(function, None)


def _cached(function, maxsize):
    known = {}

    def cached(*args, **kwargs):
        key = (args, tuple(kwargs.items()))
        if key in known:
            value = known.pop(key)
        else:
            value = function(*args, **kwargs)
            if maxsize is not None and len(known) >= maxsize:
                del known[next(iter(known))]
        if maxsize != 0:
            known[key] = value
        return value

    cached.cache_clear = known.clear
    return update_wrapper(cached, function)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.name = None

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self.func(instance)
        instance.__dict__[self.name] = value
        return value


def total_ordering(cls):
    if "__lt__" in cls.__dict__:
        pairs = {
            "__gt__": lambda self, other: not (self < other or self == other),
            "__le__": lambda self, other: self < other or self == other,
            "__ge__": lambda self, other: not self < other,
        }
    elif "__gt__" in cls.__dict__:
        pairs = {
            "__lt__": lambda self, other: not (self > other or self == other),
            "__ge__": lambda self, other: self > other or self == other,
            "__le__": lambda self, other: not self > other,
        }
    elif "__le__" in cls.__dict__:
        pairs = {
            "__gt__": lambda self, other: not self <= other,
            "__lt__": lambda self, other: self <= other and not self == other,
            "__ge__": lambda self, other: not self <= other or self == other,
        }
    elif "__ge__" in cls.__dict__:
        pairs = {
            "__lt__": lambda self, other: not self >= other,
            "__gt__": lambda self, other: self >= other and not self == other,
            "__le__": lambda self, other: not self >= other or self == other,
        }
    else:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    for name, method in pairs.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def cmp_to_key(compare):
    class K:
        __hash__ = None

        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return compare(self.obj, other.obj) < 0

        def __gt__(self, other):
            return compare(self.obj, other.obj) > 0

        def __eq__(self, other):
            return compare(self.obj, other.obj) == 0

        def __le__(self, other):
            return compare(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return compare(self.obj, other.obj) >= 0

    return K
