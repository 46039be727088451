"""What a spec states about a layer or the whole, to be held against what is computed."""

from __future__ import annotations

from archcalc.network.nodes import Expected
from archcalc.notations.own.expand.values import Here, parse_shape, plain, whole_number
from archcalc.notations.own.expand.work import Work
from archcalc.notations.own.tree import Map, Value
from archcalc.text.faults import ValueFault, suggestions


def read_expect(x: Work, value: Value | None) -> dict[str, Expected]:
    """What the spec states: an output shape, params, params_without_bias, multiplies."""
    if value is None:
        return {}
    known = ("output", "params", "params_without_bias", "multiplies")
    if not isinstance(value, Map):
        x.fault("expect is a mapping", value.span(), "expect: {output: 16x10x10}")
        return {}
    found: dict[str, Expected] = {}
    for key, item in value.entries:
        if key.text not in known:
            x.fault(f"expect has no '{key.text}'", key.span(), *(suggestions(key.text, known) or known))
            continue
        try:
            given = plain(item, Here({}))
            stated = parse_shape(given) if key.text == "output" else whole_number(given)
        except ValueFault as error:
            x.wrong(error, item.span())
        else:
            found[key.text] = Expected(stated, item.span())
    return found
