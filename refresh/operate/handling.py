"""Handling: what people say to an alert, and the evaluation that follows every load by itself."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path

import polars as pl

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Layout
from refresh.operate.alert_channels import by_severity, channels
from refresh.operate.alert_delivery import Delivered, deliver, try_channel
from refresh.operate.alerting import Changed, evaluate
from refresh.operate.auditing import audited
from refresh.store.alerts import AlertEventRow, AlertRow, Alerts
from refresh.store.records import now as this_instant

LONGEST = 500
log = logging.getLogger("care_atlas.alerts")


class NotHandled(LakeError):
    """What cannot be said of an alert as it stands."""

    exit_code = 2


def heed(data: Path, *, now: datetime | None = None) -> None:
    """Evaluate the rules and deliver what is due, after a load; it never stops what it follows.

    Takes:  the data folder; the instant (UTC), which is this one where none is given.
    """
    if not Layout(data).has_registry:
        return
    at = now or this_instant()
    try:
        known = channels()
        evaluate(data, now=at, channels=by_severity(known))
        deliver(data, now=at, known=known)
    # What was loaded is loaded: that nobody could be told of it must not undo that.
    except (LakeError, OSError, pl.exceptions.PolarsError) as error:
        log.warning("alerts were not looked at: %s", error)


def evaluate_now(data: Path, *, now: datetime) -> Changed:
    """Ask every rule, and queue what the declared channels are to be told.

    Raises: NoChannel where they are declared wrongly; LedgerBroken where the ledger is away.
    """
    return evaluate(data, now=now, channels=by_severity(channels()))


def deliver_now(data: Path, *, now: datetime) -> Delivered:
    """Send what is due to the declared channels.

    Raises: as `evaluate_now`.
    """
    return deliver(data, now=now, known=channels())


def acknowledge(data: Path, alert: int, *, by: Reader, now: datetime, words: str = "") -> None:
    """Say that somebody has an alert: it stays until its rule clears, and counts as nobody's no
    more.

    Takes:  the data folder; the alert's number; who says so; the instant (UTC); what else is said.
    Raises: UnknownName for no such alert; NotHandled for one that is resolved; NotAllowed for who
            may not.
    """
    with _said(data, alert, by, words) as (alerts, what):
        alerts.say(alert, "acknowledged", "acknowledged", now=now, by=by.name, words=what)


def snooze(
    data: Path, alert: int, *, until: date, by: Reader, now: datetime, words: str = ""
) -> None:
    """Let an alert rest until a day; it is told to no channel meanwhile, and wakes if it is worse.

    Raises: as `acknowledge`; NotHandled for a day that is not to come.
    """
    with _said(data, alert, by, words) as (alerts, what):
        if until <= now.date():
            raise NotHandled(
                "an alert is snoozed until a day to come",
                expected=f"after {now.date()}",
                found=str(until),
            )
        alerts.say(alert, "snoozed", "snoozed", now=now, until=until, by=by.name, words=what)


def alerts_of(data: Path) -> list[AlertRow]:
    """Every alert that there ever was, the newest first."""
    with closing(Alerts(Layout(data).registry_url)) as alerts:
        return alerts.all()


def alert_history(data: Path, alert: int) -> list[AlertEventRow]:
    """What happened to an alert, the first event first; nothing where there is no such alert."""
    with closing(Alerts(Layout(data).registry_url)) as alerts:
        return alerts.history(alert)


def channel_marks() -> Sequence[str]:
    """The marks of the channels that are declared.

    Raises: NoChannel where they are declared wrongly.
    """
    return [channel.mark for channel in channels()]


def waiting_for_channels(data: Path) -> dict[str, int]:
    """How many messages each channel has not taken yet."""
    with closing(Alerts(Layout(data).registry_url)) as alerts:
        return alerts.waiting()


def send_test(data: Path, mark: str, *, by: Reader) -> None:
    """Send a message that is only a test to a channel.

    Raises: UnknownName for no such channel; NoChannel where it does not take it; NotAllowed for who
            may not.
    """
    with audited(data, by, "acknowledge", object=f"a test of channel {mark[:60]}", everything=True):
        try_channel(mark, by=by.name, known=channels())


@contextmanager
def _said(data: Path, alert: int, by: Reader, words: str) -> Iterator[tuple[Alerts, str]]:
    """The alerts and what is said of one that is not resolved, by somebody who may: audited."""
    with closing(Alerts(Layout(data).registry_url)) as alerts:
        row = alerts.one(alert)
        source = (row["source_code"] if row else "") or None
        whole = source is None
        about = f"alert {alert}"
        with audited(
            data, by, "acknowledge", object=about, source=source, everything=whole
        ) as said:
            if row is None:
                raise UnknownName(f"there is no alert {alert}", found=str(alert))
            said.before = {"status": row["status"]}
            if row["status"] == "resolved":
                raise NotHandled(
                    "its rule has cleared meanwhile", where=about, found=str(row["resolved_at"])
                )
            yield alerts, words.strip()[:LONGEST]
            after = alerts.one(alert)
            said.after = {"status": after["status"]} if after else None
