"""Passphrases: from the environment or asked for without showing them; never written anywhere."""

import os
import sys

import click

PASSPHRASE_VARIABLE = "CONTRASPEC_PASSPHRASE"


def read_passphrase(purpose: str, *, role: str = "", new: bool = False) -> str:
    """Read a passphrase.

    Parameters
    ----------
    purpose : str
        What it opens, for the prompt.
    role : str, optional
        ``creator``, ``approver`` or ``new``: ``CONTRASPEC_CREATOR_PASSPHRASE`` and so on come before
        ``CONTRASPEC_PASSPHRASE``.
    new : bool
        Ask twice.

    Raises
    ------
    click.UsageError
        When no variable holds it and nobody can be asked.
    """
    names = [f"CONTRASPEC_{role.upper()}_PASSPHRASE"] if role else []
    names.append(PASSPHRASE_VARIABLE)
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    if not sys.stdin.isatty():
        raise click.UsageError(f"Passphrase of {purpose}: set {' or '.join(names)}, or run it at a terminal.")
    asked: str = click.prompt(
        f"Passphrase of {purpose}", hide_input=True, confirmation_prompt=new, err=True, type=str
    )
    return asked
