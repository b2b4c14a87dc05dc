"""The models: one that embeds, one that reads."""
