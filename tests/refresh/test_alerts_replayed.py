"""Sixty days replayed, looked at every other morning: what goes out is what the ledger's rows say.

What that is, is worked out here from those rows; each thing is told once, by web hook and by mail.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.alert_rules import BY_NAME
from refresh.operate.alert_channels import by_severity, channels
from refresh.operate.alert_delivery import deliver
from refresh.operate.alerting import evaluate
from tests.app.publications.history import BEGAN, DAYS, history
from tests.sinks import mail_server, web_hook

DAY = timedelta(days=1)
RULES = tuple(BY_NAME[name] for name in ("success_rate", "failures_in_a_row"))
RATE = "Care Atlas, critical: Loads that succeed"
ROW = "Care Atlas, critical: A source that does not load: "


def rate(loads: list[dict[str, Any]], at: Any) -> float | None:
    """Percent of the finished loads of a week that were completed; None of none."""
    mine = [row for row in loads if at - 7 * DAY <= row["started_at"] <= at]
    well = [row["status"] == "completed" for row in mine if row["status"] != "in_progress"]
    return 100 * sum(well) / len(well) if well else None


def in_a_row(loads: list[dict[str, Any]], code: str, at: Any) -> int:
    """How many of a source's last finished loads were not completed."""
    mine = [r for r in loads if r["source_code"] == code and r["started_at"] <= at]
    count = 0
    for row in reversed([r for r in mine if r["status"] != "in_progress"]):
        if row["status"] == "completed":
            break
        count += 1
    return count


def expected(loads: list[dict[str, Any]], mornings: list[Any]) -> list[str]:
    """The titles of the critical messages: one for each time that something became critical after
    it had been well."""
    titles, told = [], set()
    for at in mornings:
        now = rate(loads, at)
        if now is not None and now < 80 and RATE not in told:
            titles, told = [*titles, RATE], told | {RATE}
        elif now is not None and now >= 95:
            told = told - {RATE}
        for code in sorted({row["source_code"] for row in loads}):
            failed, title = in_a_row(loads, code, at), f"{ROW}{code}"
            if failed >= 3 and title not in told:
                titles, told = [*titles, title], told | {title}
            elif failed == 0:
                told = told - {title}
    return titles


def test_what_goes_out_in_sixty_days_is_what_the_ledger_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    lake, rows = history(tmp_path / "data")
    data, loads = lake.layout.root, rows["load_events"]
    mornings = [BEGAN + day * DAY for day in range(0, DAYS + 1, 2)]
    with web_hook() as hook, mail_server() as mail:
        known = channels(
            f"critical=json://127.0.0.1:{hook.port}/"
            f" critical=mailto://127.0.0.1:{mail.port}/?from=a@b.org&to=c@d.org"
        )
        for at in mornings:
            for _ in range(2):  # a second look at the same morning tells nobody again
                evaluate(data, now=at, channels=by_severity(known), rules=RULES)
                deliver(data, now=at, known=known)
        told = [json.loads(body)["title"] for body in hook.taken]
        assert sorted(told) == sorted(expected(loads, mornings)) and told
        assert sorted(message["Subject"] for message in mail.taken) == sorted(told)
