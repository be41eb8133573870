"""The alerts of the ledger on each database that we promise: who comes second changes nothing."""

from contextlib import closing
from datetime import datetime, timedelta

from refresh.store.alerts import Alerts, Raised

NOW = datetime(2026, 11, 30, 9, 0)
FOUND = Raised("success_rate", "", "", "critical", 50.0, "half of them")


def test_whoever_comes_second_changes_nothing(url: str):
    with closing(Alerts(url)) as one, closing(Alerts(url)) as other:
        number = one.open(FOUND, now=NOW)
        assert number is not None and other.open(FOUND, now=NOW) is None
        for _ in range(2):
            one.queue(number, "critical", "json-1", cadence="immediate", due_at=NOW)
        died = NOW - timedelta(minutes=15)
        assert len(one.claim(now=NOW, died_before=died)) == 1
        assert other.claim(now=NOW, died_before=died) == []
        assert one.say(number, "resolved", "resolved", now=NOW)
        assert not other.say(number, "acknowledged", "acknowledged", now=NOW, by="ann")
        again = other.open(FOUND, now=NOW)
        assert again is not None and again > number
        assert [event["event"] for event in one.history(number)] == ["opened", "resolved"]
