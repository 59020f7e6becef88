"""Validation: a library against labelled cases, and two libraries against each other."""
