r = []
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
class P3(Point):
    def __init__(self, x, y, z): super().__init__(x, y); self.z = z
class Color:
    RED = "red"
def m(v):
    match v:
        case None: return "none"
        case True: return "true"
        case 0: return "zero"
        case -1: return "minus"
        case 1 | 2 | 3 as n: return ("small", n)
        case float(f): return ("float", f)
        case int(n) if n > 100: return ("big", n)
        case int(): return "int"
        case "a" | "b": return "ab"
        case Color.RED: return "RED"
        case str(s) if s.startswith("x"): return ("x", s)
        case str(): return "str"
        case []: return "empty"
        case [x]: return ("one", x)
        case [1, y]: return ("1y", y)
        case [(a, b), *rest]: return ("pairs", a, b, rest)
        case ["cmd", *args, "end"]: return ("cmd", args)
        case [_, _, _]: return "three"
        case [first, *_, last]: return (first, last)
        case {"type": "circle", "r": r_}: return ("circle", r_)
        case {"type": t, **rest}: return (t, rest)
        case {}: return "map"
        case P3(x, y, z=z): return ("p3", x, y, z)
        case Point(x=0, y=y): return ("on y", y)
        case Point(x, y) if x == y: return ("diag", x)
        case Point(): return "point"
        case _: return "other"
for v in [None, True, 0, -1, 2, 2.5, 500, 50, "a", "red", "xyz", "q", [], [5], [1, 9], [(1, 2), 3, 4], ["cmd", 1, 2, "end"], [7, 8, 9], (1, 2, 3, 4), {"type": "circle", "r": 3}, {"type": "sq", "w": 1}, {"k": 1}, P3(1, 2, 3), Point(0, 5), Point(4, 4), Point(1, 2), {1}, len, (), range(3), b"" if False else 3j if False else object]:
    r.append(m(v))
def captures(v):
    match v:
        case {"a": [x, {"b": y}]} | {"c": (x, y)}: return x, y
        case [[a, b], [c, d]] if a == d: return a, b, c, d
        case (int(a) | str(a), b): return "mixed", a, b
        case [Point(x=px), *others]: return px, len(others)
    return "no"
r += [captures(v) for v in [{"a": [1, {"b": 2}]}, {"c": (3, 4)}, [[1, 2], [3, 1]], ("s", 5), [Point(7, 8), 1, 2], 5]]
def fall(v):
    out = []
    match v:
        case int() if out.append("guard"): out.append("never")
        case int(): out.append("int")
    return out
r.append(fall(3))
match 5:
    case x if x > 10: r.append("big")
    case x: r.append(("bound", x))
def loops(cmds):
    out = []
    for c in cmds:
        match c.split():
            case ["stop"]: break
            case ["skip", *_]: continue
            case [verb, obj]: out.append((verb, obj))
            case other: out.append(other)
    return out
r.append(loops(["go north", "skip me", "look", "a b c", "stop", "go x"]))
