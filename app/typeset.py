"""A document as PDF: typst sets it by the template beside this file, in a process of its own.

The document goes in as JSON, never as markup, so that no name can be read as an instruction. Only
typst's own fonts are used: it looks the same wherever it runs. The process ends with the document
because typst keeps what it has set, some 50 MB a brief.
"""

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from app.draw.document import Beside, Block, Document, Figures, Picture, TextTable, Words
from app.draw.ramp import band_colours

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_suffix(".typ")
AT_ONCE = BoundedSemaphore(2)  # a process, a core and half a second each
PATIENCE = 5.0  # seconds that another waits: each who waits keeps a thread from all other pages
PAPER = {"ink": "#16202a", "soft": "#55636f", "line": "#dde3e8", "ground": "#ffffff"}


class Busy(Exception):
    """As many documents are being set as can be at once."""


def pdf(document: Document) -> bytes:
    """The document on A4, tagged for those who listen to it (PDF/UA).

    Raises: Busy, where others are being set and it is not soon this one's turn;
            CalledProcessError, with what typst says, where it cannot be set.
    """
    # Before the wait: what cannot be said as JSON takes nobody's turn.
    said = json.dumps(_plain(document)).encode()
    command = [sys.executable, "-m", "app.typeset"]
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise Busy
    try:
        return subprocess.run(
            command, cwd=ROOT, input=said, capture_output=True, check=True, timeout=60
        ).stdout
    finally:
        AT_ONCE.release()


def main() -> None:
    """Set the document that comes in as JSON; the PDF goes out."""
    import typst  # only ever loaded here

    paper = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"document": sys.stdin.read()},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    sys.stdout.buffer.write(paper)


def _plain(document: Document) -> dict[str, Any]:
    colours = band_colours(document.bands, ramp=document.ramp)
    paint = PAPER | {f"band {band}": colour for band, colour in enumerate(colours)}
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "kind": document.kind,
        "colours": list(colours),
        "sections": [
            {"title": section.title, "blocks": [_block(each, paint) for each in section.blocks]}
            for section in document.sections
        ],
    }


def _block(block: Block, paint: dict[str, str]) -> dict[str, Any]:
    match block:
        case Words(text, strong):
            return {"is": "words", "text": text, "strong": strong}
        case Figures(rows):
            return {"is": "figures", "rows": rows}
        case Picture(draw, says):
            return {"is": "picture", "svg": draw(paint.__getitem__), "says": says}
        case Beside(left, right):
            return {"is": "beside", "left": _block(left, paint), "right": _block(right, paint)}
        case TextTable():
            return {
                "is": "table",
                "caption": block.caption,
                "head": block.head,
                "rows": block.rows,
                "bands": block.bands or [None] * len(block.rows),
                "words": block.words,
            }


if __name__ == "__main__":
    main()
