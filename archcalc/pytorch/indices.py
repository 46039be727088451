"""Which inputs of a network are indices into an embedding's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.network.nodes import Network

# Layers that only move values: integers stay integers on their way to an embedding.
MOVERS = ("flatten", "reshape", "permute", "identity", "dropout", "concat", "slice", "crop", "zeropad", "channelshuffle")


def integer_inputs(network: Network) -> dict[int, int]:
    """The numbers of the inputs that an embedding looks up, each with the least number of rows of those embeddings."""
    found: dict[int, int] = {}
    for node in network.nodes:
        if node.layer.kind != "embedding":
            continue
        waiting, seen = list(node.inputs), set()
        while waiting:
            i = waiting.pop()
            if i in seen:
                continue
            seen.add(i)
            if i < 0:
                found[-1 - i] = min(found.get(-1 - i, node.layer.num), node.layer.num)  # type: ignore[attr-defined]
            elif network.nodes[i].layer.kind in MOVERS:
                waiting += network.nodes[i].inputs
    return found
