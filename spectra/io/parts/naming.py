"""Names of columns that a damaged letter may have changed, so that another column would be taken."""

from collections.abc import Sequence

from ...errors import DamagedError
from .._source import Source
from .vocabulary import plain


def check_strange_names(
    strange: Sequence[str], better: Sequence[str], taken: str, source: Source
) -> tuple[str, ...]:
    """Refuse a column that seems to be a better one under a damaged name; note others.

    Parameters
    ----------
    strange : sequence of str
        Names of columns that the format does not know.
    better : sequence of str
        Beginnings of words that would have been preferred to the column taken.
    taken : str
        Name of the column taken.
    source : Source
        The file.

    Returns
    -------
    tuple of str
        A warning where there are such columns.

    Raises
    ------
    DamagedError
        When one of them is a letter away from a better name.
    """
    for name in strange:
        if any(nearly(word, begin) for word in plain(name).split() for begin in better):
            raise DamagedError(
                f"{source.name}: a column called {name[:30]!r}, perhaps a better one than {taken[:30]!r} "
                "whose name is damaged. Export the file again, or name the column to read."
            )
    if not strange:
        return ()
    listed = ", ".join(repr(name[:30]) for name in strange[:5])
    return (f"columns of unknown meaning ({listed}) left out: {taken[:30]!r} taken",)


def nearly(word: str, begin: str) -> bool:
    """Whether a word begins with another but for one letter that is wrong, lost or too many."""
    same = next((at for at, pair in enumerate(zip(word, begin, strict=False)) if pair[0] != pair[1]), -1)
    if same < 0:
        return len(word) >= len(begin) - 1
    rest = word[same + 1 :]
    return rest.startswith((begin[same + 1 :], begin[same:])) or word[same:].startswith(begin[same + 1 :])
