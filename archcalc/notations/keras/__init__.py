"""Keras: what its layers compute (`layers`, with a module a family), read from its JSON (`json/`) and from source (`source/`).

Both readers give a layer's class and config to the same table, so that a model means the same in either.
"""
