"""The verb of the readers' watch, and what it does after each seal."""

import argparse
import logging
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from engine.errors import LakeError, NoSnapshot
from engine.lake import current_id, data_folder, open_lake
from refresh.operate import lifecycle
from refresh.operate.readers_watch import News, Releases, Sent, send_digests
from refresh.store.records import now as this_instant

console = Console()
log = logging.getLogger("care_atlas.watch")


def watch_options(parser: argparse.ArgumentParser) -> None:
    """What `watch` asks: one thing."""
    one = parser.add_mutually_exclusive_group(required=True)
    one.add_argument("--send", action="store_true", help="write to everybody who knows less")
    # Its name keeps it out of what is noted of commands: no address stands in the ledger.
    one.add_argument(
        "--forget", dest="forget_address", metavar="ADDRESS", help="take an address out"
    )
    one.add_argument(
        "--list-counts", action="store_true", help="how many follow what kind of thing"
    )


def watch(given: argparse.Namespace, *, of: Collection[str]) -> int:
    """Send, forget or count; 1 where somebody could not be written to, or was not there."""
    data = data_folder(given.data)
    if given.forget_address:
        was_there = lifecycle.forget_address(data, given.forget_address)
        _say("Forgotten." if was_there else "Nobody follows anything by that address.")
        return 0 if was_there else 1
    if given.list_counts:
        counts = lifecycle.watch_counts(data)
        for kind, many in counts.items():
            _say(f"{kind}: {many:,}")
        if not counts:
            _say("Nobody follows anything by e-mail.")
        return 0
    went = send(data, of=of)
    _say(f"{went.sent} digests sent, {went.waiting} people could not be written to.")
    return 1 if went.waiting else 0


def send(data: Path, *, of: Collection[str]) -> Sent:
    """One digest to everybody who knows less than the live snapshot.

    Takes:  the data folder; the codes of the sources whose releases are told.
    Raises: NoMail where there is no mail server, or it is away; NoSnapshot where nothing is live.
    """
    live = open_lake(data)

    def compose(told: str, known: Releases) -> News | None:
        from refresh.atlas.watch_digest import news

        try:
            before = open_lake(data, snapshot=told)
        except NoSnapshot:  # swept away since
            before = None
        return news(before, known, live, of=of)

    return send_digests(data, compose, now=this_instant())


def after_a_seal(data: Path, *, of: Collection[str]) -> None:
    """Send, where anybody can be written to; it never stops what it follows."""
    if not lifecycle.can_mail() or not lifecycle.watch_counts(data) or not current_id(data):
        return
    try:
        send(data, of=of)
    except LakeError as error:
        log.warning("the readers' watch was not sent, and is tried again: %s", error.what)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
