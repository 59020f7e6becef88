"""Bridges under load and faults for minutes: nothing wrong, nothing lost, memory flat."""
