"""What to_json() of Keras 1, 2 and 3 writes."""
