"""Packages that not everybody needs: one way to miss them, with one line that says what to install."""

import contextlib
from collections.abc import Iterator

from .errors import ExtraError


@contextlib.contextmanager
def needs_extra(extra: str, what_for: str) -> Iterator[None]:
    """Turn a missing package inside the block into one error that names the extra.

    Parameters
    ----------
    extra : str
        Of pyproject.toml, such as ``lab``.
    what_for : str
        What is missing, for the message.

    Raises
    ------
    ExtraError
        When an import inside the block does not find its package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraError(
            f'{what_for} is not installed: it comes with pip install "contraspec[{extra}]"'
        ) from error
