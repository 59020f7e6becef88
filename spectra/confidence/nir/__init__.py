"""How sure an answer about a near infrared spectrum is."""
