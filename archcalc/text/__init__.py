"""Texts, places in them, and faults."""
