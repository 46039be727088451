"""The formats: one module each, one function, `write(document, width=None) -> str`, and its escape in that module alone."""
