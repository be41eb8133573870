"""What the pages load: our scripts and styles, at an address that changes with their content.

So a browser keeps them for good, never runs yesterday's, and asks for them once.
"""

import re

from htmltools import HTMLDependency, TagList, tags

from app.draw.ramp import ramp_css
from app.joined import joined_scripts, joined_styles

# Shiny loads these on every page, for inputs that no page of ours has.
UNUSED = ("bootstrap-datepicker", "ionrangeslider", "strftime")


def assets(*, styles: tuple[str, ...], scripts: tuple[str, ...], root: str = "") -> HTMLDependency:
    """Styles and modules of app/www, by name, in their order; the ramp's colours after them.

    Takes: the way from the page's address to the front of the house (`../`).
    """
    return HTMLDependency(
        "care-atlas",
        "1.0",
        head=TagList(
            tags.link(href=root + joined_styles(styles), rel="stylesheet"),
            tags.script(src=root + joined_scripts(scripts), type="module"),
            tags.style(ramp_css()),
        ),
    )


def unused() -> list[HTMLDependency]:
    """Empty stand-ins of a later version for what Shiny would load in vain: 35 kB on the wire."""
    return [HTMLDependency(name, "99.0") for name in UNUSED]


def deferred(html: str) -> str:
    """A page whose libraries run once it is there, in their order, and not before its first word.

    Shiny and its widgets come as scripts of the head: five megabytes to unpack and to run, for
    which a browser would hold back everything that stands in the page. All but jQuery wait: where
    that comes late it calls the page ready while the others are still on their way.

    >>> deferred('<script src="../lib/shiny-1.8.0/shiny.js"></script><script src="a.js"></script>')
    '<script defer src="../lib/shiny-1.8.0/shiny.js"></script><script src="a.js"></script>'
    """
    library = r'<script (?=src="[^"]*\blib/(?!jquery|joined)[^"]+"></script>)'
    return re.sub(library, "<script defer ", html)
