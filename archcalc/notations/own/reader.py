"""The notation's reader of a YAML text."""

from __future__ import annotations

from archcalc.notations.own import yaml
from archcalc.notations.own.expand.spec import Spec
from archcalc.text.source import Source


def read(source: Source) -> Spec:
    """The spec of a YAML text. Raises SpecError."""
    return Spec(yaml.read(source))
