"""The frame of the atlas's plain pages: that of every page, which says whether the atlas's own
tables are invented, whatever else the lake has.
"""

from functools import partial

from app import frame
from app.atlas.drawing.words import TABLES

plain = partial(frame.plain, shows=TABLES)
