class A:
    def f(self): return ["A"]
class B(A):
    def f(self): return ["B"]+super().f()
class C(A):
    def f(self): return ["C"]+super(C,self).f()
class D(B,C):
    x=1
    @property
    def p(self): return self._p
    @p.setter
    def p(self,v): self._p=v*2
    @classmethod
    def c(cls,n): return (cls.__name__,n)
    @staticmethod
    def s(n): return n+1
    def __getattr__(self,n):
        if n=="zz": return "dyn"
        raise AttributeError(n)
    def __len__(self): return 3
    def __getitem__(self,i):
        if i>=3: raise IndexError
        return i*10
    def __contains__(self,i): return i==99
    def __call__(self,*a,**k): return (a,k)
    def __eq__(self,o): return isinstance(o,D)
    def __lt__(self,o): return True
    def __bool__(self): return False
    def __iadd__(self,o): self.t=o; return self
    def __neg__(self): return "neg"
d=D(); d.p=4
e=d
e+=5
r=[d.f(),[c.__name__ for c in (D,B,C,A)],d.p,D.c(2),d.c(3),D.s(1),d.s(2),d.zz,hasattr(d,"qq"),hasattr(d,"p"),getattr(d,"qq",7),len(d),list(d),99 in d,5 in d,d(1,*[2],a=3,**{"b":4}),d==D(),d!=D(),d<3,not d,e.t,-d,isinstance(d,A),issubclass(D,C), d.x, D.x]
D.x=5
r.append((d.x,sorted([3,1,2],key=lambda v:-v),max([1,5,3]),min("abc",key=ord)))
