"""Ultralytics' model YAML."""
