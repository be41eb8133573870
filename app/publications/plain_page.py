"""The frame of the pages of publications: wide, with charts that change in place."""

from dataclasses import replace
from functools import partial

from htmltools import HTML, tags

from app.draw.plot import SCRIPT
from app.draw.ramp import ramp_css
from app.frame import Manner, plain

WIDE = Manner(
    styles=("publications",),
    scripts=("in-place", "watching"),
    before=(SCRIPT,),
    head=tags.style(HTML(ramp_css())),
    class_="atlas-about publications",
)
wide = partial(plain, manner=WIDE)


def of_tables(*tables: str) -> Manner:
    """The manner of a page that shows these tables: whether they are invented, its foot says."""
    return replace(WIDE, shows=tables)
