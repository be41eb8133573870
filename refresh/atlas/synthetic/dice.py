"""Where chance comes from: one generator for each thing that is drawn.

Every part of the invented England rolls its own dice, so that adding a publication leaves the
numbers of the others as they were.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
"""Whole numbers: patients, or the places of rows."""
Flags = NDArray[np.bool_]


def dice(seed: int, *what: str) -> np.random.Generator:
    """The generator for `what` under `seed`: the same words, the same numbers.

    >>> dice(1, "sites").random(3).tolist() == dice(1, "sites").random(3).tolist()
    True
    """
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in what)])
