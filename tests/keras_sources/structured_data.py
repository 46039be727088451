"""Columns of a table: lookups already numbers, normalised, crossed and mixed by gates."""

import keras
from keras import layers, ops

NUMERIC = ["age", "trestbps", "chol"]
CATEGORICAL = {"sex": 2, "cp": 5, "thal": 4}


class GatedLinearUnit(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.linear = layers.Dense(units)
        self.sigmoid = layers.Dense(units, activation="sigmoid")

    def call(self, inputs):
        return self.linear(inputs) * self.sigmoid(inputs)


inputs, encoded = {}, []
for name in NUMERIC:
    inputs[name] = keras.Input((1,), name=name)
    encoded.append(layers.Dense(16)(inputs[name]))
for name, size in CATEGORICAL.items():
    inputs[name] = keras.Input((1,), name=name, dtype="int64")
    embedding = layers.Embedding(input_dim=size, output_dim=16)(inputs[name])
    encoded.append(ops.squeeze(embedding, axis=1))
features = ops.stack(encoded, axis=1)
features = GatedLinearUnit(16)(features)
weights = layers.Dense(1, activation="softmax")(features)
pooled = ops.sum(features * weights, axis=1)
outputs = layers.Dense(1, activation="sigmoid")(layers.LayerNormalization()(pooled))
model = keras.Model(inputs=inputs, outputs=outputs)
