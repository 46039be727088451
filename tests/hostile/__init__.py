"""Hostile input: directed cases, and a fuzzer that knows the notations, the commands and their options."""
