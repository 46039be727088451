"""What Keras, TensorFlow and the backend do with tensors beside layers: keras.ops, tf, tf.nn, tf.math, keras.backend.

Each function is entered under its names; the module it stands in decides nothing. What only moves values waits until something is
computed from it, and what works value by value keeps a map a map, as in torch's vocabulary, whose arithmetic this is.
"""

from archcalc.notations.keras.source.operations import moving, multiplying, pointwise, symbols
from archcalc.notations.keras.source.operations.entering import FUNCTIONS, INSIDE, entered
from archcalc.notations.keras.source.operations.pointwise import activation

__all__ = ["FUNCTIONS", "INSIDE", "activation", "entered", "moving", "multiplying", "pointwise", "symbols"]
