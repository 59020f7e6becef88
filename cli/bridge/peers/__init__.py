"""Other systems' own protocols: each result goes there, and scans may come from there."""
