"""A network of Keras's applications without its top, frozen, under layers of one's own."""

import keras
from keras import layers

base_model = keras.applications.MobileNetV2(weights="imagenet", input_shape=(160, 160, 3), include_top=False)
base_model.trainable = False

inputs = keras.Input(shape=(160, 160, 3))
x = layers.RandomFlip("horizontal")(inputs)
x = layers.Rescaling(scale=1 / 127.5, offset=-1)(x)
x = base_model(x, training=False)
x = keras.layers.GlobalAveragePooling2D()(x)
x = keras.layers.Dropout(0.2)(x)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)

for layer in base_model.layers[:100]:
    layer.trainable = False
model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=keras.losses.BinaryCrossentropy(from_logits=True))
