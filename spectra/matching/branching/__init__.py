"""Mixtures of two or three rows of a whole library, provably the best, by branch and bound.

A set S of unit rows explains of a query q at most ::

    gain(S) = max over w >= 0 of 2 w·b - w·G w,      b = q·x for each row, G = their inner products

With non-negative heights w the gain falls as any inner product in G grows, and rises with any b. So
an inner product that is not known yet is replaced by its floor, and what comes out is a ceiling of
the gain: a set whose ceiling is below the best gain found so far is never looked at. Between spectra,
which are not negative, the floor is 0, and two of the consequences are gain({i, j}) <= b_i² + b_j²
and gain(S ∪ {k}) <= gain(S) + b_k² for b_k > 0. What a background shares with two rows (:mod:`.rows`)
lowers their floor by as much. Rounding only ever lowers a product and lifts b.

Only for rows that are not negative: slopes have no floor worth the name (:mod:`..subsets`).
"""
