"""Fixtures that several tests of the store share."""

from tests.store.releases import lab, people

__all__ = ["lab", "people"]
