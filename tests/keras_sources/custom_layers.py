"""Layers with weights of their own, made when the input is known."""

import keras
from keras import layers, ops


class Linear(layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


class ComputeSum(layers.Layer):
    def __init__(self, input_dim):
        super().__init__()
        self.total = self.add_weight(shape=(input_dim,), initializer="zeros", trainable=False)

    def call(self, inputs):
        return inputs * 1.0 + self.total


inputs = keras.Input((20,))
x = Linear(64)(inputs)
x = ops.relu(x)
x = Linear(units=64, name="second")(x)
x = layers.ReLU(max_value=6)(x)
x = ComputeSum(64)(x)
model = keras.Model(inputs, Linear(1)(x))
