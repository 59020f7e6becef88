"""GRAMS/Thermo Galactic SPC."""
