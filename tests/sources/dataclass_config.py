from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Optional

import torch
import torch.nn as nn


class Norm(Enum):
    NONE = "none"
    BATCH = "batch"
    GROUP = "group"


@dataclass(frozen=True)
class StageConfig:
    width: int
    depth: int = 2
    stride: int = 2


@dataclass
class NetConfig:
    stages: list = field(default_factory=lambda: [StageConfig(16), StageConfig(32), StageConfig(64, depth=1)])
    norm: Norm = Norm.BATCH
    classes: Optional[int] = 10

    @property
    def last(self) -> int:
        return self.stages[-1].width


def make_norm(kind: Norm, c: int) -> nn.Module:
    if kind is Norm.BATCH:
        return nn.BatchNorm2d(c)
    elif kind is Norm.GROUP:
        return nn.GroupNorm(8, c)
    return nn.Identity()


class StageNet(nn.Module):
    def __init__(self, config: NetConfig):
        super().__init__()
        self.config = config
        cin = 3
        for i, stage in enumerate(config.stages):
            layers = []
            for d in range(stage.depth):
                layers.append(nn.Conv2d(cin, stage.width, 3, stage.stride if d == 0 else 1, 1, bias=config.norm is Norm.NONE))
                layers.append(make_norm(config.norm, stage.width))
                layers.append(nn.ReLU())
                cin = stage.width
            self.add_module(f"stage{i + 1}", nn.Sequential(*layers))
        self.classifier = nn.Linear(config.last, config.classes) if config.classes else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for i in range(len(self.config.stages)):
            x = self._modules[f"stage{i + 1}"](x)
        x = x.mean([2, 3])
        return x if self.classifier is None else self.classifier(x)


def grouped():
    return StageNet(replace(NetConfig(), norm=Norm.GROUP, classes=None))
