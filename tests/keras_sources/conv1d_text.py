"""Convolutions over a text, with a pool over all of it."""

from keras import layers
from keras.models import Sequential

model = Sequential()
model.add(layers.Embedding(5000, 50, input_shape=(400,)))
model.add(layers.Dropout(0.2))
model.add(layers.Conv1D(250, 3, padding="valid", activation="relu", strides=1))
model.add(layers.SeparableConv1D(64, 5, padding="same", depth_multiplier=2))
model.add(layers.MaxPooling1D(4))
model.add(layers.Conv1D(32, 3, padding="causal", dilation_rate=2))
model.add(layers.GlobalMaxPooling1D())
model.add(layers.Dense(250))
model.add(layers.Activation("relu"))
model.add(layers.Dense(1, activation="sigmoid"))
