"""Attention between two texts, dots, means and maxima, normalised vectors."""

import keras
from keras import layers

query_input = keras.Input(shape=(12,), dtype="int32", name="query")
value_input = keras.Input(shape=(30,), dtype="int32", name="value")
embedding = layers.Embedding(input_dim=1000, output_dim=24)
query_embeddings, value_embeddings = embedding(query_input), embedding(value_input)
cnn_layer = layers.Conv1D(filters=20, kernel_size=4, padding="same")
query_encoding, value_encoding = cnn_layer(query_embeddings), cnn_layer(value_embeddings)
attended = layers.Attention()([query_encoding, value_encoding])
scaled = layers.AdditiveAttention()([query_encoding, value_encoding])
cross = layers.MultiHeadAttention(num_heads=3, key_dim=7, value_dim=5)(query_encoding, value_encoding)
q = layers.GlobalAveragePooling1D()(query_encoding)
a = layers.GlobalAveragePooling1D()(layers.Average()([attended, scaled]))
c = layers.GlobalMaxPooling1D()(layers.Maximum()([cross, query_encoding]))
dot = layers.Dot(axes=1, normalize=True)([q, a])
unit = layers.UnitNormalization()(layers.Subtract()([q, c]))
table = layers.EinsumDense("ab,bc->ac", output_shape=8, bias_axes="c")(unit)
model = keras.Model([query_input, value_input], layers.Dense(1)(layers.concatenate([dot, table])))
