type('X', (), {})
