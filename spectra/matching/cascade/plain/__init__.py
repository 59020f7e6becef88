"""The plain scan: what the cascade falls back to, and its lists."""
