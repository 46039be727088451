import torch.nn as nn


class AutoEncoder(nn.Module):
    def __init__(self, sizes=(784, 256, 64, 16)):
        super(AutoEncoder, self).__init__()
        pairs = list(zip(sizes[:-1], sizes[1:]))
        encoder, decoder = [], []
        for a, b in pairs:
            encoder += [nn.Linear(a, b), nn.ReLU()]
        for b, a in pairs[::-1]:
            decoder += [nn.Linear(a, b), nn.ReLU()]
        self.encoder = nn.Sequential(*encoder[:-1])
        self.decoder = nn.Sequential(*decoder[:-1], nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))
