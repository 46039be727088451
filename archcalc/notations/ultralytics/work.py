"""What the modules of a model of Ultralytics have in common while its network is built: its scale, classes, activation."""

from __future__ import annotations

import math
from typing import TypeAlias

from archcalc.notations.building import Building
from archcalc.text.source import Span

Plain: TypeAlias = "int | float | str | bool | list[Plain] | None"


class Work:
    """One network being built. `made` holds the node of every line, None after a fault."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self.graph = building.graph
        self.source = building.source
        self.made: list[int | None] = []
        self.input: int | None = None
        self.depth = self.width = 1.0
        self.most = math.inf
        self.divisor = 8
        self.classes = 80
        self.anchors: int | None = None
        self.activation: tuple[str, dict[str, float]] = ("silu", {})
        self.old = False  # YOLOv5's own package, before the heads without anchors
        self.scale = ""
        self.keypoints = 51
        self.names: set[str] = set()  # the modules of the model

    def fault(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault; reading goes on to find the others."""
        self.building.fault(message, span, repair, *more)

    def channels(self, asked: int) -> int:
        """A module's channels at this width, unless they are those of the classes."""
        outputs = (self.anchors or 3) * (self.classes + 5) if self.old else self.classes
        if asked == outputs:
            return asked
        return math.ceil(min(asked, self.most) * self.width / self.divisor) * self.divisor
