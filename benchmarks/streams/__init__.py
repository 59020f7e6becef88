"""How well a belt is watched: false beginnings, delays, false statements, time to a decision."""
