"""How spectra of each technique are searched and judged: one file a technique, behind one shape."""
