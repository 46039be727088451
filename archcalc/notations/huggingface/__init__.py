"""Hugging Face's config.json: what the transformers library makes of it, built of our layers."""
