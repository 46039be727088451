"""archcalc's own notation: the located tree, lines, expressions, and the expansion to a network."""

# What may stand at the top of a text.
TOP_KEYS = (
    "name", "input", "inputs", "vars", "blocks", "layers", "outputs", "defaults", "flatten", "source", "expect", "notes",
    "names", "variants",
)  # fmt: skip
