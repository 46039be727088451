"""Modules of our own where torch has none. Inputs carry the batch first; weights are named as `Layer.weights` names them.

Every class stands on its own beside torch and those of its module: the exporter copies the source of what a network uses.
"""

from __future__ import annotations

from archcalc.pytorch.support.maps import *  # noqa: F403
from archcalc.pytorch.support.moves import *  # noqa: F403
from archcalc.pytorch.support.sequences import *  # noqa: F403
from archcalc.pytorch.support.values import *  # noqa: F403
