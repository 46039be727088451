"""Caffe's prototxt."""
