"""What stands on the page, in words of one language: HTML and PDF lay out the same."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Block:
    """One part of the page; whichever of its fields are filled are shown, in this order.

    Attributes
    ----------
    heading : str
        In capitals.
    rows : tuple of (str, str)
        What, and its value.
    columns : tuple of str
        Heads of the table.
    table : tuple of tuple of str
        Its rows, as long as ``columns``.
    items : tuple of str
        Sentences.
    code : bool
        The values of ``rows`` are hashes.
    """

    heading: str
    rows: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    items: tuple[str, ...] = ()
    code: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands under the heading."""
        return not (self.rows or self.table or self.items)


@dataclass(frozen=True)
class Sheet:
    """The page.

    Attributes
    ----------
    language : str
        Of all words.
    created : int
        When it was made, seconds since 1970: the file's own date.
    title : str
        Of the page.
    head : tuple of (str, str)
        Item, file, times, instrument.
    alert : str
        Empty for none.
    word, names : str
        Verdict, and what stands behind it.
    meaning : tuple of str
        What the verdict means and how sure it is.
    action_heading, action : str
        What to do next.
    substances : Block
        Named, with probabilities and error rates.
    picture, caption : str
        SVG, and what is to be known of it.
    left, right : tuple of Block
        Columns.
    second : Block
        Place for another technique: heads of empty fields.
    override : Block
        What a person decided instead.
    statement : str
        What a screening is.
    signatures : Block
        Who signs, and the heads of the empty fields.
    prints : Block
        Hashes.
    """

    language: str
    created: int
    title: str
    head: tuple[tuple[str, str], ...]
    alert: str
    word: str
    names: str
    meaning: tuple[str, ...]
    action_heading: str
    action: str
    substances: Block
    picture: str
    caption: str
    left: tuple[Block, ...]
    right: tuple[Block, ...]
    second: Block
    override: Block
    statement: str
    signatures: Block
    prints: Block
    engine: str = field(default="")
