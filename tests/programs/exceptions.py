r = []
class A(Exception): pass
class B(A):
    def __init__(self, code, *rest):
        super().__init__(code, *rest)
        self.code = code
    def __str__(self): return f"B-{self.code}"
class C(KeyError): pass
def t(f):
    try: return f()
    except Exception as e: return (type(e).__name__, str(e), e.args)
def raising(e):
    raise e
r += [t(lambda: raising(A("x", 1))), t(lambda: raising(B(3, 4))), t(lambda: raising(C("k"))), t(lambda: raising(ValueError)), t(lambda: raising(KeyError("q")))]
def order():
    log = []
    try:
        try:
            log.append(1)
            raise A("a")
        except B:
            log.append("b")
        except (KeyError, A) as e:
            log.append(e.args)
            raise ValueError("v")
        else:
            log.append("else")
        finally:
            log.append("f1")
    except ValueError as e:
        log.append(str(e))
    else:
        log.append("no")
    finally:
        log.append("f2")
    return log
r.append(order())
def reraise():
    try:
        try: 1 / 0
        except ZeroDivisionError: raise
    except ArithmeticError as e: return repr(e)
r.append(reraise())
def in_loop():
    out = []
    for i in range(4):
        try:
            if i == 1: continue
            if i == 3: break
            out.append(i)
        except Exception: pass
        else: out.append("e")
        finally: out.append("f")
    else: out.append("never")
    return out
r.append(in_loop())
def returns():
    try: return "try"
    finally: r.append("finally runs")
r.append(returns())
def overrides():
    for _ in range(2):
        try: 1 / 0
        finally: break
    return "swallowed"
r.append(overrides())
def nested_finally():
    log = []
    def f():
        try:
            try: return log.append("r")
            finally: log.append(1)
        finally: log.append(2)
    f()
    return log
r.append(nested_finally())
def in_generator():
    log = []
    def g():
        try:
            yield 1
            yield 2
        except GeneratorExit:
            log.append("exit")
            raise
        finally: log.append("fin")
    it = g()
    next(it)
    it.close()
    try: next(it)
    except StopIteration: log.append("stop")
    return log
r.append(in_generator())
def gen_return():
    def g():
        got = yield 1
        return got
    def h():
        v = yield from g()
        r.append(("v", v))
    it = h()
    next(it)
    try: it.send("s")
    except StopIteration: pass
gen_return()
def stop_inside():
    def g():
        yield 1
        raise StopIteration
    try: return list(g())
    except RuntimeError as e: return str(e)
r.append(stop_inside())
class Ctx:
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): r.append("enter"); return self
    def __exit__(self, kind, value, tb): r.append(("exit", kind and kind.__name__, str(value))); return self.swallow
with Ctx(True): raise ValueError("in")
try:
    with Ctx(False): raise ValueError("out")
except ValueError as e: r.append(str(e))
def with_return():
    with Ctx(False) as c: return c.swallow
r.append(with_return())
for k in range(3):
    with Ctx(False):
        if k == 0: continue
        break
with Ctx(True) as a, Ctx(True) as b: raise KeyError(1)
try: assert 1 == 2, ("msg", 3)
except AssertionError as e: r.append(e.args)
try: assert []
except AssertionError as e: r.append(e.args)
try: raise A("x") from ValueError("cause")
except A as e: r.append(str(e))
try: raise B
except TypeError as e: r.append(type(e).__name__)
e1 = ValueError(1, 2)
r += [repr(e1), str(e1), e1.args, repr(ValueError()), repr(KeyError("a")), isinstance(e1, Exception), issubclass(C, LookupError)]
def cleanup():
    log = []
    try:
        try: raise ValueError("1")
        finally: raise TypeError("2")
    except TypeError as e: log.append(str(e))
    return log
r.append(cleanup())
def deep(n):
    if n == 0: raise A("deep")
    try: deep(n - 1)
    finally: r.append(n)
try: deep(3)
except A as e: r.append(str(e))
def exc_in_except():
    try:
        try: {}["a"]
        except KeyError as e: raise RuntimeError(f"wrapped {e}")
    except RuntimeError as e: return str(e)
r.append(exc_in_except())
def loops():
    out = []
    while True:
        try:
            try:
                out.append(len(out))
                if len(out) > 3: break
                continue
            finally: out.append("i")
        finally: out.append("o")
    return out
r.append(loops())
