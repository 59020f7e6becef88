"""How fast the search is, beside what numpy alone would do, and what a cold start costs."""
