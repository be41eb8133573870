"""Reports: filed on the disk as Markdown and HTML, listed, and sent to the channels of alerts."""

from dataclasses import dataclass
from pathlib import Path

from engine.layout import Layout
from refresh.operate.alert_channels import NoChannel, channels, send
from refresh.operate.health_report import Report, markdown, page
from refresh.store.seal import settle

LONGEST = 20_000
"""Characters of a message; the file has all of it."""


@dataclass(frozen=True)
class Sent:
    """The channels that took a report, and those that did not, by their marks."""

    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def file_report(data: Path, report: Report) -> tuple[Path, Path]:
    """Keep a report below the data folder, in place of one of the same day and kind.

    Gives:  its Markdown and its HTML file.
    Raises: OSError where the disk does not take it.
    """
    layout = Layout(data)
    paths = [layout.reports / f"{report.name}.{kind}" for kind in ("md", "html")]
    for path, text in zip(paths, (markdown(report), page(report)), strict=True):
        settle(path, text.encode())
    return paths[0], paths[1]


def send_report(report: Report, *, to: str | None = None) -> Sent:
    """Send a report to every channel that is told of what is for information, once.

    Takes:  the report; the channels as CARE_ATLAS_ALERT_CHANNELS has them, or in its place.
    Gives:  who took it. What a channel did not take is not tried again: it is filed.
    """
    body = markdown(report)[:LONGEST]
    taken: list[str] = []
    refused: list[str] = []
    for channel in channels(to):
        if "info" not in channel.severities:
            continue
        try:
            took = send(channel, title=f"Care Atlas: {report.title}", body=body, severity="info")
        except NoChannel:
            took = False
        (taken if took else refused).append(channel.mark)
    return Sent(tuple(taken), tuple(refused))


def filed(data: Path) -> list[Path]:
    """The reports that are kept, as Markdown, the newest first."""
    return sorted(Layout(data).reports.glob("*.md"), key=lambda path: path.stem[-10:], reverse=True)
