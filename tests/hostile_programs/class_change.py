class A: pass
class B: pass
A().__class__ = B
