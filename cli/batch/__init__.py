"""Many files at once: on the cores of this machine, on a cluster, or as they appear in a folder."""
