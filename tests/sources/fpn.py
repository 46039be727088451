from typing import Dict, List, NamedTuple

import torch
from torch import nn, Tensor
import torch.nn.functional as F


class Pyramid(NamedTuple):
    p3: Tensor
    p4: Tensor
    p5: Tensor


class FPN(nn.Module):
    def __init__(self, in_channels_list: List[int], out_channels: int) -> None:
        super().__init__()
        self.inner_blocks = nn.ModuleList()
        self.layer_blocks = nn.ModuleList()
        for in_channels in in_channels_list:
            self.inner_blocks.append(nn.Conv2d(in_channels, out_channels, 1))
            self.layer_blocks.append(nn.Conv2d(out_channels, out_channels, 3, padding=1))

    def forward(self, feats: Dict[str, Tensor]) -> List[Tensor]:
        names = list(feats.keys())
        last = self.inner_blocks[-1](feats[names[-1]])
        results = [self.layer_blocks[-1](last)]
        for idx in range(len(names) - 2, -1, -1):
            lateral = self.inner_blocks[idx](feats[names[idx]])
            last = lateral + F.interpolate(last, size=lateral.shape[-2:], mode="nearest")
            results.insert(0, self.layer_blocks[idx](last))
        return results


class Detector(nn.Module):
    def __init__(self, num_classes=5, num_anchors=3):
        super().__init__()
        self.c3 = nn.Sequential(nn.Conv2d(3, 16, 3, 4, 1), nn.ReLU())
        self.c4 = nn.Sequential(nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU())
        self.c5 = nn.Sequential(nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU())
        self.fpn = FPN([16, 32, 64], 24)
        self.cls = nn.Conv2d(24, num_anchors * num_classes, 3, padding=1)
        self.box = nn.Conv2d(24, num_anchors * 4, 3, padding=1)
        self.k = num_classes

    def forward(self, x):
        c3 = self.c3(x)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        levels = Pyramid(*self.fpn({"c3": c3, "c4": c4, "c5": c5}))
        logits, boxes = [], []
        for level in levels:
            n = level.shape[0]
            logits.append(self.cls(level).permute(0, 2, 3, 1).reshape(n, -1, self.k))
            boxes.append(self.box(level).permute(0, 2, 3, 1).reshape(n, -1, 4))
        return torch.cat(logits, 1), torch.cat(boxes, 1)
