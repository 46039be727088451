"""A generator under a frozen discriminator, as GANs were trained by hand."""

import numpy as np
from keras.layers import BatchNormalization, Dense, Flatten, Input, LeakyReLU, Reshape
from keras.models import Model, Sequential

img_shape = (28, 28, 1)
latent_dim = 100


def build_generator():
    model = Sequential()
    model.add(Dense(256, input_dim=latent_dim))
    model.add(LeakyReLU(0.2))
    model.add(BatchNormalization(momentum=0.8))
    model.add(Dense(int(np.prod(img_shape)), activation="tanh"))
    model.add(Reshape(img_shape))
    noise = Input(shape=(latent_dim,))
    return Model(noise, model(noise))


def build_discriminator():
    model = Sequential()
    model.add(Flatten(input_shape=img_shape))
    model.add(Dense(512))
    model.add(LeakyReLU(0.2))
    model.add(Dense(1, activation="sigmoid"))
    img = Input(shape=img_shape)
    return Model(img, model(img))


discriminator = build_discriminator()
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
generator = build_generator()
z = Input(shape=(latent_dim,))
img = generator(z)
discriminator.trainable = False
combined = Model(z, discriminator(img))
