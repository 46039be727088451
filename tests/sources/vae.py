import torch
from torch import nn, Tensor
from typing import List, Tuple


class ConvVAE(nn.Module):
    """What comes back is the picture, its mean and its log-variance."""

    def __init__(self, latent_dim: int = 20, hidden_dims: List[int] = None) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        if hidden_dims is None:
            hidden_dims = [16, 32, 64]
        modules, c = [], 1
        for h in hidden_dims:
            modules.append(nn.Sequential(nn.Conv2d(c, h, kernel_size=3, stride=2, padding=1), nn.BatchNorm2d(h), nn.LeakyReLU()))
            c = h
        self.encoder = nn.Sequential(*modules)
        self.fc_mu = nn.Linear(hidden_dims[-1] * 16, latent_dim)
        self.fc_var = nn.Linear(hidden_dims[-1] * 16, latent_dim)
        self.decoder_input = nn.Linear(latent_dim, hidden_dims[-1] * 16)
        hidden_dims.reverse()
        modules = []
        for i in range(len(hidden_dims) - 1):
            modules.append(nn.Sequential(
                nn.ConvTranspose2d(hidden_dims[i], hidden_dims[i + 1], kernel_size=3, stride=2, padding=1, output_padding=1),
                nn.BatchNorm2d(hidden_dims[i + 1]), nn.LeakyReLU()))
        self.decoder = nn.Sequential(*modules)
        self.final_layer = nn.Sequential(
            nn.ConvTranspose2d(hidden_dims[-1], hidden_dims[-1], kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.Conv2d(hidden_dims[-1], out_channels=1, kernel_size=3, padding=1), nn.Tanh())

    def encode(self, input: Tensor) -> Tuple[Tensor, Tensor]:
        result = torch.flatten(self.encoder(input), start_dim=1)
        return self.fc_mu(result), self.fc_var(result)

    def decode(self, z: Tensor) -> Tensor:
        result = self.decoder_input(z).view(-1, 64, 4, 4)
        return self.final_layer(self.decoder(result))

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return eps * std + mu

    def forward(self, input: Tensor) -> List[Tensor]:
        mu, log_var = self.encode(input)
        z = self.reparameterize(mu, log_var)
        return [self.decode(z), mu, log_var]
