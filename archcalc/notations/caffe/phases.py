"""Which layers of a prototxt are in the network: its state, and the rules under which a layer is included or excluded."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.notations.caffe.text import Message
from archcalc.notations.caffe.work import Work

PHASES = ("TRAIN", "TEST")
VARIABLES = ("phase", "stage", "level")


class State(NamedTuple):
    """The phase, the level and the stages that a network is read for."""

    phase: str
    level: int
    stages: frozenset[str]


def state_of(r: Work) -> State:
    """The state that is asked for: by --set, else by the text, else the network that is used. Raises Stop."""
    written = r.root.message("state")
    phase = r.choice(written.value("phase"), PHASES, "TEST")
    level = r.whole(written.value("level"), 0)
    stages = [value.text for value in written.values("stage")]
    for name, text in r.building.given.variables.items():
        if name not in VARIABLES:
            known = "it has phase, stage and level"
            raise r.building.stop(f"--set {name}: this network has no such variable; {known}", None, "--set phase=TRAIN")
        if name == "stage":
            stages = text.replace(",", " ").split()
        elif name == "level" and re.fullmatch(r"-?\d{1,9}", text):
            level = int(text)
        elif name == "phase" and text.upper() in PHASES:
            phase = text.upper()
        else:
            raise r.building.stop(f"--set {name}={text[:40]}: no {name}", None, "--set phase=TEST", "--set level=0")
    return State(phase, level, frozenset(stages))


def active(r: Work, layer: Message, state: State) -> bool:
    """Whether a layer is part of the network: one of its `include` rules holds, or none of its `exclude` rules."""
    include, exclude = layer.messages("include"), layer.messages("exclude")
    holding = [_holds(r, rule, state) for rule in include]
    barring = [_holds(r, rule, state) for rule in exclude]
    if include and exclude:
        r.fault("a layer has rules to include it or to exclude it, not both", exclude[0].span, "one kind of them")
    return any(holding) if include else not any(barring)


def _holds(r: Work, rule: Message, state: State) -> bool:
    phase = r.choice(rule.value("phase"), PHASES, state.phase)
    least, most = rule.value("min_level"), rule.value("max_level")
    stages, others = rule.values("stage"), rule.values("not_stage")
    return (
        phase == state.phase
        and (least is None or state.level >= r.whole(least, 0, -(10**9)))
        and (most is None or state.level <= r.whole(most, 0, -(10**9)))
        and all(stage.text in state.stages for stage in stages)
        and not any(stage.text in state.stages for stage in others)
    )
