"""What is kept of a case: evidence files that anyone can replay, and the log that binds them."""
