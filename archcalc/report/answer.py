"""What every question gets: an answer, as a sentence, as a document in any format, as plain data, and whether it is yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.report import write

if TYPE_CHECKING:
    from archcalc.report.document import Document


class Answer:
    """The base of all answers. A subclass says its sentence, its document and its data.

    `print(answer)` gives the report, a notebook shows it as a page, and `repr` is the sentence.
    """

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether the answer is yes; the command line's exit status is 1 where it is no."""
        return True

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        raise NotImplementedError

    def as_document(self) -> Document:
        """The answer as paragraphs, working and tables."""
        raise NotImplementedError

    def as_data(self) -> dict[str, Any]:
        """The answer as plain data: what JSON has, and nothing else."""
        raise NotImplementedError

    def text(self, format: str = "table") -> str:
        """The answer in a format: table, markdown, csv, json, latex or html. Raises SpecError for another."""
        return write(self.as_document(), format)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        from archcalc.report.formats.html import fragment

        return fragment(self.as_document())
