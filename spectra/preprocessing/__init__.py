"""Preprocessing steps and the pipeline that names their order."""
