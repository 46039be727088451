"""Keras's JSON: what to_json() writes."""
