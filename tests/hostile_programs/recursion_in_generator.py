def k(): yield from k()
list(k())
