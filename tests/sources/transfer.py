import torch
import torch.nn as nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(16, 1000)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


model = Backbone()
for param in model.parameters():
    param.requires_grad = False
num_ftrs = model.classifier.in_features
model.classifier = nn.Sequential(nn.Linear(num_ftrs, 12), nn.ReLU(), nn.Linear(12, 2))
del model.features[4]
model.features.insert(1, nn.BatchNorm2d(8))
trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
print(f'{trainable:,} trainable parameters')
