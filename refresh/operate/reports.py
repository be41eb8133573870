"""Reports on the disk: filed as Markdown and HTML, listed, and sent where somebody wants them."""

from collections.abc import Callable
from pathlib import Path

from engine.lake import Layout
from refresh.operate.health_report import Report, markdown, page
from refresh.store.seal import settle

Send = Callable[[Report], str]
"""Sends a report; gives in words to whom, empty where nobody is to be told."""


def nobody(_report: Report) -> str:
    """Sends nothing."""
    return ""


def file_report(data: Path, report: Report, *, send: Send = nobody) -> tuple[Path, Path]:
    """Keep a report below the data folder, in place of one of the same day and kind; then send it.

    Gives:  its Markdown and its HTML file.
    Raises: OSError where the disk does not take it; then it is not sent either.
    """
    layout = Layout(data)
    paths = [layout.reports / f"{report.name}.{kind}" for kind in ("md", "html")]
    for path, text in zip(paths, (markdown(report), page(report)), strict=True):
        settle(path, text.encode())
    send(report)
    return paths[0], paths[1]


def filed(data: Path) -> list[Path]:
    """The reports that are kept, as Markdown, the newest first."""
    return sorted(Layout(data).reports.glob("*.md"), key=lambda path: path.stem[-10:], reverse=True)
