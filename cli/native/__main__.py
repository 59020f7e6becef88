"""The process behind ``contraspec_open``; nobody starts it by hand."""

from .worker import main

if __name__ == "__main__":
    main()
