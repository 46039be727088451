import torch
import torch.nn as nn


class MultiTask(nn.Module):
    tasks = {"age": 1, "gender": 2, "ethnicity": 5}

    def __init__(self, tasks=None):
        super().__init__()
        self.tasks = tasks or dict(MultiTask.tasks)
        self.trunk = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(32, n) for name, n in self.tasks.items()})
        self.log_vars = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in self.tasks})
        self.unused = nn.Linear(32, 7)

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h) for name, head in self.heads.items()}
