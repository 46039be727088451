import random
import torch
import torch.nn as nn
import torch.nn.functional as F


class Encoder(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True, bidirectional=True)

    def forward(self, src):
        outputs, hidden = self.gru(self.embedding(src))
        hidden = hidden[:1] + hidden[1:]
        outputs = outputs[:, :, :outputs.size(2) // 2] + outputs[:, :, outputs.size(2) // 2:]
        return outputs, hidden


class Attention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.W = nn.Linear(hidden_size * 2, hidden_size)
        self.v = nn.Linear(hidden_size, 1, bias=False)

    def forward(self, hidden, encoder_outputs):
        length = encoder_outputs.size(1)
        h = hidden[-1].unsqueeze(1).repeat(1, length, 1)
        energy = torch.tanh(self.W(torch.cat([h, encoder_outputs], 2)))
        return F.softmax(self.v(energy).squeeze(2), dim=1).unsqueeze(1)


class Decoder(nn.Module):
    def __init__(self, hidden_size, output_size):
        super().__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attn = Attention(hidden_size)
        self.gru = nn.GRU(hidden_size * 2, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size * 2, output_size)

    def forward(self, token, hidden, encoder_outputs):
        embedded = self.embedding(token).unsqueeze(1)
        context = self.attn(hidden, encoder_outputs).bmm(encoder_outputs)
        output, hidden = self.gru(torch.cat([embedded, context], 2), hidden)
        return self.out(torch.cat([output.squeeze(1), context.squeeze(1)], 1)), hidden


class Seq2Seq(nn.Module):
    def __init__(self, src_vocab=120, trg_vocab=130, hidden=24, teacher_forcing=1.0):
        super().__init__()
        self.encoder = Encoder(src_vocab, hidden)
        self.decoder = Decoder(hidden, trg_vocab)
        self.teacher_forcing = teacher_forcing

    def forward(self, src, trg):
        outputs = []
        encoder_outputs, hidden = self.encoder(src)
        for t in range(trg.size(1) - 1):
            output, hidden = self.decoder(trg[:, t], hidden, encoder_outputs)
            outputs.append(output)
        return torch.stack(outputs, dim=1)
