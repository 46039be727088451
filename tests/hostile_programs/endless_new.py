class A:
    def __new__(cls): return A()
A()
