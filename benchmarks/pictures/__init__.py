"""Pictures of what officers see, for the documents: terminal screens and pages to sign."""
