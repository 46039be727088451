"""operator, written in the subset itself."""


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def truediv(a, b):
    return a / b


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def pow(a, b):
    return a**b


def matmul(a, b):
    return a @ b


def and_(a, b):
    return a & b


def or_(a, b):
    return a | b


def xor(a, b):
    return a ^ b


def lshift(a, b):
    return a << b


def rshift(a, b):
    return a >> b


def iadd(a, b):
    a += b
    return a


def imul(a, b):
    a *= b
    return a


def neg(a):
    return -a


def pos(a):
    return +a


def invert(a):
    return ~a


inv = invert


def not_(a):
    return not a


def truth(a):
    return bool(a)


def eq(a, b):
    return a == b


def ne(a, b):
    return a != b


def lt(a, b):
    return a < b


def le(a, b):
    return a <= b


def gt(a, b):
    return a > b


def ge(a, b):
    return a >= b


def is_(a, b):
    return a is b


def is_not(a, b):
    return a is not b


def contains(a, b):
    return b in a


def concat(a, b):
    return a + b


def getitem(a, b):
    return a[b]


def setitem(a, b, c):
    a[b] = c


def delitem(a, b):
    del a[b]


def index(a):
    return a.__index__()


def length_hint(a, default=0):
    return len(a) if hasattr(a, "__len__") else default


def itemgetter(item, *items):
    if items:
        return lambda value: tuple(value[i] for i in (item, *items))
    return lambda value: value[item]


def attrgetter(name, *names):
    def get(value, path):
        for part in path.split("."):
            value = getattr(value, part)
        return value

    if names:
        return lambda value: tuple(get(value, n) for n in (name, *names))
    return lambda value: get(value, name)


def methodcaller(name, /, *args, **kwargs):
    return lambda value: getattr(value, name)(*args, **kwargs)
