"""A model as a class, whose call asks whether it is trained."""

# input: 3x32x32
import keras
from keras import layers


class ConvBlock(layers.Layer):
    def __init__(self, filters, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)
        self.norm = layers.BatchNormalization()
        self.act = layers.ReLU()

    def call(self, x, training=None):
        return self.act(self.norm(self.conv(x), training=training))


class Net(keras.Model):
    def __init__(self, widths=(16, 32, 64), num_classes=10):
        super().__init__()
        self.blocks = [ConvBlock(w, strides=1 if i == 0 else 2) for i, w in enumerate(widths)]
        self.pool = layers.GlobalMaxPooling2D()
        self.dropout = layers.Dropout(0.3)
        self.head = layers.Dense(num_classes)

    def call(self, inputs, training=False):
        x = inputs
        for block in self.blocks:
            x = block(x, training=training)
        x = self.pool(x)
        if training:
            x = self.dropout(x)
        return self.head(x)


model = Net()
