"""Accuracy: fitting of the starter library and measured error rates."""
