"""Alerts from the ledger to a channel: one open alert of a thing, told once, and nothing lost."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.access import Reader
from engine.errors import NotAllowed, UnknownName
from engine.lake import Layout
from engine.ledger import ALERT_DELIVERIES, LOAD_EVENTS, SOURCES
from refresh.operate import lifecycle
from refresh.operate.alert_channels import NoChannel, by_severity, channels
from refresh.operate.alert_delivery import deliver, try_channel
from refresh.operate.alerting import Changed, evaluate
from refresh.operate.handling import NotHandled
from refresh.store.alerts import Alerts, Raised
from tests.sinks import Sink, mail_server, web_hook

ANN = Reader("ann", "engineer")
NOW = datetime(2026, 11, 27, 9, 0)  # a Friday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Town:
    """A ledger with one source, loads at instants of a test's choice, and what is told of them."""

    def __init__(self, data: Path, words: str = ""):
        self.data, self.words = data, words
        self.url = Layout(data).registry_url
        with closing(Alerts(self.url)):  # makes it
            self._engine = sa.create_engine(self.url)
        self.insert(SOURCES, code="beds", name="Beds", owner="o", purpose="p", created_at=NOW)

    def insert(self, table: sa.Table, **row: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.insert(table).values(row))

    def load(self, status: str, at: datetime) -> None:
        row = dict(source_code="beds", period="2026-10", load_mode="replace", status=status)
        at = at - timedelta(minutes=2)
        row |= dict(started_at=at, completed_at=at, error_message=f"{status} at {at:%H:%M}")
        self.insert(LOAD_EVENTS, **row)

    def failed(self, at: datetime) -> Changed:
        self.load("failed", at)
        return self.evaluate(at)

    def evaluate(self, at: datetime) -> Changed:
        return evaluate(self.data, now=at, channels=by_severity(channels(self.words)))

    def deliver(self, at: datetime) -> tuple[int, int]:
        went = deliver(self.data, now=at, known=channels(self.words))
        return went.sent, went.waiting

    def alert(self, rule: str) -> dict[str, Any]:
        (row,) = [r for r in lifecycle.alerts_of(self.data) if r["rule"] == rule]
        return dict(row)

    def events(self, rule: str) -> list[str]:
        number = self.alert(rule)["alert_id"]
        return [event["event"] for event in lifecycle.alert_history(self.data, number)]

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    one = Town(tmp_path)
    yield one
    one.close()


@pytest.fixture
def hook() -> Iterator[Sink]:
    with web_hook() as sink:
        yield sink


@pytest.fixture
def mail() -> Iterator[Sink]:
    with mail_server() as sink:
        yield sink


def hooked(sink: Sink, severities: str = "critical") -> str:
    return f"{severities}=json://127.0.0.1:{sink.port}/alerts"


def titles(sink: Sink) -> list[str]:
    return [json.loads(body)["title"] for body in sink.taken]


# One alert of a thing


def test_one_alert_stays_open_however_often_it_fails_and_escalates_at_the_third(town: Town):
    for hour in range(5):
        town.failed(NOW + hour * HOUR)
    assert town.events("failures_in_a_row") == ["opened", "escalated"]
    alert = town.alert("failures_in_a_row")
    assert (alert["severity"], alert["observed"]) == ("critical", 5)
    assert "failed at 12:58" in alert["message"]


def test_a_rule_that_clears_resolves_its_alert_and_opens_another_when_it_is_broken_again(
    town: Town,
):
    town.failed(NOW)
    town.load("completed", NOW + HOUR)
    assert len(town.evaluate(NOW + HOUR).resolved) == 1  # the week's rate is still under 80 %
    assert town.events("failures_in_a_row") == ["opened", "resolved"]
    town.failed(NOW + 2 * HOUR)
    rows = [r for r in lifecycle.alerts_of(town.data) if r["rule"] == "failures_in_a_row"]
    assert [r["status"] for r in rows] == ["open", "resolved"]


def test_what_nobody_knows_any_more_changes_nothing(town: Town):
    """A week without a load: nobody knows its rate, so that nobody says it is well."""
    town.failed(NOW)
    town.evaluate(NOW + 8 * DAY)
    assert town.alert("success_rate")["status"] == "open"


def test_two_who_open_at_once_open_one(town: Town):
    town.load("failed", NOW)
    with closing(Alerts(town.url)) as alerts:
        town.evaluate(NOW)
        known = next(iter(alerts.standing().values()))
        again = Raised(known["rule"], known["source_code"], known["subject"], "info", 1, "")
        assert alerts.open(again, now=NOW) is None


# What people say


def test_an_acknowledged_alert_is_somebodys_until_it_is_worse(town: Town):
    town.failed(NOW)
    number = town.alert("failures_in_a_row")["alert_id"]
    lifecycle.acknowledge(town.data, number, by=ANN, now=NOW, words="on it")
    town.failed(NOW + HOUR)
    assert town.alert("failures_in_a_row")["status"] == "acknowledged"
    town.failed(NOW + 2 * HOUR)
    assert town.alert("failures_in_a_row")["status"] == "open"
    said = lifecycle.alert_history(town.data, number)[1]
    assert (said["event"], said["by"], said["words"]) == ("acknowledged", "ann", "on it")


def test_a_snoozed_alert_wakes_on_its_day(town: Town):
    town.failed(NOW)
    number = town.alert("failures_in_a_row")["alert_id"]
    lifecycle.snooze(town.data, number, until=date(2026, 11, 29), by=ANN, now=NOW)
    town.evaluate(datetime(2026, 11, 28, 23, 59))
    assert town.alert("failures_in_a_row")["status"] == "snoozed"
    town.evaluate(datetime(2026, 11, 29, 0, 0))
    assert town.alert("failures_in_a_row")["status"] == "open"
    assert town.events("failures_in_a_row") == ["opened", "snoozed", "woken"]


def test_what_cannot_be_said_of_an_alert_is_refused_in_words(town: Town):
    town.failed(NOW)
    number = town.alert("failures_in_a_row")["alert_id"]
    with pytest.raises(NotHandled, match="a day to come"):
        lifecycle.snooze(town.data, number, until=NOW.date(), by=ANN, now=NOW)
    with pytest.raises(NotAllowed):
        lifecycle.acknowledge(town.data, number, by=Reader("bob", "analyst"), now=NOW)
    with pytest.raises(UnknownName, match="no alert 99"):
        lifecycle.acknowledge(town.data, 99, by=ANN, now=NOW)
    town.load("completed", NOW + HOUR)
    town.evaluate(NOW + HOUR)
    with pytest.raises(NotHandled, match="cleared meanwhile"):
        lifecycle.acknowledge(town.data, number, by=ANN, now=NOW)


# What goes out


def test_a_repeated_failure_is_told_once_by_web_hook_and_once_by_mail(
    town: Town, hook: Sink, mail: Sink
):
    town.words = f"{hooked(hook)} critical=mailto://127.0.0.1:{mail.port}/?from=a@b.org&to=c@d.org"
    for hour in range(5):
        town.failed(NOW + hour * HOUR)
        town.deliver(NOW + hour * HOUR)
    expected = ["Care Atlas, critical: Loads that succeed"]
    expected += ["Care Atlas, critical: A source that does not load: beds"]
    assert titles(hook) == expected
    assert [message["Subject"] for message in mail.taken] == expected
    assert "/runbooks/failed-load" in hook.taken[1] and "/alerts/" in hook.taken[1]


def test_a_channel_that_is_down_loses_nothing_and_is_told_once_it_is_up(town: Town, hook: Sink):
    town.words = hooked(hook)
    hook.is_down = True
    town.failed(NOW)  # the rate of the week, at once
    assert town.deliver(NOW) == (0, 1)
    assert town.deliver(NOW + timedelta(minutes=1)) == (0, 0)  # not asked again so soon
    hook.is_down = False
    assert town.deliver(NOW + timedelta(minutes=5)) == (1, 0)
    assert town.deliver(NOW + HOUR) == (0, 0)
    assert len(hook.taken) == 1


def test_a_warning_waits_for_the_next_morning_with_the_others_of_its_day(town: Town, hook: Sink):
    town.words = hooked(hook, "warning")
    for at in range(20):
        town.load("completed", NOW - at * HOUR)
    town.failed(NOW)  # 20 of 21: over 95 %, and one failure
    town.failed(NOW + HOUR)  # 20 of 22: a warning, too
    assert town.deliver(NOW + 2 * HOUR) == (0, 0)
    assert town.deliver(datetime(2026, 11, 28, 6, 59)) == (0, 0)
    assert town.deliver(datetime(2026, 11, 28, 7, 0)) == (1, 0)
    assert titles(hook) == ["Care Atlas, daily summary: 2 alerts"]


def test_news_waits_for_monday(town: Town, hook: Sink):
    town.words = hooked(hook, "info")
    later = dict(code="rota", name="R", owner="o", purpose="p", created_at=NOW)
    town.insert(SOURCES, **later, status="deprecated", deprecation_reason="superseded")
    town.evaluate(NOW)
    assert town.deliver(datetime(2026, 11, 30, 6, 59)) == (0, 0)
    assert town.deliver(datetime(2026, 11, 30, 7, 0)) == (1, 0)
    assert "rota: it is deprecated: superseded" in hook.taken[0]


def test_a_snoozed_alert_is_told_when_it_wakes(town: Town, hook: Sink):
    town.words = hooked(hook)
    town.failed(NOW)
    number = town.alert("success_rate")["alert_id"]
    lifecycle.snooze(town.data, number, until=date(2026, 11, 28), by=ANN, now=NOW)
    assert town.deliver(NOW) == (0, 0)
    town.evaluate(NOW + DAY)
    assert town.deliver(NOW + DAY) == (1, 0)


def test_what_somebody_claimed_and_died_of_is_sent_by_another(town: Town, hook: Sink):
    town.words = hooked(hook)
    town.failed(NOW)
    with closing(Alerts(town.url)) as alerts:
        assert len(alerts.claim(now=NOW, died_before=NOW - HOUR)) == 1
        assert alerts.claim(now=NOW, died_before=NOW - HOUR) == []  # whoever comes second
    assert town.deliver(NOW + timedelta(minutes=14)) == (0, 0)
    assert town.deliver(NOW + timedelta(minutes=16)) == (1, 0)


def test_a_channel_that_is_not_declared_any_more_keeps_what_waits(town: Town, hook: Sink):
    words, town.words = hooked(hook), hooked(hook)
    town.failed(NOW)
    town.words = ""
    assert town.deliver(NOW) == (0, 1)
    town.words = words
    assert town.deliver(NOW + HOUR) == (1, 0)


def test_a_test_says_that_it_is_one_and_of_a_channel_that_is_down_that_it_is(hook: Sink):
    (channel,) = known = channels(hooked(hook))
    try_channel(channel.mark, by="ann", known=known)
    assert titles(hook) == ["Care Atlas: a test"] and "ann tries" in hook.taken[0]
    hook.is_down = True
    with pytest.raises(NoChannel, match="did not take"):
        try_channel(channel.mark, by="ann", known=known)
    with pytest.raises(UnknownName, match=channel.mark):
        try_channel("slack-000000", by="ann", known=known)


@pytest.mark.parametrize("words", ["loud=json://127.0.0.1/", "hello", "critical=nothing"])
def test_a_channel_declared_wrongly_is_refused_without_its_address(words: str):
    with pytest.raises(NoChannel, match="word 2") as refused:
        channels(f"json://user:secret@127.0.0.1/ {words}")
    assert "secret" not in str(refused.value)


def test_the_ledger_has_no_address_of_a_channel(town: Town, hook: Sink):
    town.words = f"critical=json://ann:secret@127.0.0.1:{hook.port}/"
    town.failed(NOW)
    with town._engine.connect() as connection:
        rows = connection.execute(sa.select(ALERT_DELIVERIES)).mappings().all()
    assert rows and "secret" not in str(rows) and "127.0.0.1" not in str(rows)


# After a load


def test_a_load_is_followed_by_the_rules_and_never_stopped_by_them(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    town.load("failed", NOW)
    monkeypatch.setenv("CARE_ATLAS_ALERT_CHANNELS", "not understood")
    lifecycle.heed(town.data, now=NOW)
    assert lifecycle.alerts_of(town.data) == []
    monkeypatch.setenv("CARE_ATLAS_ALERT_CHANNELS", "")
    lifecycle.heed(town.data, now=NOW)
    assert {row["rule"] for row in lifecycle.alerts_of(town.data)} == {
        "failures_in_a_row",
        "success_rate",
    }
