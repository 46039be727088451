"""What the reader of textbook words is made of: the image line, and the decorations, repeats and labels of a layer's line."""
