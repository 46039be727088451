"""Derivatives: backpropagation through a written expression, and the equations of layers and losses.

`parse` reads a text into the gates of `graph`; `checks` holds the same gradient by other roads
(differences, torch, sympy). `equations` prints and evaluates the forward and backward equations of
layers, built from `tensors`.
"""
