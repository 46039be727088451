"""Why there is nothing to type where an operation of a program cannot be followed."""

from __future__ import annotations

from archcalc.text.faults import Why

AS_TORCH = Why("torch refuses this call as well; the shapes that meet are those above")
MIXED = Why("what is counted is one input, and this mixes the inputs of a batch or counts them")
VALUES = Why("no value is computed here, and this needs one")
