"""How right the answers to near-infrared spectra are."""
