"""The formula page, and the integers that remember how they were made."""
