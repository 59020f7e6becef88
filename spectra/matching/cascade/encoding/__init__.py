"""Turning rows and queries into codes, with bounds of what the codes leave."""
