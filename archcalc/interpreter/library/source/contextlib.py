"""contextlib, written in the subset itself."""

from functools import wraps


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class ContextDecorator:
    def __call__(self, func):
        @wraps(func)
        def inner(*args, **kwds):
            with self:
                return func(*args, **kwds)

        return inner


class _Manager(ContextDecorator):
    def __init__(self, func, args, kwds):
        self.gen = func(*args, **kwds)

    def __enter__(self):
        try:
            return next(self.gen)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, value, traceback):
        if kind is None:
            try:
                next(self.gen)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        try:
            self.gen.throw(value)
        except StopIteration:
            return True
        except BaseException as error:
            if error is value:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(func):
    @wraps(func)
    def helper(*args, **kwds):
        return _Manager(func, args, kwds)

    return helper


class nullcontext(AbstractContextManager):
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result


class suppress(AbstractContextManager):
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __exit__(self, kind, value, traceback):
        return kind is not None and issubclass(kind, self._exceptions)


class closing(AbstractContextManager):
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *exc_info):
        self.thing.close()


class ExitStack(AbstractContextManager):
    def __init__(self):
        self._callbacks = []

    def enter_context(self, manager):
        result = manager.__enter__()
        self._callbacks.append(manager.__exit__)
        return result

    def push(self, leave):
        self._callbacks.append(leave.__exit__ if hasattr(leave, "__exit__") else leave)
        return leave

    def callback(self, function, /, *args, **kwds):
        def call(kind, value, traceback):
            function(*args, **kwds)

        self._callbacks.append(call)
        return function

    def __exit__(self, kind, value, traceback):
        suppressed = False
        while self._callbacks:
            if self._callbacks.pop()(kind, value, traceback):
                suppressed = True
                kind = value = traceback = None
        return suppressed

    def close(self):
        self.__exit__(None, None, None)
