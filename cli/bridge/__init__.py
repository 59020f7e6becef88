"""The bridge: an engine that other programs ask over stdio, TCP or a Unix socket."""
