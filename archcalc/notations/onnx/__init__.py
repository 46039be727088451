"""ONNX: a graph of operators in a file of protobuf, read without onnx and without its weights."""
