"""What was meant, as a graph."""
