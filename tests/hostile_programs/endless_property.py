class A:
    @property
    def a(self): return self.a
A().a
