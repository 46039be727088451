import torch
import torch.nn as nn


def layer_init(layer, std=2 ** 0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self, n_actions=6):
        super().__init__()
        self.network = nn.Sequential(
            layer_init(nn.Conv2d(4, 32, 8, stride=4)), nn.ReLU(),
            layer_init(nn.Conv2d(32, 64, 4, stride=2)), nn.ReLU(),
            layer_init(nn.Conv2d(64, 64, 3, stride=1)), nn.ReLU(),
            nn.Flatten(),
            layer_init(nn.Linear(64 * 7 * 7, 512)), nn.ReLU(),
        )
        self.actor = layer_init(nn.Linear(512, n_actions), std=0.01)
        self.critic = layer_init(nn.Linear(512, 1), std=1)

    def get_value(self, x):
        return self.critic(self.network(x / 255.0))

    def forward(self, x):
        hidden = self.network(x / 255.0)
        return self.actor(hidden), self.critic(hidden)


class Dueling(nn.Module):
    def __init__(self, obs=8, actions=4):
        super().__init__()
        self.feature = nn.Sequential(nn.Linear(obs, 128), nn.ReLU())
        self.adv = nn.Linear(128, actions)
        self.val = nn.Linear(128, 1)

    def forward(self, x):
        f = self.feature(x)
        adv, val = self.adv(f), self.val(f)
        return val + adv - adv.mean(dim=-1, keepdim=True)
