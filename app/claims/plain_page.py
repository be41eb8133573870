"""The frame of the claims' plain pages: wide, with charts that change in place."""

from functools import partial

from htmltools import HTML, tags

from app.draw.plot import SCRIPT
from app.draw.ramp import ramp_css
from app.frame import Manner, plain

TABLES = ("fact_claim", "member_month", "dim_member", "dim_plan", "dim_provider")
INVENTED = "Synthetic data"
WIDE = Manner(
    shows=TABLES,
    invented=INVENTED,
    is_marked=True,
    styles=("claims",),
    scripts=("in-place",),
    before=(SCRIPT,),
    head=tags.style(HTML(ramp_css())),
    class_="atlas-about claims",
)
TEXT = Manner(shows=TABLES, invented=INVENTED, is_marked=True, styles=("claims",))
wide = partial(plain, manner=WIDE)
text = partial(plain, manner=TEXT)
