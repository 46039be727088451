"""Summaries: the tables that Keras, torchsummary, torchinfo and Lightning print of a model.

Keras says who reads whom: where the settings of every row follow (`settings`), its table is the network, read as the same model
in Keras's JSON. Otherwise, and of torch's tables, which do not say it, the rows stand as they are told.
"""

from __future__ import annotations

from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.printed import keras_table, torch_table
from archcalc.notations.printed.table import Summary, read_table
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

MOST_SHOWN = 4


def read(source: Source) -> PrintedSummary:
    """The description of a summary. Raises SpecError."""
    return PrintedSummary(source, read_table(source))


class PrintedSummary:
    """A summary that has been read."""

    def __init__(self, source: Source, summary: Summary) -> None:
        self.source = source
        self.summary = summary

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; beside the network where a total contradicts it."""
        summary = self.summary
        building = Building(self.source, given)
        read_rows = keras_table.network if summary.family == "keras" else torch_table.network
        network = read_rows(self.source, summary, building)
        notes = []
        if summary.around:
            shown = ", ".join(f"'{text[:40]}'" for text in summary.around[:MOST_SHOWN])
            notes.append(f"what stands around the table is passed over: {shown}{' …' if summary.around[MOST_SHOWN:] else ''}")
        if summary.quiet:
            notes.append(f"not checked, being rounded: {', '.join(dict.fromkeys(summary.quiet))}")
        network.notes = (*notes, *network.notes)
        stated = summary.totals.get("total params")
        if stated is not None:
            number, span = stated
            rows = summary.top()
            total = sum(row.params or 0 for row in rows)
            least = any(row.params is None and not row.quiet for row in rows)
            if total > number or (total != number and not least):
                message = f"Total params: {number:,} is stated; the rows add up to {total:,}"
                raise SpecError([Fault(message, span, repairs=[f"Total params: {total:,}"])], network)
        return network
