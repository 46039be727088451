import torch.nn as nn

nz, ngf, ndf, nc = 100, 16, 16, 3


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Conv') != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find('BatchNorm') != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class G(nn.Module):
    def __init__(self):
        super().__init__()
        mult = 8
        layers = [nn.ConvTranspose2d(nz, ngf * mult, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * mult), nn.ReLU(True)]
        while mult > 1:
            layers.extend([
                nn.ConvTranspose2d(ngf * mult, ngf * mult // 2, 4, 2, 1, bias=False),
                nn.BatchNorm2d(ngf * mult // 2),
                nn.ReLU(True),
            ])
            mult //= 2
        layers.extend([nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh()])
        self.main = nn.Sequential(*layers)
        self.apply(weights_init)

    def forward(self, input):
        return self.main(input)


class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True))
        for i in range(3):
            n = ndf * 2 ** i
            self.main.append(nn.Conv2d(n, n * 2, 4, 2, 1, bias=False))
            self.main.append(nn.BatchNorm2d(n * 2))
            self.main.append(nn.LeakyReLU(0.2, inplace=True))
        self.main.append(nn.Conv2d(ndf * 8, 1, 4, 1, 0, bias=False))
        self.main.append(nn.Sigmoid())
        self.apply(weights_init)

    def forward(self, input):
        return self.main(input).view(-1, 1).squeeze(1)
