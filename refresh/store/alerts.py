"""Alerts in the ledger: one of a rule, source and subject until it is resolved, and its history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from sqlalchemy import Connection, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.ledger import ALERT_DELIVERIES, ALERT_EVENTS, ALERTS
from engine.vocabulary import AlertEvent, AlertSeverity, AlertStatus, Cadence
from refresh.store.records import Records


class AlertRow(TypedDict):
    """A row of `alerts`."""

    alert_id: int
    rule: str
    source_code: str
    subject: str
    open_key: str | None
    severity: AlertSeverity
    status: AlertStatus
    observed: float
    message: str
    opened_at: datetime
    last_seen_at: datetime
    snoozed_until: date | None
    handled_by: str | None
    resolved_at: datetime | None


class AlertEventRow(TypedDict):
    """A row of `alert_events`; `by` is empty where the rule itself did it."""

    event_id: int
    alert_id: int
    event: AlertEvent
    at: datetime
    by: str
    words: str


@dataclass(frozen=True)
class Raised:
    """What a rule found: of what, how bad, and in which words."""

    rule: str
    source: str
    subject: str
    severity: AlertSeverity
    observed: float
    message: str

    @property
    def key(self) -> str:
        """What there is one open alert of."""
        return "|".join((self.rule, self.source, self.subject))


@dataclass(frozen=True)
class Message:
    """One alert that waits to go out on a channel, with what is said of it."""

    delivery: int
    channel: str
    cadence: Cadence
    severity: AlertSeverity
    attempts: int
    alert: AlertRow


class Alerts(Records):
    """The alerts of an open ledger."""

    def standing(self) -> dict[str, AlertRow]:
        """Those that are not resolved, by their keys."""
        rows: list[AlertRow] = self._rows(select(ALERTS).where(ALERTS.c.open_key.is_not(None)))
        return {row["open_key"] or "": row for row in rows}

    def all(self) -> list[AlertRow]:
        """Every alert that there ever was, the newest first."""
        return self._rows(select(ALERTS).order_by(ALERTS.c.alert_id.desc()))

    def one(self, alert: int) -> AlertRow | None:
        """An alert by its number; None where there is none."""
        rows: list[AlertRow] = self._rows(select(ALERTS).where(ALERTS.c.alert_id == alert))
        return rows[0] if rows else None

    def history(self, alert: int) -> list[AlertEventRow]:
        """What happened to an alert, the first event first."""
        mine = ALERT_EVENTS.c.alert_id == alert
        return self._rows(select(ALERT_EVENTS).where(mine).order_by(ALERT_EVENTS.c.event_id))

    def open(self, raised: Raised, *, now: datetime) -> int | None:
        """Keep a new alert; its number. None where another process has just done so."""
        row = {
            "rule": raised.rule,
            "source_code": raised.source,
            "subject": raised.subject,
            "open_key": raised.key,
            "severity": raised.severity,
            "status": "open",
            "observed": raised.observed,
            "message": raised.message,
            "opened_at": now,
            "last_seen_at": now,
        }
        with self._write() as connection:
            number = _inserted(connection, ALERTS, row)
            if number is not None:
                _note(connection, number, "opened", now, words=raised.message)
            return number

    def see(self, alert: AlertRow, raised: Raised, *, now: datetime, is_worse: bool) -> None:
        """Note what is observed of an alert now; one that is worse is everybody's again."""
        seen: dict[str, Any] = {
            "observed": raised.observed,
            "message": raised.message,
            "severity": raised.severity,
            "last_seen_at": now,
        }
        if is_worse:
            seen |= {"status": "open", "snoozed_until": None}
        with self._write() as connection:
            connection.execute(_of(alert["alert_id"]).values(seen))
            if is_worse:
                _note(connection, alert["alert_id"], "escalated", now, words=raised.message)

    def say(
        self,
        alert: int,
        event: AlertEvent,
        status: AlertStatus,
        *,
        now: datetime,
        by: str = "",
        words: str = "",
        until: date | None = None,
    ) -> bool:
        """Change how an alert stands; whether it did, which one that is resolved never does."""
        said: dict[str, Any] = {"status": status, "snoozed_until": until}
        said |= {"handled_by": by} if by else {}
        if status == "resolved":
            said |= {"open_key": None, "resolved_at": now}
        with self._write() as connection:
            change = _of(alert).where(ALERTS.c.open_key.is_not(None)).values(said)
            if not connection.execute(change).rowcount:
                return False
            _note(connection, alert, event, now, by=by, words=words)
            return True

    # What goes out

    def queue(
        self,
        alert: int,
        severity: AlertSeverity,
        channel: str,
        *,
        cadence: Cadence,
        due_at: datetime,
    ) -> None:
        """Let a channel be told of an alert and its severity, once."""
        row: dict[str, Any] = dict(alert_id=alert, severity=severity, channel=channel)
        row |= dict(cadence=cadence, status="pending", due_at=due_at)
        with self._write() as connection:
            _inserted(connection, ALERT_DELIVERIES, row)  # None: it was told, or waits already

    def claim(self, *, now: datetime, died_before: datetime) -> list[Message]:
        """What is due, taken so that nobody else sends it.

        Takes:  the instant before which a sender that has not come back is dead.
        Gives:  by channel and cadence, the oldest alert first; none of an alert that is snoozed.
        """
        is_dead = (ALERT_DELIVERIES.c.status == "sending") & (
            ALERT_DELIVERIES.c.claimed_at < died_before
        )
        may = (ALERT_DELIVERIES.c.status == "pending") | is_dead
        waiting = (
            select(ALERT_DELIVERIES)
            .join(ALERTS, ALERTS.c.alert_id == ALERT_DELIVERIES.c.alert_id)
            .where(may, ALERT_DELIVERIES.c.due_at <= now, ALERTS.c.status != "snoozed")
            .order_by(
                ALERT_DELIVERIES.c.channel,
                ALERT_DELIVERIES.c.cadence,
                ALERT_DELIVERIES.c.delivery_id,
            )
        )
        mine = []
        for row in self._rows(waiting):
            this = ALERT_DELIVERIES.c.delivery_id == row["delivery_id"]
            taken = update(ALERT_DELIVERIES).where(this, may)
            with self._write() as connection:
                claimed = dict(status="sending", claimed_at=now, attempts=row["attempts"] + 1)
                if connection.execute(taken.values(claimed)).rowcount:
                    mine.append(row)
        return [self._message(row) for row in mine]

    def _message(self, row: dict[str, Any]) -> Message:
        alert = self.one(row["alert_id"])
        assert alert is not None  # it is what the delivery refers to
        told = {name: row[name] for name in ("channel", "cadence", "severity", "attempts")}
        return Message(row["delivery_id"], alert=alert, **told)

    def delivered(self, deliveries: list[int], *, now: datetime) -> None:
        """Note that these went out."""
        self._change(deliveries, status="delivered", delivered_at=now)

    def put_off(self, deliveries: list[int], *, until: datetime) -> None:
        """Let these be tried again, from then on."""
        self._change(deliveries, status="pending", due_at=until, claimed_at=None)

    def waiting(self) -> dict[str, int]:
        """How many messages each channel has not taken yet."""
        not_yet = ALERT_DELIVERIES.c.status != "delivered"
        many = func.count().label("many")
        query = select(ALERT_DELIVERIES.c.channel, many).where(not_yet)
        query = query.group_by(ALERT_DELIVERIES.c.channel)
        return {row["channel"]: row["many"] for row in self._rows(query)}

    def _change(self, deliveries: list[int], **said: Any) -> None:
        these = ALERT_DELIVERIES.c.delivery_id.in_(deliveries)
        with self._write() as connection:
            connection.execute(update(ALERT_DELIVERIES).where(these).values(said))


def _of(alert: int) -> Any:
    return update(ALERTS).where(ALERTS.c.alert_id == alert)


def _inserted(connection: Connection, to: Table, row: dict[str, Any]) -> int | None:
    """A row's number; None where there is one like it."""
    try:
        # A savepoint: PostgreSQL gives up the whole transaction over one row that is there already.
        with connection.begin_nested():
            key = connection.execute(insert(to).values(row)).inserted_primary_key
    except IntegrityError:
        return None
    assert key is not None  # one row with a key of its own was inserted
    number: int = key[0]
    return number


def _note(
    connection: Connection,
    alert: int,
    event: AlertEvent,
    at: datetime,
    *,
    by: str = "",
    words: str = "",
) -> None:
    row = dict(alert_id=alert, event=event, at=at, by=by, words=words)
    connection.execute(insert(ALERT_EVENTS).values(row))
