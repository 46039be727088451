"""Channels in front, as older code has it."""

import keras
from keras import layers

inputs = keras.Input((3, 30, 40))
x = layers.Conv2D(8, 3, data_format="channels_first", padding="same", strides=2)(inputs)
x = layers.BatchNormalization(axis=1)(x)
x = layers.ReLU()(x)
x = layers.MaxPooling2D(2, data_format="channels_first")(x)
x = layers.GlobalAveragePooling2D(data_format="channels_first")(x)
model = keras.Model(inputs, layers.Dense(4)(x))
