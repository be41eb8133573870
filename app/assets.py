"""What the pages load: our scripts and styles, at an address that changes with their content.

So a browser keeps them for good, never runs yesterday's, and loads each module once.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from htmltools import HTMLDependency, tags

from app.draw.ramp import ramp_css

WWW = Path(__file__).parent / "www"
# Shiny loads these on every page, for inputs that no page of ours has.
UNUSED = ("bootstrap-datepicker", "ionrangeslider", "strftime")


def assets(*, styles: tuple[str, ...], scripts: tuple[str, ...]) -> HTMLDependency:
    """Styles and modules of app/www, by name, in their order; the ramp's colours before them."""
    return HTMLDependency(
        "care-atlas",
        f"1.{_version()}",
        source={"subdir": str(WWW)},
        script=[{"src": f"{name}.js", "type": "module"} for name in scripts],
        stylesheet=[{"href": f"{name}.css"} for name in styles],
        # Modules import each other: the browser asks for those by itself.
        all_files=True,
        head=tags.style(ramp_css()),
    )


def address_of(script: str) -> str:
    """Where a script of app/www lies, from the front page: for one that need not wait its turn."""
    return f"lib/care-atlas-1.{_version()}/{script}.js"


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
    library = r'<script (?=src="[^"]*\blib/(?!jquery)[^"]+"></script>)'
    return re.sub(library, "<script defer ", html)


@cache
def _version() -> int:
    files = sorted(path for path in WWW.rglob("*") if path.suffix in (".css", ".js"))
    # Of the bytes and not of their days: two servers with one version have one address.
    content = b"".join(file.read_bytes() for file in files) + ramp_css().encode()
    return int(hashlib.sha256(content).hexdigest()[:12], 16)
