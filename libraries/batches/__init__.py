"""Long runs over many files: what is to be done, what is done, and how both survive a kill."""
