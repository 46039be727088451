"""archcalc's own notation: the located tree, lines, expressions, and the expansion to a network."""
