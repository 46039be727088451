class A: pass
type(A())('X')
type(A)('X', (), {})
