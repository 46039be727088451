"""A script whose network is made when it is run."""

import argparse

from keras import Input, layers
from keras.models import Model


def residual(x, filters):
    y = layers.Conv2D(filters, 3, padding="same")(x)
    y = layers.LeakyReLU(negative_slope=0.1)(y)
    return layers.add([x, y])


def main():
    pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    image = Input(shape=(24, 24, 8))
    features = residual(residual(image, 8), 8)
    features = layers.GlobalAveragePooling2D()(features)
    network = Model(image, layers.Dense(3)(features))
    network.compile("sgd", "mse")
