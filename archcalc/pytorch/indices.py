"""Which values of a network are whole numbers: indices into an embedding's table, however they are moved about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.network.nodes import Network


def integer_inputs(network: Network) -> dict[int, int]:
    """The numbers of the inputs that an embedding looks up, each with the least number of rows of those embeddings."""
    found: dict[int, int] = {}
    for node in network.nodes:
        if not node.layer.indices:
            continue
        waiting, seen = list(node.inputs), set()
        while waiting:
            i = waiting.pop()
            if i in seen:
                continue
            seen.add(i)
            if i < 0:
                found[-1 - i] = min(found.get(-1 - i, node.layer.num), node.layer.num)  # type: ignore[attr-defined]
            elif network.nodes[i].layer.moves:
                waiting += network.nodes[i].inputs
    return found


def uncomputed(network: Network, index: int) -> bool:
    """Whether a value is one of the network's inputs, or those moved about: what an embedding can look up."""
    waiting, seen = [index], set()
    while waiting:
        i = waiting.pop()
        if i < 0 or i in seen:
            continue
        seen.add(i)
        if not network.nodes[i].layer.moves:
            return False
        waiting += network.nodes[i].inputs
    return True
