"""Checks of instruments: what a spectrum of a known standard says of the axis, the resolution and the signal.

``standards`` says what a standard is, ``peaks`` measures bands, ``assigning`` finds out which band is which,
``axis`` fits offset and stretch, ``resolution`` takes the natural width out of a band's, ``check`` puts them
together, and ``correction`` applies what came out.
"""
