"""itertools, written in the subset itself."""

from _archcalc import MISSING


class chain:
    def __init__(self, *iterables):
        self._source = _chained(iterables)

    @classmethod
    def from_iterable(cls, iterables):
        made = cls()
        made._source = _chained(iterables)
        return made

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._source)


def _chained(iterables):
    for iterable in iterables:
        yield from iterable


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    kept = []
    for item in iterable:
        yield item
        kept.append(item)
    while kept:
        for item in kept:
            yield item


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


def accumulate(iterable, func=None, *, initial=None):
    source = iter(iterable)
    total = initial
    if initial is None:
        try:
            total = next(source)
        except StopIteration:
            return
    yield total
    for item in source:
        total = total + item if func is None else func(total, item)
        yield total


def islice(iterable, start, stop=MISSING, step=None):
    if stop is MISSING:
        start, stop = 0, start
    start = 0 if start is None else start
    step = 1 if step is None else step
    if start < 0 or (stop is not None and stop < 0) or step < 1:
        raise ValueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    return _sliced(iter(iterable), start, stop, step)


def _sliced(source, start, stop, step):
    position = 0
    wanted = start
    while stop is None or position < stop:
        try:
            item = next(source)
        except StopIteration:
            return
        if position == wanted:
            yield item
            wanted += step
        position += 1


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    dropping = True
    for item in iterable:
        if dropping and predicate(item):
            continue
        dropping = False
        yield item


def filterfalse(predicate, iterable):
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def compress(data, selectors):
    for item, chosen in zip(data, selectors):
        if chosen:
            yield item


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def zip_longest(*iterables, fillvalue=None):
    sources = [iter(i) for i in iterables]
    left = len(sources)
    while left:
        row = []
        for index, source in enumerate(sources):
            item = fillvalue
            if source is not None:
                item = next(source, MISSING)
                if item is MISSING:
                    item = fillvalue
                    sources[index] = None
                    left -= 1
            row.append(item)
        if left:
            yield tuple(row)


def product(*iterables, repeat=1):
    pools = [tuple(i) for i in iterables] * repeat
    if not all(pools):
        return
    places = [0] * len(pools)
    while True:
        yield tuple(pool[place] for pool, place in zip(pools, places))
        for index in range(len(pools) - 1, -1, -1):
            places[index] += 1
            if places[index] < len(pools[index]):
                break
            places[index] = 0
        else:
            return


def combinations(iterable, r):
    pool = tuple(iterable)
    n = len(pool)
    if r > n:
        return
    chosen = list(range(r))
    yield tuple(pool[i] for i in chosen)
    while True:
        for i in range(r - 1, -1, -1):
            if chosen[i] != i + n - r:
                break
        else:
            return
        chosen[i] += 1
        for j in range(i + 1, r):
            chosen[j] = chosen[j - 1] + 1
        yield tuple(pool[i] for i in chosen)


def permutations(iterable, r=None):
    pool = tuple(iterable)
    n = len(pool)
    r = n if r is None else r
    for places in product(range(n), repeat=r):
        if len(set(places)) == r:
            yield tuple(pool[i] for i in places)


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    for places in product(range(len(pool)), repeat=r):
        if sorted(places) == list(places):
            yield tuple(pool[i] for i in places)


def pairwise(iterable):
    before = MISSING
    for item in iterable:
        if before is not MISSING:
            yield before, item
        before = item


def groupby(iterable, key=None):
    group = []
    known = MISSING
    for item in iterable:
        own = item if key is None else key(item)
        if known is not MISSING and own != known:
            yield known, iter(group)
            group = []
        known = own
        group.append(item)
    if known is not MISSING:
        yield known, iter(group)


def tee(iterable, n=2):
    kept = list(iterable)
    return tuple(iter(kept) for _ in range(n))


def batched(iterable, n):
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
