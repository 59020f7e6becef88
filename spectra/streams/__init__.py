"""The arithmetic of spectra that arrive one after the other: background, changes, averages, repeated looks.

Nothing here knows an engine, a library or a clock.
"""
