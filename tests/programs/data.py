d={"a":1,"b":2}
r=[list(d.items()),d.get("c",5),d.pop("a"),d.setdefault("z",[]),{**d,"q":1},d|{"b":9},dict(a=1),dict([("x",1)]),list(d),"b" in d,sorted(d),{1,2}&{2,3},{1}|{2},{1,2}-{1},frozenset([1])=={1},d.keys()&{"b"},{}.fromkeys("ab",0), [*range(3),*"ab"], (*[1],2), "a,b,c".split(","), "-".join(["a","b"]), "abc".upper(), " x ".strip(), "abc".replace("b","zz"), "abc".find("c"), "a b".title(),"abc".startswith(("a","b")),"x".zfill(4), int("12"), int("ff",16), float("1.5"), str(12), bool([]), list("abc"), tuple([1]), set([1]), divmod(7,2), pow(2,10), pow(2,10,7), round(2.567,1), round(2.5), abs(-3), sum([1,2],3), any([0,1]), all([]), list(enumerate("ab",1)), list(zip([1,2],[3,4])), list(map(lambda x:x+1,[1,2])), list(filter(None,[0,1,2])), list(reversed([1,2])), chr(97), ord("a"), hex(255), bin(5), callable(len), type(1) is int, type("a").__name__, isinstance(True,int), [1,2]==[1,2],[1,2]<[1,3],(1,)<(1,2), 7//2,-7//2,7%3,-7%3,2**-1,1/4, 5&3,5|3,5^3,~5,1<<4,256>>2, "abc"*2,[0]*3, not 1, 1 and 0, 0 or "x", None is None, [1,[2,3]], slice(1,2), range(5)[1:3], list(range(10,0,-3)), len(range(5)), 3 in range(5), "b" in "abc", [x for x in range(3)][-1]]
l=[3,1,2]; l.sort(); l.insert(0,9); l.extend((4,5)); l.reverse(); del l[0]; l[1:2]=[7,7]; r.append(l); r.append(l.index(7)); r.append(l.count(7)); r.append(l.pop()); r.append(l.pop(0)); r.append(l.copy())
def f(*,a): return a
r.append(f(a=1)); r.append(repr("a'b")); r.append("\n")
class L(list):
    def first(self): return self[0]
q=L([5,6]); q.append(7); r+= [q.first(), len(q), list(q), q==[5,6,7], q[1:], isinstance(q,list), 6 in q, sum(q)]
class Cfg(dict):
    __getattr__=dict.get
    def __setattr__(self,k,v): self[k]=v
c=Cfg(a=1); c.b=2; r+=[c.a,c.b,c.zz,dict(c),c["b"],list(c.items()),{**c}]
class I(int):
    def double(self): return self*2
r+=[I(4).double(),I(4)+1,I(5)==5]
