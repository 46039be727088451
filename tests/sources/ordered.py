from collections import OrderedDict
import torch.nn as nn

net = nn.Sequential(OrderedDict([
    ('conv1', nn.Conv2d(1, 20, 5)),
    ('pool1', nn.MaxPool2d(2)),
    ('conv2', nn.Conv2d(20, 50, 5)),
    ('pool2', nn.MaxPool2d(2)),
    ('flat', nn.Flatten()),
    ('fc1', nn.Linear(800, 500)),
    ('relu', nn.ReLU()),
    ('fc2', nn.Linear(500, 10)),
]))
net.add_module('softmax', nn.LogSoftmax(dim=1))
net.fc2 = nn.Linear(500, 26)
