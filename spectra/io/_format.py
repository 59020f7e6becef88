"""The record that describes one file format."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from ._draft import Draft
from ._source import Source


class Sniff(IntEnum):
    """How sure a format is that a content is its own."""

    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes
    ----------
    name : str
        Short word, stands in ``Spectrum.metadata["format"]``.
    title : str
        What a user would call it.
    extensions : tuple of str
        Usual endings, lower case with a dot; they only break a tie.
    sniff : callable
        Says from the content how sure it is; cheap, raises nothing for other formats' files.
    read : callable
        Turns the content into drafts; raises a ReadError when it cannot.
    version : int
        Raised when the same file is read to other values than before.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    sniff: Callable[[Source], Sniff]
    read: Callable[[Source], tuple[Draft, ...]]
    version: int = 1
