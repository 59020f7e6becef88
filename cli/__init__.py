"""The terminal: commands, records and words. Nobody imports it."""
