"""What the imports of a Keras source mean: Keras by its vocabulary, torch by its own, files beside it read the same way."""

from __future__ import annotations

from archcalc.interpreter.values import Module
from archcalc.notations.keras.source.vocabulary import KerasVocabulary
from archcalc.notations.pytorch.importer import HARMLESS, Files
from archcalc.text.source import Source

MORE_HARMLESS = frozenset("keras_tuner tensorflow_datasets tensorflow_addons pydot gym visualkeras livelossplot imutils".split())


class KerasFiles(Files):
    """The importer of a Keras source. Keras's own applications are read as text, where Keras is installed."""

    harmless = HARMLESS | MORE_HARMLESS

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.keras = KerasVocabulary(self._program)
        self.library("keras")

    def _program(self, name: str) -> Source | None:
        found = super().find(name)
        return found if isinstance(found, Source) else None

    def find(self, name: str) -> Module | Source | None:
        found = self.keras.find(name)
        if found is not None:
            return found
        return super().find(name)
