"""The words of one file or block, and its lines, each parsed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.notations.own.phrase.forms import Form, Phrase, Words


class Lexicon(Words):
    """Words, and the lines made of them. Parsed lines are kept."""

    def __init__(
        self, variables: frozenset[str], blocks: Callable[[str], Form | None], known_blocks: Callable[[], Iterator[str]]
    ) -> None:
        super().__init__(variables, blocks, known_blocks)
        self._lines: dict[str, list[Phrase]] = {}

    def parse(self, text: str) -> list[Phrase]:
        """The phrases of a line. Raises PhraseFault."""
        found = self._lines.get(text)
        if found is None:
            if "nn." in text:
                from archcalc.notations.own.phrase.calls import CALL, torch_call

                if CALL.match(text[:80]):
                    found = self._lines[text] = torch_call(text, self)
                    return found
            from archcalc.notations.own.phrase.parser import Parser

            found = self._lines[text] = Parser(text, self).phrases()
        return found
