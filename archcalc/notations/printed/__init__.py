"""Models as they are printed: `print(model)` of torch, and the tables of summaries."""
