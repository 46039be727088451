class M(type):
    def __new__(m, *a): return open('pwned', 'w')
class A(metaclass=M): pass
