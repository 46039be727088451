"""Weather by the hour: a window of features to the next value."""

import keras

past, step, features = 720, 6, 7
sequence_length = int(past / step)
inputs = keras.layers.Input(shape=(sequence_length, features))
lstm_out = keras.layers.LSTM(32)(inputs)
outputs = keras.layers.Dense(1)(lstm_out)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mse")
model.summary()

es_callback = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=0, patience=5)
modelckpt_callback = keras.callbacks.ModelCheckpoint(
    monitor="val_loss", filepath="model.weights.h5", verbose=1, save_weights_only=True, save_best_only=True
)
