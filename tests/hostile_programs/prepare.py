class M(type):
    @classmethod
    def __prepare__(m, *a): return {}
class A(metaclass=M): pass
