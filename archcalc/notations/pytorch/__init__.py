"""What the reader of PyTorch source is made of.

places     where a piece of Python stands         modules     torch.nn's signatures, and what they are in the notation
program    assignments, imports, what is skipped  values      expressions, without running anything
classes    nn.Module subclasses                   tree        modules to the spec tree       inputs   what goes in
"""
