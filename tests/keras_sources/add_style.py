"""Layers added one by one, the input's shape in the first of them, names of their own."""

from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.regularizers import l2

weight_decay = 1e-4
model = Sequential(name="cifar")
for block, width in enumerate((32, 64, 128)):
    if block == 0:
        model.add(Conv2D(width, (3, 3), padding="same", kernel_regularizer=l2(weight_decay), input_shape=(32, 32, 3)))
    else:
        model.add(Conv2D(width, (3, 3), padding="same", kernel_regularizer=l2(weight_decay)))
    model.add(Activation("elu"))
    model.add(BatchNormalization())
    model.add(Conv2D(width, (3, 3), padding="same", strides=2 if block == 2 else 1, name=f"last_of_{block}"))
    model.add(Activation("elu"))
    model.add(BatchNormalization(momentum=0.9, scale=False))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.2 + 0.1 * block))
model.add(Flatten())
model.add(Dense(10, activation="softmax"))
