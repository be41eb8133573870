"""Delivery: what is due goes to its channel, once; what a channel does not take is tried again.

A message is claimed before it is sent, so that two who deliver at once send it once. Who dies in
between leaves it claimed: after a quarter of an hour it is sent by another, for twice is better
than never.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from engine.address import front
from engine.alert_rules import BY_NAME
from engine.lake import Layout
from engine.vocabulary import AlertSeverity, Cadence
from refresh.operate.alert_channels import Channel, NoChannel, channel_called, send
from refresh.operate.alerting import WORST
from refresh.store.alerts import Alerts, Message

DEAD_AFTER = timedelta(minutes=15)
AGAIN_AFTER = timedelta(minutes=5)
AGAIN_AT_LATEST = timedelta(hours=1)


@dataclass(frozen=True)
class Delivered:
    """What one delivery did: messages that went out, and alerts that wait for their channel."""

    sent: int = 0
    waiting: int = 0


def deliver(data: Path, *, now: datetime, known: Sequence[Channel]) -> Delivered:
    """Send what is due: one message an alert that is immediate, one a channel for a digest.

    Takes:  the data folder; the instant (UTC); the channels that are declared now.
    Gives:  what went out. What a channel did not take, or whose channel is not declared any more,
            waits: for five minutes at first, for an hour at most.
    Raises: LedgerBroken where the ledger is away.
    """
    sent = waiting = 0
    with closing(Alerts(Layout(data).registry_url)) as alerts:
        due = alerts.claim(now=now, died_before=now - DEAD_AFTER)
        for (mark, cadence), group in groupby(due, lambda one: (one.channel, one.cadence)):
            several = list(group)
            batches = [[one] for one in several] if cadence == "immediate" else [several]
            for batch in batches:
                if _sent(mark, cadence, batch, known):
                    alerts.delivered([one.delivery for one in batch], now=now)
                    sent += 1
                    continue
                tries = max(one.attempts for one in batch)
                wait = min(AGAIN_AFTER * 2 ** min(tries, 8), AGAIN_AT_LATEST)
                alerts.put_off([one.delivery for one in batch], until=now + wait)
                waiting += len(batch)
    return Delivered(sent, waiting)


def try_channel(mark: str, *, by: str, known: Sequence[Channel]) -> None:
    """Send a message that says it is only a test.

    Raises: UnknownName for no such channel; NoChannel where it does not take it.
    """
    channel = channel_called(mark, known)
    body = f"{by} tries whether alerts arrive here. Nothing is wrong.\n\n{front()}alerts"
    if not send(channel, title="Care Atlas: a test", body=body, severity="info"):
        raise NoChannel(
            "the channel did not take the message",
            where=mark,
            next="see that its address is right and that this machine may reach it",
        )


def _sent(mark: str, cadence: Cadence, batch: Sequence[Message], known: Sequence[Channel]) -> bool:
    channel = next((one for one in known if one.mark == mark), None)
    if channel is None:
        return False
    title, body, worst = written(cadence, batch)
    try:
        return send(channel, title=title, body=body, severity=worst)
    except NoChannel:
        return False


def written(cadence: Cadence, batch: Sequence[Message]) -> tuple[str, str, AlertSeverity]:
    """The title and text of a message, and the worst severity in it.

    Takes:  when it goes out; the alerts that it tells of, by source in the text.
    """
    worst = max((one.severity for one in batch), key=WORST.index)
    by_source = sorted(batch, key=lambda one: (one.alert["source_code"], one.alert["alert_id"]))
    paragraphs = [_said(one) for one in by_source]
    if cadence == "immediate":
        alert = batch[0].alert
        title = BY_NAME[alert["rule"]].title if alert["rule"] in BY_NAME else alert["rule"]
        about = f": {alert['source_code']}" if alert["source_code"] else ""
        return f"Care Atlas, {worst}: {title}{about}", "\n\n".join(paragraphs), worst
    many = f"{len(batch)} alert{'' if len(batch) == 1 else 's'}"
    return f"Care Atlas, {cadence} summary: {many}", "\n\n".join(paragraphs), worst


def _said(message: Message) -> str:
    alert = message.alert
    rule = BY_NAME.get(alert["rule"])
    stands = "" if alert["status"] == "open" else f" ({alert['status']} since)"
    lines = [f"{message.severity}{stands}: {alert['message']}"]
    lines += [f"next: {rule.next}"] if rule else []
    lines += [f"{front()}runbooks/{rule.runbook}"] if rule and rule.runbook else []
    return "\n".join([*lines, f"{front()}alerts/{alert['alert_id']}"])
