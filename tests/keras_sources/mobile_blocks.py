"""Depthwise and separable convolutions, squeeze and excitation, padding by hand, odd sizes."""

import keras
from keras import layers


def relu6(x):
    return keras.activations.relu(x, max_value=6)


def squeeze(x, ratio=4):
    channels = x.shape[-1]
    se = layers.GlobalAveragePooling2D()(x)
    se = layers.Reshape((1, 1, channels))(se)
    se = layers.Dense(channels // ratio, activation="relu", use_bias=False)(se)
    se = layers.Dense(channels, activation="hard_sigmoid", use_bias=False)(se)
    return layers.Multiply()([x, se])


def bottleneck(x, filters, expansion, stride, index):
    prefix = f"block_{index}_"
    shortcut = x
    x = layers.Conv2D(expansion * x.shape[-1], 1, padding="same", use_bias=False, name=prefix + "expand")(x)
    x = layers.BatchNormalization(axis=-1, epsilon=1e-3, momentum=0.999, name=prefix + "expand_bn")(x)
    x = layers.Activation("swish")(x)
    if stride == 2:
        x = layers.ZeroPadding2D(padding=((0, 1), (1, 0)), name=prefix + "pad")(x)
    x = layers.DepthwiseConv2D(3, strides=stride, use_bias=False, padding="same" if stride == 1 else "valid")(x)
    x = layers.Activation(relu6)(x)
    x = squeeze(x)
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    if stride == 1 and shortcut.shape[-1] == filters:
        return layers.Add(name=prefix + "add")([shortcut, x])
    return x


inputs = layers.Input((75, 61, 3))
x = layers.Conv2D(16, 3, strides=(2, 1), padding="same")(inputs)
x = bottleneck(x, 16, 2, 1, 0)
x = bottleneck(x, 24, 3, 2, 1)
x = layers.SeparableConv2D(40, 3, depth_multiplier=2, dilation_rate=2, padding="same", activation="relu")(x)
x = layers.Cropping2D(((1, 2), (0, 3)))(x)
x = layers.UpSampling2D((2, 1), interpolation="bilinear")(x)
x = layers.AveragePooling2D(3, strides=2, padding="same")(x)
x = layers.GroupNormalization(8)(x)
x = layers.PReLU(shared_axes=[1, 2])(x)
x = layers.GlobalMaxPooling2D(keepdims=True)(x)
x = layers.Flatten()(x)
model = keras.Model(inputs, layers.Dense(3, kernel_regularizer=keras.regularizers.L1L2(1e-5, 1e-4))(x))
