"""Comparing near infrared spectra: derivatives on the range that both were measured on."""
