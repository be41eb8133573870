"""What the pages load: our scripts and styles, at an address that changes with their content.

So a browser keeps them for good, never runs yesterday's, and loads each module once.
"""

import hashlib
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


def unused() -> list[HTMLDependency]:
    """Empty stand-ins of a later version for what Shiny would load in vain: 35 kB on the wire."""
    return [HTMLDependency(name, "99.0") for name in UNUSED]


@cache
def _version() -> int:
    files = sorted(path for path in WWW.rglob("*") if path.suffix in (".css", ".js"))
    # Of the bytes and not of their days: two servers with one version have one address.
    content = b"".join(file.read_bytes() for file in files) + ramp_css().encode()
    return int(hashlib.sha256(content).hexdigest()[:12], 16)
