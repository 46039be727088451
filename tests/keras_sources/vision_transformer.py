"""Patches, a class of encodings, and encoder blocks in a loop."""

import keras
from keras import layers, ops

image_size, patch_size, projection_dim, num_heads, depth = 72, 6, 64, 4, 3
num_patches = (image_size // patch_size) ** 2


def mlp(x, hidden_units, dropout_rate):
    for units in hidden_units:
        x = layers.Dense(units, activation=keras.activations.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x


class PatchEncoder(layers.Layer):
    def __init__(self, num_patches, projection_dim):
        super().__init__()
        self.num_patches = num_patches
        self.projection = layers.Dense(units=projection_dim)
        self.position_embedding = layers.Embedding(input_dim=num_patches, output_dim=projection_dim)

    def call(self, patch):
        positions = ops.expand_dims(ops.arange(start=0, stop=self.num_patches, step=1), axis=0)
        projected_patches = self.projection(patch)
        return projected_patches + self.position_embedding(positions)


inputs = keras.Input(shape=(image_size, image_size, 3))
patches = layers.Conv2D(projection_dim, patch_size, strides=patch_size, padding="valid", name="patches")(inputs)
patches = layers.Reshape((num_patches, projection_dim))(patches)
encoded_patches = PatchEncoder(num_patches, projection_dim)(patches)
for _ in range(depth):
    x1 = layers.LayerNormalization(epsilon=1e-6)(encoded_patches)
    attention_output = layers.MultiHeadAttention(num_heads=num_heads, key_dim=projection_dim, dropout=0.1)(x1, x1)
    x2 = layers.Add()([attention_output, encoded_patches])
    x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
    x3 = mlp(x3, hidden_units=[projection_dim * 2, projection_dim], dropout_rate=0.1)
    encoded_patches = layers.Add()([x3, x2])
representation = layers.LayerNormalization(epsilon=1e-6)(encoded_patches)
representation = layers.Flatten()(representation)
features = mlp(representation, hidden_units=[128, 64], dropout_rate=0.5)
model = keras.Model(inputs=inputs, outputs=layers.Dense(100)(features))
