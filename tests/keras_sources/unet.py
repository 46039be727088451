"""A U-Net with helper functions, skips by concatenation and an uneven `same`."""

# ask: build_unet
import keras
from keras import layers


def conv_block(x, filters, dropout=0.0):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return x


def encoder_block(x, filters):
    skip = conv_block(x, filters)
    return skip, layers.MaxPool2D(2)(skip)


def decoder_block(x, skip, filters):
    x = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)
    x = layers.Concatenate(axis=-1)([x, skip])
    return conv_block(x, filters)


def build_unet(input_shape=(96, 64, 3), num_classes=4, base=8):
    inputs = layers.Input(input_shape)
    skips, x = [], inputs
    for depth in range(3):
        skip, x = encoder_block(x, base * 2**depth)
        skips.append(skip)
    x = conv_block(x, base * 8, dropout=0.5)
    for depth, skip in reversed(list(enumerate(skips))):
        x = decoder_block(x, skip, base * 2**depth)
    outputs = layers.Conv2D(num_classes, 1, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="U-Net")
