"""Releases: who signed a library, who is trusted to, and what follows for its use.

``block`` is what stands in the file, ``trust`` who may sign, ``policy`` what a load makes of both,
``people`` have keys, ``signing`` makes the two signatures. Only ``_ed25519`` knows the package that
does the cryptography.
"""
