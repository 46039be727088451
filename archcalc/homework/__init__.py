"""Homework: answer sheets marked, mistakes named, fresh questions made."""
