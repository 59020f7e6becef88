"""Why the cascade loses no row: its three upper bounds, and what rounding may add to them.

Symbols. x is a row and q a query, both multiplied by a power of two so that their norm is about one;
that is exact in float32. V is the stored float32 basis of m rows and d columns: its columns need not be
exactly orthonormal. δ is the spectral norm of VᵀV - 1, bounded by the Frobenius norm in float64. a is
the *computed* float32 vector of coefficients of q, and y that of x; η bounds the norm of their errors,
‖a - Vᵀq‖ ≤ η and ‖y - Vᵀx‖ ≤ η. c are the row's stored codes, integers from -127 to 127; s the scales
and g the row's gain; ŷ_j = g s_j c_j is what the codes stand for.

**The bound.** Let r = x - V ŷ and p = q - V a, both exact. Then, with nothing left out,

    q·x = (Vᵀq)·ŷ + q·r = (Vᵀq)·ŷ + a·(Vᵀr) + p·r,

and by Cauchy and Schwarz, three times,

    q·x ≤ a·ŷ + η ‖ŷ‖ + ‖a‖ ‖Vᵀr‖ + ‖p‖ ‖r‖.                                         (1)

V may be all columns or the first h: the first bound takes the head, the second also the neck (the first
of the middle columns), the third head and middle. The defect of the first columns is at most that of all.

**What is stored of a row.** Vᵀr = (Vᵀx - y) + (y - ŷ) + (1 - VᵀV) ŷ, hence

    ‖Vᵀr‖ ≤ η + ‖y - ŷ‖ + δ ‖ŷ‖,                                                       (2)

and from ‖r‖² = ‖x‖² - 2 ŷ·Vᵀx + ‖Vŷ‖²,

    ‖r‖² ≤ ‖x‖² - ‖y‖² + ‖y - ŷ‖² + δ ‖ŷ‖² + 2 η ‖ŷ‖.                                  (3)

The square root of (3) over g is the row's tail, one for each bound; the largest (2) / g and the largest
‖ŷ‖ / g of the library stand in ``margins``, for each bound. The gain of a row is such that its largest
code is 127, so an odd row is coded as finely as its own size allows and does not make all others coarse.

**What is computed of a query.** Likewise ‖p‖² ≤ ‖q‖² - ‖a‖² + δ ‖a‖² + 2 η ‖a‖. The products
w_j = a_j s_j are rounded to integers k_j times a step u, in the head of up to 127 · 254 + 127 (a high and
a low byte for the int8 instruction, one integer for the portable loop: the same sum), in the middle of
up to 8,191. As |c_j| ≤ 127,

    a·ŷ / g = Σ w_j c_j ≤ u Σ k_j c_j + 127 Σ |w_j - u k_j|.                           (4)

Neck and middle have one step, so the third bound's integers are those of the second and some more.
Σ k_j c_j is an exact 32-bit integer, and so is every part of the sum over codes that are stored with 128
added: 160 · (255 + 128) · 32,385 < 2³¹. Divided by g, (1) becomes

    q·x / g ≤ u Σ k_j c_j + slack + ‖p‖ · tail.

**Rounding of what is computed in float32.** The sum (4) is converted (relative error 2⁻²⁴), multiplied
by u (rounded once, once more for the product), the tail's product is rounded and both are added, and all
is multiplied by the gain, which was rounded itself: below 8 roundings, each of at most 2⁻²⁴ of
127 u Σ|k_j| + slack + ‖p‖ · tail. ``ROUNDING`` = 2·10⁻⁶ > 16 · 2⁻²⁴ of the first two terms is part of the
slack, and ``INFLATE`` makes each factor of the last larger by as much. The last score of a list, which
the bounds are compared with, is lowered by 2·10⁻⁷ of itself before it is rounded. Bounds and gains are
shares of the largest gain, so that rows as large as float32 allows do not overflow; gains that underflow
make the bound 0, for which 10⁻³⁰ is taken off the last score.

**Rounding of the coefficients.** A float32 sum of D products one after the other, in any order, differs
from the true one by at most γ_D Σ|v_i q_i| with γ_D ≈ D 2⁻²⁴ (Higham, *Accuracy and Stability of Numerical
Algorithms*, 2002, section 3.1), which is at most γ_D ‖v_j‖ ‖q‖; over d coefficients the norm of the errors
is at most √d times that. Products are added up in blocks, which keeps D small: see ``rotation_error``.

**The scores themselves** are sums in float64 of products that are exact there (24 + 24 bits), always in
the same order: equal rows have equal scores, and ties go to the smaller row, however the row was found.
A row is left out only when an upper bound of its score is below the k-th best score found so far; a row
that would enter by a tie is not.
"""

from math import sqrt
from typing import Final

UNIT_ROUNDOFF: Final = 2.0**-24
"""Largest relative error of one float32 operation."""


def rotation_error(depth: int, width: int) -> float:
    """Bound the norm of the errors of ``width`` coefficients of a vector of norm one.

    Parameters
    ----------
    depth : int
        Float32 products and sums that one coefficient goes through, one after the other.
    width : int
        Coefficients. The columns of the basis have norms of at most 1.01.
    """
    return 1.02 * depth * UNIT_ROUNDOFF * sqrt(width)
