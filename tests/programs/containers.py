r = []
l = [5, 3, 8, 1]
r += [l[1:3], l[::-1], l[-2:], l[:], l[::2], l[5:], l + [9], l * 2, 3 in l, len(l), min(l), max(l), sum(l), sorted(l), sorted(l, reverse=True), sorted(l, key=lambda x: -x), list(reversed(l)), l.index(8), l.count(3)]
m = l.copy()
m.append(7); m.extend([1, 2]); m.insert(1, 99); m.remove(3); r.append(m[:]); r.append(m.pop()); r.append(m.pop(0)); m.sort(); r.append(m[:]); m.sort(key=str, reverse=True); r.append(m[:]); m.reverse(); r.append(m[:]); m[1:3] = [0, 0, 0]; r.append(m[:]); m[::2] = [1] * len(m[::2]); r.append(m[:]); del m[0]; del m[1:3]; r.append(m[:]); m.clear(); r.append(m)
n = [[0] * 3 for _ in range(2)]
n[0][1] = 5
r.append(n)
k = [[0] * 2] * 2
k[0][0] = 1
r.append(k)
q = [1, 2]
q2 = q
q2 += [3]
q = q + [4]
r += [q, q2]
t = (1, "a", [2])
t[2].append(3)
r += [t, t + (4,), t * 2, t[0], t[-1], t[1:], len(t), 1 in t, (1,) < (2,), (1, 2) == (1, 2), (), (5,), tuple("ab"), t.index("a"), t.count(1)]
d = {"a": 1, "b": 2}
r += [d["a"], d.get("z"), d.get("z", 0), "a" in d, len(d), list(d), list(d.keys()), list(d.values()), list(d.items()), {**d, "c": 3}, dict(d, c=4), d | {"a": 9}, dict([("x", 1)]), dict(zip("ab", [1, 2])), {k: v for k, v in d.items() if v > 1}, sorted(d.items(), key=lambda kv: -kv[1]), max(d, key=d.get), d == {"b": 2, "a": 1}, d != {}, bool({})]
e = dict(d)
e["c"] = 3; e.update({"a": 10}, z=5); e.update([("y", 6)]); r.append(dict(e)); r.append(e.pop("c")); r.append(e.pop("nope", None)); r.append(e.popitem()); r.append(e.setdefault("n", [])); e["n"].append(1); r.append(e.setdefault("n", 5)); del e["a"]; r.append(e); r.append(dict.fromkeys("ab", 1)); e |= {"w": 1}; r.append(e); e.clear(); r.append(e)
for key in d: r.append(key)
for key, v in d.items(): r.append((key, v))
for i, (key, v) in enumerate(d.items(), 1): r.append((i, key, v))
mixed = {1: "int", 1.0: "float", True: "bool", "1": "str", (1, 2): "tuple", None: "none", frozenset([1]): "fs"}
r += [mixed, mixed[1], mixed[(1, 2)], mixed[None], mixed[frozenset([1])]]
ks = d.keys()
d["new"] = 1
r += [list(ks), "new" in ks, d.items() == {"a": 1, "b": 2, "new": 1}.items(), d.keys() & {"a", "z"}, sorted(d.keys() | {"q"}), sorted(d.keys() - {"a"}), len(d.values()), ("a", 1) in d.items()]
try:
    for key in d: d[key + "x"] = 1
except RuntimeError as x: r.append(str(x))
s = {3, 1, 2}
r += [sorted(s), len(s), 2 in s, s | {4}, s & {1, 9}, s - {1}, s ^ {1, 7}, s <= {1, 2, 3, 4}, s < s, s == {1, 2, 3}, s.union([5], [6]), s.intersection([1, 2]), s.difference([1]), s.symmetric_difference([1, 8]), s.issubset(range(5)), s.issuperset([1]), s.isdisjoint([9]), set("aab") == {"a", "b"}, frozenset([1, 2]) | {3}, set(), {*range(3)}, {x % 2 for x in range(5)}]
s.add(9); s.discard(1); s.discard(100); s.remove(2); s.update([4, 5]); r.append(sorted(s)); s |= {6}; s &= {4, 5, 6, 9}; s -= {9}; s ^= {4, 70}; r.append(sorted(s)); s.intersection_update([5, 6]); r.append(sorted(s)); s.clear(); r.append(s)
r += [[i for i in range(10) if i % 2 if i > 3], [(i, j) for i in range(3) for j in range(i)], [[j for j in range(i)] for i in range(3)], {i: {j for j in range(i)} for i in range(3)}, [x for row in [[1, 2], [3]] for x in row], list(i * i for i in range(4)), sum(x for x in range(5)), any(x > 3 for x in range(5)), all(x < 3 for x in range(5)), [*range(3), *"ab"], (*[1], 2), {**{"a": 1}, **{"b": 2}}, [y for x in [1, 2] if (y := x * 2) > 2]]
r += [list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1])), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(lambda x: x % 2, range(6))), list(filter(None, [0, 1, "", "a"])), list(enumerate("ab")), list(enumerate("ab", start=5)), list(range(5)), list(range(2, 10, 3)), list(range(5, 0, -2)), range(3), range(1, 5)[2], range(10)[2:5], len(range(0, 10, 3)), 4 in range(0, 10, 2), list(reversed(range(3))), sum([[1], [2]], []), max([1, 5, 3], key=lambda x: -x), min([], default="d"), max("a", "b"), sorted([("b", 1), ("a", 2)]), sorted([[2], [1, 5], [1]]), sorted(["b", "A", "c"], key=str.lower), next(iter([1])), next(iter([]), "end"), list(iter([1, 2].pop, 1)) if False else 0, isinstance([], list), type({}) is dict, type(()) is tuple, list({1: 2}), tuple({"k": 1}), list("é"), [1, [2, [3]]] == [1, [2, [3]]], [1] < [1, 2], [] < [0], [1, "a"] == [1, "a"], [None] == [None], [float("nan")] == [1]]
a = [1, 2]
a.append(a)
r.append(len(a))
r.append(repr(a))
b = {}
b["self"] = b
r.append(repr(b))
x = [1, 2, 3]
x[0], x[1] = x[1], x[0]
i = 0
i, x[i] = 2, 9
r += [x, i]
for x[0] in range(3): pass
r.append(x)
(p, (o, *_)), *rest = [(1, (2, 3, 4)), 5, 6]
r += [p, o, rest]
try: p, o = 1, 2, 3
except ValueError as z: r.append(str(z))
try: p, o, q = 1, 2
except ValueError as z: r.append(str(z))
try: p, *o, q = [1]
except ValueError as z: r.append(str(z))
g = (i for i in range(3))
r += [next(g), list(g), list(g)]
def gen():
    yield from range(2)
    x = yield
    yield x
z = gen()
r += [next(z), next(z), next(z), z.send("s")]
import itertools
def primes():
    n = 2
    while True:
        if all(n % i for i in range(2, n)): yield n
        n += 1
r.append(list(itertools.islice(primes(), 6)))
slc = slice(1, 3)
r += [[0, 1, 2, 3][slc], slc.start, slc.stop, slc.step, slc, "abcd"[slice(None, None, -1)], slice(1, 10, 2).indices(5)]
