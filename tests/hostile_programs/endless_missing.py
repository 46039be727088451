from collections import defaultdict
d = defaultdict(lambda: d[1])
d[0]
