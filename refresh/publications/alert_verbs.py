"""The verb of alerts on the command line: what is asked, and what is said. The work lies in
refresh/operate/handling.py."""

import argparse
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.lake import data_folder

console = Console()


def alerts_options(parser: argparse.ArgumentParser) -> None:
    """What `alerts` asks: one thing, the open ones where none is named."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--list", action="store_true", help="the open ones (the usual)")
    one.add_argument("--rules", action="store_true", help="the rules, with their thresholds")
    one.add_argument("--evaluate", action="store_true", help="ask every rule now, and deliver")
    one.add_argument("--deliver", action="store_true", help="send what is due")
    one.add_argument("--ack", type=int, metavar="N", help="say that you have alert N")
    one.add_argument("--snooze", type=int, metavar="N", help="let alert N rest, with --until")
    one.add_argument("--test", metavar="CHANNEL", help="send a test to a channel, by its mark")
    parser.add_argument("--until", type=date.fromisoformat, help="the day on which it wakes")
    parser.add_argument("--words", default="", help="what else is to be kept with it")
    parser.add_argument("--all", action="store_true", help="those that are resolved, too")


def alerts(given: argparse.Namespace) -> int:
    """List, evaluate, deliver, acknowledge, snooze or test; 1 where a channel took nothing."""
    from refresh.operate import lifecycle
    from refresh.store.records import now

    data, at = data_folder(given.data), now()
    if given.rules:
        return _print_rules()
    if given.test:
        lifecycle.send_test(data, given.test, by=lifecycle.me(data))
        return _say(f"The channel {given.test} took it.")
    if given.ack is not None:
        me = lifecycle.me(data)
        lifecycle.acknowledge(data, given.ack, by=me, now=at, words=given.words)
        return _say(f"Alert {given.ack} is yours.")
    if given.snooze is not None:
        # Without a day it is today, which is refused in words.
        until = given.until or at.date()
        me = lifecycle.me(data)
        lifecycle.snooze(data, given.snooze, until=until, by=me, now=at, words=given.words)
        return _say(f"Alert {given.snooze} rests until {until}.")
    if given.evaluate:
        changed = lifecycle.evaluate_now(data, now=at)
        counts = (len(changed.opened), len(changed.escalated), len(changed.resolved))
        _say("{} opened, {} escalated, {} resolved.".format(*counts))
    if given.evaluate or given.deliver:
        went = lifecycle.deliver_now(data, now=at)
        _say(f"{went.sent} messages sent, {went.waiting} alerts wait for their channel.")
        return 1 if went.waiting else 0
    return _print_alerts(data, everything=given.all)


def _print_alerts(data: Path, *, everything: bool) -> int:
    from refresh.operate import lifecycle

    rows = [r for r in lifecycle.alerts_of(data) if everything or r["status"] != "resolved"]
    if not rows:
        return _say("No alert is open.")
    shown = Table("N", "severity", "status", "since", "what", box=None, pad_edge=False)
    for row in rows:
        until = f" until {row['snoozed_until']}" if row["status"] == "snoozed" else ""
        since = f"{row['opened_at']:%Y-%m-%d %H:%M}"
        words = (str(row["alert_id"]), row["severity"], row["status"] + until, since)
        shown.add_row(*words, row["message"])
    console.print(shown, markup=False)
    for channel, many in lifecycle.waiting_for_channels(data).items():
        _say(f"{many} messages wait for {channel}.")
    return 0


def _print_rules() -> int:
    from engine.alert_rules import RULES

    shown = Table("rule", "what", "threshold", "told", box=None, pad_edge=False)
    for rule in RULES:
        told = ", ".join(dict.fromkeys(level.cadence for level in rule.levels))
        shown.add_row(rule.name, rule.title, rule.thresholds, told)
    console.print(shown)
    return 0


def _say(line: str) -> int:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
    return 0
