a,(b,*c),d=1,(2,3,4),5
x=y=[1]
x+=[2]
r=[a,b,c,d,x,y,x is y,(z:=4)+z,1<2<3,1<3<2,"a" if a else "b",[1,2,3][::-1],"hello"[1:3],f"{a:>5}|{b!r:<4}|{3.14159:.2f}|{1000000:,}|{'x':^7}|{a=}", "%s-%05d-%.3f-%r"%("a",42,2.5,"q"),"{}-{1}".format(1,2) if 0 else "{0}-{1}-{a}".format(1,2,a=3),"{:>{w}}".format("x",w=5)]
def cnt():
    n=0
    def inc():
        nonlocal n
        n+=1
        return n
    return inc
c=cnt(); c(); r.append(c())
fs=[lambda i=i:i for i in range(3)]; r.append([f() for f in fs])
fs=[lambda:i for i in range(3)]; r.append([f() for f in fs])
def kw(a,/,b,*,c=3,**d): return a,b,c,d
r.append(kw(1,b=2,e=5))
for bad in ("kw()","kw(1)","kw(1,2,3)","kw(1,2,a=3)","kw(a=1,b=2)","(lambda x:x)()","(lambda x:x)(1,2)","(lambda x:x)(y=2)","len()","len(1)","1+'a'","'a'+1","[1]+(2,)","{}[1]","[][0]","int('x')","None.foo","(1).foo","undefined","a.b","1()","{[]:1}","sorted([1,'a'])", "max([])","[].pop()","{}.pop(1)","'abc'.index('z')","[1].remove(2)","a,b=1,2,3" if 0 else "[x for x in 5]","'{}'.format()","'%d'%'x'","'%s%s'%1","range(1,2,0)","int([])","float('x')","''.join([1])","'a'*'b'","[1]*1.5","-'a'","3 in 4", "next(iter([]))", "isinstance(1,2)", "super()", "print(1,2,sep='')", "abs('a')","sum(['a'])","1<'a'","[1]<[None]","round('a')"):
    try: r.append(eval(bad) if False else 0)
    except Exception as e: r.append(str(e))
match [1,2,{"k":3}]:
    case [1,x,{"k":v}]: r.append((x,v))
match 5:
    case 1|2: r.append("no")
    case int(n) if n>4: r.append(("int",n))
class P:
    __match_args__=("x","y")
    def __init__(s,x,y): s.x=x; s.y=y
match P(1,2):
    case P(x=0): r.append(0)
    case P(1,y): r.append(y)
match "s":
    case [*_]: r.append("seq")
    case str() as s: r.append(s)
match (1,2,3):
    case (a,*rest): r.append(rest)
