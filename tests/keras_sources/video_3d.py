"""Volumes, and a network at every frame."""

import keras
from keras import layers

frames = keras.Input((8, 40, 40, 3), name="frames")
per_frame = keras.Sequential(
    [
        keras.Input((40, 40, 3)),
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling2D(),
    ],
    name="per_frame",
)
x = layers.TimeDistributed(per_frame)(frames)
x = layers.GRU(16)(x)

volume = keras.Input((16, 32, 32, 1), name="volume")
y = layers.Conv3D(8, 3, activation="relu")(volume)
y = layers.MaxPool3D(2)(y)
y = layers.Conv3DTranspose(4, 2, strides=2)(y)
y = layers.GlobalAveragePooling3D()(y)
outputs = layers.Dense(2)(layers.Concatenate()([x, y]))
model = keras.Model([frames, volume], outputs)
