"""From evidence to probability, and from probability to an answer."""
