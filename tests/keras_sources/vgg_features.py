"""Features from the middle of a network, a head in a Sequential."""

from keras.applications.vgg16 import VGG16
from keras.layers import Dense, Flatten
from keras.models import Model, Sequential

vgg = VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
for layer in vgg.layers:
    layer.trainable = False
x = Flatten()(vgg.get_layer("block4_pool").output)
x = Dense(256, activation="relu")(x)
features = Model(inputs=vgg.input, outputs=x)

model = Sequential()
model.add(features)
model.add(Dense(5, activation="softmax"))
