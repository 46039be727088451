r=[]
for i in range(5):
    if i==1: continue
    if i==4: break
    r.append(i)
else:
    r.append("else")
while True:
    try:
        r.append("try")
        break
    finally:
        r.append("fin")
def f():
    for i in range(3):
        try:
            if i==1: return i
        finally:
            r.append(("f",i))
r.append(f())
def g():
    try:
        return 1
    finally:
        return 2
r.append(g())
for x in [1,2,3]:
    try:
        if x==2: continue
        r.append(x)
    finally:
        r.append("c")
try:
    try:
        {}["a"]
    except KeyError as e:
        raise ValueError("v") from e
except (TypeError, ValueError) as e:
    r.append(repr(e))
try:
    try:
        [][1]
    finally:
        r.append("x")
except IndexError as e:
    r.append(str(e))
