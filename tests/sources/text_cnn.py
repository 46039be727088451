import torch
import torch.nn as nn
import torch.nn.functional as F


class TextCNN(nn.Module):
    """Kim 2014: filters of several heights over the words, the largest answer of each."""

    def __init__(self, vocab=400, dim=32, n_filters=20, sizes=(3, 4, 5), n_classes=4, static=False):
        super(TextCNN, self).__init__()
        self.embed = nn.Embedding(vocab, dim)
        if static:
            self.embed.weight.requires_grad = False
        self.convs = nn.ModuleList([nn.Conv2d(1, n_filters, (k, dim)) for k in sizes])
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(len(sizes) * n_filters, n_classes)

    def conv_and_pool(self, x, conv):
        x = F.relu(conv(x)).squeeze(3)
        return F.max_pool1d(x, x.size(2)).squeeze(2)

    def forward(self, x):
        x = self.embed(x).unsqueeze(1)
        x = torch.cat([self.conv_and_pool(x, conv) for conv in self.convs], 1)
        return self.fc(self.dropout(x))
