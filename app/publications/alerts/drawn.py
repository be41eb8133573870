"""What the pages of alerts are drawn of: one alert, its forms, its history. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from htmltools import Tag, TagChild, tags

from app.publications.areas import area_called
from engine.alert_rules import BY_NAME
from engine.vocabulary import AlertSeverity

Row = Mapping[str, Any]
# A shape beside the word: colour alone says nothing to some.
MARKS: Mapping[AlertSeverity, str] = {"critical": "▲", "warning": "◆", "info": "●"}
EVENTS = {
    "opened": "Opened",
    "escalated": "Became worse",
    "acknowledged": "Acknowledged",
    "snoozed": "Snoozed",
    "woken": "Its day came: open again",
    "resolved": "Resolved: the rule is kept again",
}


def instant(at: datetime) -> Tag:
    """A time of the ledger, which is UTC."""
    return tags.time(f"{at:%-d %B %Y, %H:%M} UTC", datetime=f"{at:%Y-%m-%dT%H:%M}Z")


def severity(row: Row) -> Tag:
    """How bad it is: a word, a shape and a colour."""
    word = row["severity"]
    return tags.strong(
        tags.span(MARKS[word], aria_hidden="true"), f" {word}", class_=f"alert-{word}"
    )


def title(row: Row) -> str:
    """What an alert is called: its rule's title."""
    rule = BY_NAME.get(row["rule"])
    return rule.title if rule else row["rule"]


def card(row: Row, *, root: str, may: bool, back: str, today: date) -> Tag:
    """One alert in the inbox, with what can be done about it.

    Takes: its row; the way to the front of the house; whether the reader may say something to it;
           the address to come back to; the day.
    """
    number = row["alert_id"]
    return tags.li(
        tags.p(
            severity(row),
            " · ",
            tags.a(title(row), href=f"{root}alerts/{number}"),
            tags.small(" · since ", instant(row["opened_at"]), stands(row)),
        ),
        tags.p(row["message"], class_="alert-message"),
        *help_with(row, root=root),
        forms(row, root=root, back=back, today=today) if may and _stands(row) else None,
        id=f"alert_{number}",
    )


def stands(row: Row) -> str:
    """How it stands, where that is more than that it is open."""
    who = f" by {row['handled_by']}" if row["handled_by"] else ""
    match row["status"]:
        case "acknowledged":
            return f" · acknowledged{who}"
        case "snoozed":
            return f" · snoozed{who} until {row['snoozed_until']:%-d %B %Y}"
        case "resolved":
            return f" · resolved {row['resolved_at']:%-d %B %Y, %H:%M} UTC"
    return ""


def stands_alone(row: Row) -> str:
    """The same as a sentence of its own."""
    words = stands(row).removeprefix(" · ") or "nobody has it yet"
    return words[0].upper() + words[1:]


def help_with(row: Row, *, root: str) -> list[TagChild]:
    """What to do about it: the runbook, and the next step in words."""
    rule = BY_NAME.get(row["rule"])
    if rule is None:
        return []
    # The runbook's commands have the source in them, where there is one.
    of = f"?source={quote(row['source_code'])}" if row["source_code"] else ""
    runbook = tags.a("Runbook", href=f"{root}runbooks/{rule.runbook}{of}") if rule.runbook else None
    loads = (
        tags.a("Its loads", href=f"{root}operations/loads?source={quote(row['source_code'])}")
        if row["source_code"]
        else None
    )
    page = tags.a(area_called(rule.page), href=f"{root}{rule.page}") if rule.page else None
    links = [part for link in (runbook, page, loads) if link for part in (" · ", link)]
    return [tags.p("Next: ", rule.next, ".", *links, class_="alert-help")]


def forms(row: Row, *, root: str, back: str, today: date) -> Tag:
    """Acknowledge it, or let it rest until a day."""
    number, tomorrow = row["alert_id"], today + timedelta(days=1)
    about = tags.span(f" alert {number}", class_="visually-hidden")
    words = f"words_{number}"
    return tags.form(
        tags.input(type="hidden", name="alert", value=str(number)),
        tags.input(type="hidden", name="back", value=back),
        tags.div(
            tags.label("What you do about it", for_=words),
            tags.input(type="text", name="words", id=words, maxlength="500"),
            class_="alert-choice",
        ),
        tags.button("Acknowledge", about, type="submit", name="do", value="acknowledge")
        if row["status"] != "acknowledged"
        else None,
        tags.div(
            tags.label("Until", for_=f"until_{number}"),
            tags.input(
                type="date",
                name="until",
                id=f"until_{number}",
                min=str(tomorrow),
                value=str(today + timedelta(days=7)),
            ),
            class_="alert-choice",
        ),
        tags.button("Snooze", about, type="submit", name="do", value="snooze"),
        method="post",
        action=f"{root}alerts/act",
        class_="alert-form",
        aria_label=f"Answer alert {number}",
    )


def history(events: Sequence[Row]) -> Tag:
    """What happened to it, the first event first."""
    return tags.ol(
        *(
            tags.li(
                instant(event["at"]),
                f": {EVENTS[event['event']]}",
                f" by {event['by']}" if event["by"] else "",
                f": {event['words']}" if event["words"] else "",
            )
            for event in events
        ),
        class_="alert-history",
    )


def channels(marks: Sequence[str], waiting: Mapping[str, int], *, root: str) -> Tag:
    """The channels that are declared, each with a button that sends a test."""
    if not marks:
        return tags.p(
            "No channel is declared: alerts stand on this page alone. CARE_ATLAS_ALERT_CHANNELS"
            " names them."
        )
    return tags.ul(
        *(
            tags.li(
                tags.form(
                    tags.input(type="hidden", name="channel", value=mark),
                    tags.code(mark),
                    f" · {waiting[mark]:,} messages wait " if waiting.get(mark) else " ",
                    tags.button("Send a test", type="submit", aria_label=f"Send a test to {mark}"),
                    method="post",
                    action=f"{root}alerts/test",
                )
            )
            for mark in marks
        ),
        class_="alert-channels",
    )


def _stands(row: Row) -> bool:
    return bool(row["status"] != "resolved")
