"""The words of one file or block, and its lines, each parsed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.notations.own.phrase.forms import Form, Phrase, Words
from archcalc.notations.own.phrase.tokens import PhraseFault
from archcalc.text.faults import ValueFault


class Lexicon(Words):
    """Words, and the lines made of them. Parsed lines are kept."""

    def __init__(
        self, variables: frozenset[str], blocks: Callable[[str], Form | None], known_blocks: Callable[[], Iterator[str]]
    ) -> None:
        super().__init__(variables, blocks, known_blocks)
        self._lines: dict[str, list[Phrase]] = {}
        self._knowing: dict[str, Lexicon] = {}

    def knowing(self, name: str) -> Lexicon:
        """The same words with one more variable."""
        if name not in self._knowing:
            self._knowing[name] = Lexicon(self.variables | {name}, self.blocks, self.known_blocks)
        return self._knowing[name]

    def parse(self, text: str) -> list[Phrase]:
        """The phrases of a line. Raises PhraseFault."""
        found = self._lines.get(text)
        if found is None:
            found = self._lines[text] = self._parsed(text)
        return found

    def _parsed(self, text: str) -> list[Phrase]:
        try:
            if "nn." in text:
                from archcalc.notations.own.phrase.calls import CALL, torch_call

                if CALL.match(text[:80]):
                    return torch_call(text, self)
            from archcalc.notations.own.phrase.parser import Parser

            return Parser(text, self).phrases()
        except PhraseFault:
            raise
        except ValueFault as error:  # a number of too many digits, say
            raise PhraseFault(error.message, 0, len(text), *error.repairs) from None
