"""What lies between an instrument and an item in the near infrared, and what the air leaves in it.

Packaging film and moisture are no answers here, they are taken out of both sides before the fit, whatever
their sign: a reference may have been moister than the item. Drawn from the bands that reviews of the
overtones list: water near 970, 1190, 1450 and 1940 nm; the CH2 of polyolefins near 1211, 1393, 1415, 1730,
1763, 2310 and 2350 nm (Workman and Weyer, Practical Guide to Interpretive Near-Infrared Spectroscopy,
2007). The widths are round figures, so nothing is ever matched to them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOISTURE: Final = ((970.0, 30.0, 0.02), (1190.0, 35.0, 0.02), (1450.0, 45.0, 0.45), (1935.0, 38.0, 1.0))
"""Position and standard deviation in nm, and height, of each band of sorbed water."""

FILM: Final = (
    (1211.0, 12.0, 0.06), (1393.0, 12.0, 0.05), (1415.0, 12.0, 0.05), (1730.0, 9.0, 0.45),
    (1763.0, 9.0, 0.35), (2310.0, 10.0, 1.0), (2350.0, 10.0, 0.8),
)  # fmt: skip
"""Position and standard deviation in nm, and height, of each band of a polyolefin film."""

BACKGROUNDS: Final = (MOISTURE, FILM)


def draw_backgrounds(axis_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Absorbance of moisture and of film.

    Parameters
    ----------
    axis_nm : array, shape (m,)
        Wavelength, nm.

    Returns
    -------
    array, shape (2, m)
        The highest band of each is 1 high, wherever it lies.
    """
    return np.array(
        [
            sum(
                height * np.exp(-0.5 * ((axis_nm - position) / deviation) ** 2)
                for position, deviation, height in bands
            )
            for bands in BACKGROUNDS
        ]
    )
