"""Keras source, read and never run: the vocabulary of Keras for the interpreter.

signatures   what each layer takes, in order        layers       layers and models as objects of the program
tensors      tensors in Keras's own order           operations   keras.ops, tf and the backend as functions of tensors
session      a run: what is called, and replayed    vocabulary   the modules, by their full names
reader       which network is meant, and its inputs
"""
