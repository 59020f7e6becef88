"""English: what a ranked list of references says of itself."""

from typing import Final

SEARCH_SENTENCES: Final[dict[str, str]] = {
    "heading.search": "REFERENCES MOST LIKE THIS SCAN",
    "search.screening": (
        "A screening, not an identification: some reference always comes first. "
        "A score is NOT a probability. This list does not clear the item."
    ),
    "search.unusable": "No list: this scan could not be compared. This is NOT a clear.",
    "search.hit": "{rank}. {name}",
    "search.figures": "HQI {hqi}, score {score}, axis shift {shift} cm⁻¹, {coverage} % covered, id {id}",
}
