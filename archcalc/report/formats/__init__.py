"""The formats: one module each, one function, `render(layout) -> str`."""
