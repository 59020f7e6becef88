"""``python -m cli`` is ``contraspec``."""

from .main import main

main()
