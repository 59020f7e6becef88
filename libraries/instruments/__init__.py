"""Checks of instruments, kept.

``recording`` makes the record of one, ``store`` keeps and reads them by serial number, and ``standing`` says
what they mean for a scan.
"""
