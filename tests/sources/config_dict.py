import copy
import torch.nn as nn

DEFAULTS = dict(
    conv=[dict(out=8, k=5), dict(out=16, k=3, s=2), dict(out=32, k=3, s=2)],
    act="relu",
    head=[64, 10],
    dropout=0.25,
)
ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "leaky": lambda: nn.LeakyReLU(0.1)}


def merged(base, **overrides):
    cfg = copy.deepcopy(base)
    cfg.update(overrides)
    return cfg


class ConfigNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        act = ACTIVATIONS[cfg["act"]]
        c, stages = 3, []
        for spec in cfg["conv"]:
            k, s = spec["k"], spec.get("s", 1)
            stages.append(nn.Conv2d(c, spec["out"], k, stride=s, padding=k // 2))
            stages.append(act())
            c = spec["out"]
        self.backbone = nn.Sequential(*stages)
        self.pool = nn.AdaptiveMaxPool2d(2)
        dims = [c * 4, *cfg["head"]]
        self.head = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.drop = nn.Dropout(cfg["dropout"])
        self.act = act()

    def forward(self, x):
        x = self.pool(self.backbone(x)).flatten(1)
        *hidden, last = self.head
        for layer in hidden:
            x = self.drop(self.act(layer(x)))
        return last(x)


def build(**overrides):
    return ConfigNet(merged(DEFAULTS, **overrides))
