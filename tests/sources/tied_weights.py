import torch.nn as nn
import torch.nn.functional as F


class TiedAutoencoder(nn.Module):
    def __init__(self, n=50, h=20):
        super().__init__()
        self.encoder = nn.Linear(n, h)
        self.decoder_bias = nn.Parameter(self.encoder.weight.new_zeros(n))

    def forward(self, x):
        h = F.relu(self.encoder(x))
        return F.linear(h, self.encoder.weight.t(), self.decoder_bias)


class RNNModel(nn.Module):
    def __init__(self, rnn_type='LSTM', ntoken=300, ninp=40, nhid=40, nlayers=2, dropout=0.5, tie_weights=True):
        super(RNNModel, self).__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        if rnn_type in ['LSTM', 'GRU']:
            self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers, dropout=dropout, batch_first=True)
        else:
            self.rnn = nn.RNN(ninp, nhid, nlayers, nonlinearity='tanh', dropout=dropout, batch_first=True)
        self.decoder = nn.Linear(nhid, ntoken)
        if tie_weights:
            if nhid != ninp:
                raise ValueError('When using the tied flag, nhid must be equal to emsize')
            self.decoder.weight = self.encoder.weight
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.encoder.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, input):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb)
        return F.log_softmax(self.decoder(self.drop(output)), dim=-1)
