"""darknet's cfg files."""
