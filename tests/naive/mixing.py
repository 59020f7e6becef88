"""Slow, obvious twins of the searches for pairs and triples: every subset is fitted."""

from itertools import combinations

import numpy as np

TIE = 1e-9


def heights(gram, product, members):
    """Least squares of a subset."""
    chosen = list(members)
    return np.linalg.solve(gram[np.ix_(chosen, chosen)], product[chosen])


def highest_gain(gram, product):
    """What all rows explain together with heights of at least 0: the best of their subsets."""
    best = 0.0
    for size in range(1, len(product) + 1):
        for subset in combinations(range(len(product)), size):
            if np.linalg.det(gram[np.ix_(subset, subset)]) > 1e-12:
                fit = heights(gram, product, subset)
                if fit.min() > 0:
                    best = max(best, float(fit @ product[list(subset)]))
    return best


def best_triple_of_gram(gram, product, groups, min_distinct):
    """Gain and members of the best three terms with positive heights, each partly outside the others."""
    best = (0.0, ())
    for triple in combinations(range(len(product)), 3):
        if len({groups[one] for one in triple}) < 3:
            continue
        block = gram[np.ix_(triple, triple)]
        whole = np.linalg.det(block)
        others = [np.linalg.det(np.delete(np.delete(block, one, 0), one, 1)) for one in range(3)]
        if whole <= min_distinct * max(others):
            continue
        fit = heights(gram, product, triple)
        if fit.min() > 0 and fit @ product[list(triple)] > best[0]:
            best = (float(fit @ product[list(triple)]), triple)
    return best


def beside_background(rows, query, background):
    """Rows and query with a background projected out, by least squares on it."""
    terms = np.asarray(background, dtype=np.float64).T
    fit = np.linalg.lstsq(terms, np.column_stack([np.asarray(rows, np.float64).T, query]), rcond=None)[0]
    rest = np.column_stack([np.asarray(rows, np.float64).T, query]) - terms @ fit
    return rest[:, :-1].T, rest[:, -1]


def best_set(rows, query, size, groups=None, allowed=None, min_determinant=1e-6):
    """Gain, as a share of the query's square, and rows of the best set of at most ``size``.

    Ties go to fewer rows, then to smaller ones. Sets have positive heights and a determinant.
    """
    rows, query = np.asarray(rows, np.float64), np.asarray(query, np.float64)
    length, square = np.linalg.norm(rows, axis=1), np.linalg.norm(query)
    usable = [row for row in range(len(rows)) if length[row] > 0 and (allowed is None or allowed[row])]
    if square == 0:
        return 0.0, ()
    unit = rows / np.where(length > 0, length, 1)[:, None]
    gram, product = unit @ unit.T, unit @ query / square
    best = (0.0, ())
    for count in range(1, size + 1):
        for subset in combinations(usable, count):
            if groups is not None and len({groups[one] for one in subset}) < count:
                continue
            if count > 1 and np.linalg.det(gram[np.ix_(subset, subset)]) <= min_determinant:
                continue
            fit = heights(gram, product, subset)
            if fit.min() > 0 and fit @ product[list(subset)] > best[0] * (1 + TIE):
                best = (float(fit @ product[list(subset)]), subset)
    return best
