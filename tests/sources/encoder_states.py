"""An encoder that gives its states alone, as translation from sequence to sequence has it."""

import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, words, embed=12, hidden=20, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(words, embed)
        self.rnn = nn.LSTM(embed, hidden, layers, batch_first=True)

    def forward(self, src):
        _, (hidden, cell) = self.rnn(self.embedding(src))
        return hidden, cell


class Thought(nn.Module):
    """One vector of a sentence, the last state of a GRU."""

    def __init__(self, words=30):
        super().__init__()
        self.embedding = nn.Embedding(words, 8)
        self.rnn = nn.GRU(8, 10, batch_first=True)

    def forward(self, src):
        return self.rnn(self.embedding(src))[1]
