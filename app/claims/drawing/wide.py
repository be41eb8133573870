"""The claims' tables: wide ones, whose rows are blocks of labelled cells on a phone."""

from functools import partial

from app.draw.grid import SCROLLS, Attributes, Grid

wide_grid = partial(Grid, table=SCROLLS | {"class": "claims-rows stacks"}, is_labelled=True)
WHY: Attributes = {"class": "claims-why"}  # of a column of sentences, which takes a line of its own
PLAIN: Attributes = {"data-head": ""}  # of cells that say themselves what they are
