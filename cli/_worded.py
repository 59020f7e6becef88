"""Errors of commands that are told whole in the officer's language."""

from collections.abc import Mapping

from spectra.errors import SpectraError

from ._errors import ErrorCode, Wording
from .messages import Field, message


class WordedError(SpectraError):
    """A failure with a sentence of its own in the catalogues.

    Parameters
    ----------
    key : str
        Of the sentence.
    fields : mapping
        For its places.
    code : str
        One of the codes of an error record.
    """

    def __init__(self, key: str, fields: Mapping[str, Field] | None = None, *, code: ErrorCode) -> None:
        super().__init__(message(key, fields or {}))
        self.code = code
        self.wording = Wording(key, fields or {}, whole=True)
