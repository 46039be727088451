"""One of each recurrent layer: biases, resets, merges and states."""

import keras
from keras import layers

model = keras.Sequential(
    [
        layers.Input((30, 8)),
        layers.SimpleRNN(16, return_sequences=True),
        layers.GRU(24, return_sequences=True),
        layers.GRU(24, return_sequences=True, reset_after=False),
        layers.LSTM(20, return_sequences=True, use_bias=False),
        layers.Bidirectional(layers.GRU(10, return_sequences=True), merge_mode="sum"),
        layers.Bidirectional(layers.LSTM(10, return_sequences=True), merge_mode="ave"),
        layers.TimeDistributed(layers.Dense(12, activation="relu")),
        layers.RNN(layers.LSTMCell(9)),
        layers.Dense(1),
    ]
)
