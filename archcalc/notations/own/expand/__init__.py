"""Spec tree → network: blocks opened, repeats unrolled, expressions evaluated, names resolved.

Shapes are followed on the way, since `cin` and the flatten before a fully connected layer depend on them; a layer that does
not fit is left for the analysis to report, with the table up to it. Faults of the text are collected and raised together.

    expander    what is gathered, and the whole       header      inputs, variables, defaults, outputs
    structure   branches, residuals, repeats, heads   table       a paper's table
    lines       a line or mapping to layers           library     blocks and their use
    graph       nodes, shapes, names                  values      numbers, tuples, shapes
"""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.network.nodes import Network, Shape
from archcalc.notations.own.tree import Map


def expand(
    tree: Map,
    *,
    variables: Mapping[str, str] | None = None,
    inputs: Mapping[str, Shape] | None = None,
    bias: bool = True,
) -> Network:
    """The network of a spec tree.

    `variables` replaces values under `vars`, as text; `inputs` replaces input shapes, by name (the name "" for the only
    one); `bias=False` builds every layer without its bias. Raises SpecError with every fault of the tree.
    """
    from archcalc.notations.own.expand.expander import Expander

    return Expander(tree, variables or {}, inputs or {}, bias).network()
