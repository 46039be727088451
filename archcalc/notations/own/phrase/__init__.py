"""One line of the notation: `conv 64 k3 p1 nobias bn relu`, `5x5 Conv (6), pad 2`, `FC-4096`, `inverted_residual 24 t6 s2`.

A line is a word that names a layer or block, what is set for it, and perhaps a normalisation, an activation or a dropout
that follow. The word may stand after the kernel, as textbooks write it. Parsing knows names and letters only; values that
are expressions stay text until the expander evaluates them in their scope.

    tokens   the pieces of a line, and values     parser    which piece is what
    forms    what may follow a word               lexicon   the words of a file, and its lines
    calls    a torch call on a line
"""

from archcalc.layers import normal
from archcalc.notations.own.phrase.forms import Form, Given, Phrase, Slot, Words, layer_form
from archcalc.notations.own.phrase.lexicon import Lexicon
from archcalc.notations.own.phrase.tokens import PhraseFault, Token, Word, parse_value, tokens

__all__ = [
    "Form",
    "Given",
    "Lexicon",
    "Phrase",
    "PhraseFault",
    "Slot",
    "Token",
    "Word",
    "Words",
    "layer_form",
    "normal",
    "parse_value",
    "tokens",
]
