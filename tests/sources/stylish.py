"""Everything a lover of the language might put into a model."""
from __future__ import annotations

import functools
import itertools
import operator
from abc import ABC, abstractmethod
from typing import Callable, Sequence

import torch
from torch import nn


class Base(nn.Module, ABC):
    registry: dict[str, type[Base]] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.registry[cls.__name__] = cls

    @property
    @abstractmethod
    def width(self) -> int: ...

    @staticmethod
    def act() -> nn.Module:
        return nn.Hardswish()

    @classmethod
    def small(cls, *args, **kwargs):
        return cls(*args, scale=0.5, **kwargs)


def compose(*fs: Callable) -> Callable:
    return functools.reduce(lambda f, g: lambda x: g(f(x)), fs)


class Pipeline(Base):
    def __init__(self, widths: Sequence[int] = (16, 32, 64), *, scale: float = 1.0):
        super().__init__()
        match widths:
            case [first, *_, last] if first < last:
                self._width = int(last * scale)
            case _:
                raise ValueError(widths)
        scaled = [int(w * scale) for w in widths]
        self.pairs = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in itertools.pairwise(itertools.chain([3], scaled))
        )
        self.norms = nn.ModuleList(nn.GroupNorm(g, w) for g, w in zip(itertools.cycle([4, 8]), scaled))
        if (n := functools.reduce(operator.mul, scaled)) > 10_000:
            self.extra = nn.Linear(self.width, 3)
        self.count = n

    @property
    def width(self) -> int:
        return self._width

    def forward(self, x):
        stages = [compose(conv, norm, self.act()) for conv, norm in zip(self.pairs, self.norms, strict=True)]
        try:
            x = compose(*stages, lambda t: t.mean((2, 3)))(x)
            return self.extra(x)
        except AttributeError:
            return x
