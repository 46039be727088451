import argparse
import collections
r=[]
Args=type("Args",(),dict(a=1,b=[2,3]))
r+=[Args.a,Args().b,Args.__name__,type(Args) is type]
class Base:
    def __init__(self,x=1): self.x=x
    def f(self): return self.x
Child=type("Child",(Base,),{"g":lambda self:self.f()+1,"x":0})
r+=[Child(4).g(),Child.x,issubclass(Child,Base),isinstance(Child(),Base)]
for bad in ((1,(),{}),("A",[],{}),("A",(),3)):
    try: type(*bad); r.append("made")
    except TypeError: r.append("TypeError")
try: type(1,2); r.append("made")
except TypeError: r.append("TypeError")
P=collections.namedtuple("P","a b c")
P.__new__.__defaults__=(None,)*len(P._fields)
r+=[tuple(P()),tuple(P(1)),tuple(P(c=2)),P(1,b=3).b]
P.__new__.__defaults__=(7,)
r.append(tuple(P(1,2)))
try: P(1); r.append("made")
except TypeError: r.append("TypeError")
parser=argparse.ArgumentParser(description="a net")
parser.add_argument("--dim","-d",type=int,default=3,help="width")
parser.add_argument("--rate",type=float,default="0.5")
parser.add_argument("--no-bias",action="store_true")
parser.add_argument("--keep",dest="kept",action="store_false",default=True)
parser.add_argument("--name",default="a",choices=["a","b"])
group=parser.add_argument_group("more")
group.add_argument("--sizes",nargs="+",type=int,default=[1,2])
parser.set_defaults(seed=4)
o=parser.parse_args([])
r+=[o.dim,o.rate,o.no_bias,o.kept,o.name,o.sizes,o.seed,sorted(vars(o)),"dim" in o,parser.parse_known_args([])[1]]
n=argparse.Namespace(x=1,y=2)
r+=[n.x,n.y,sorted(vars(n))]
