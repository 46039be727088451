"""Figures: what is counted of an analysis, and under which convention."""
