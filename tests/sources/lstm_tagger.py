import torch
import torch.nn as nn

VOCAB, TAGS = 500, 17


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size=VOCAB, embedding_dim=50, hidden_dim=64, n_layers=2, bidirectional=True, dropout=0.5):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers=n_layers, bidirectional=bidirectional, dropout=dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(hidden_dim * (2 if bidirectional else 1), 1)

    def forward(self, text):
        embedded = self.dropout(self.embedding(text))
        out, (hidden, cell) = self.lstm(embedded)
        last = out[:, -1]
        return torch.sigmoid(self.fc(self.dropout(last)))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCAB, 32)
        self.lstm = nn.LSTM(32, 48, batch_first=True)
        self.hidden2tag = nn.Linear(48, TAGS)

    def forward(self, sentence):
        lstm_out, _ = self.lstm(self.word_embeddings(sentence))
        return torch.log_softmax(self.hidden2tag(lstm_out), dim=-1)


class WithState(nn.Module):
    """The state is made by hand, as many tutorials do, and the last hidden one is used."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(input_size=10, hidden_size=20, num_layers=2, batch_first=True)
        self.fc = nn.Linear(20, 5)

    def forward(self, x):
        h0 = torch.zeros(2, x.size(0), 20).to(x.device)
        out, hn = self.gru(x, h0)
        return self.fc(hn[-1])
