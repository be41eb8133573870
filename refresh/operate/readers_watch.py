"""The readers' watch: anybody follows something by e-mail, without an account.

Asked for on a page, confirmed by a link in a mail, then one digest after each release, and gone
with one click. Links are signed; nobody learns from an answer whether an address is known. What a
digest says is the wing's; this file knows topics only as text.
"""

import base64
import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from engine.address import front
from engine.errors import LakeError
from engine.lake import Layout, data_folder, open_lake
from engine.manifest import Manifest, ReleaseEntry
from refresh.operate.mail import Send, mailing, settings
from refresh.store.followers import Follow, Followers

MAILS_A_DAY = 3  # to one address that has not confirmed: nobody is flooded in another's name
ASKED_AN_HOUR = 200  # by everybody together
DEAD_AFTER = timedelta(minutes=15)
# What is written to by people; stranger addresses that a server may allow are refused. So is `?`:
# between two of them a header has words in code, which may say another address.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=^_`{|}~.-]{1,64}@(?=.{4,190}$)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,63}"
)
Purpose = Literal["confirm", "stop", "leave"]
_LETTERS: Mapping[str, Purpose] = {"c": "confirm", "s": "stop", "l": "leave"}

Releases = Mapping[str, str]
"""Which releases a snapshot has: source and period, and their hash."""


class NotFollowed(LakeError):
    """What cannot be followed like this."""

    exit_code = 2


@dataclass(frozen=True)
class Link:
    """What a signed link stands for: what it does, and of what it is."""

    purpose: Purpose
    titles: tuple[str, ...]
    is_done: bool = False


@dataclass(frozen=True)
class News:
    """What a digest says: its subject, what is new for everybody, and of each topic."""

    subject: str
    lines: Sequence[str]
    of: Callable[[str], Sequence[str]]


Compose = Callable[[str, Releases], News | None]
"""From the snapshot that somebody knows of, and its releases, to what is new since; None where
nothing is."""


@dataclass(frozen=True)
class Sent:
    """What one sending did: digests that went out, and people whom nobody could write to."""

    sent: int = 0
    waiting: int = 0


def can_mail() -> bool:
    """Whether there is a mail server, and a database that who sends reads too: else nobody is asked
    for an address.
    """
    # Beside the copy of a published lake nobody sends: the refresh is on another machine.
    if Layout(data_folder()).is_copy and not os.environ.get("CARE_ATLAS_WATCH"):
        return False
    try:
        return settings() is not None
    except LakeError:
        return False


def follow_by_mail(data: Path, address: str, topic: str, title: str, *, now: datetime) -> None:
    """Write to an address with the link that confirms; whatever is known of it, it looks the same.

    Takes:  the data folder; the address; what is to be followed, as text and in words; the instant.
    Raises: NotFollowed for what is no address, or where too many ask; NoMail where the server is
            away; WatchBroken.
    """
    plain = plain_address(address)
    with closing(Followers(Layout(data).watch)) as followers:
        if followers.asked_since(now - timedelta(hours=1)) >= ASKED_AN_HOUR:
            raise NotFollowed("many are asking just now", next="try again in an hour")
        followers.drop_unconfirmed(now=now)
        key = followers.ask(plain, topic, title, now=now, most=MAILS_A_DAY)
        follow = followers.one(key) if key else None
        if follow is None:
            return
        message = _asking(followers, follow)
    with mailing() as send:
        send(message)


def plain_address(text: str) -> str:
    """An address as it is kept.

    Raises: NotFollowed for what is none; it is not repeated.

    >>> plain_address(" Ann@Example.org ")
    'ann@example.org'
    """
    plain = text.strip().lower()
    if not _ADDRESS.fullmatch(plain):
        raise NotFollowed("that is no e-mail address", expected="name@example.org")
    return plain


def read_link(data: Path, token: str, *, now: datetime) -> Link | None:
    """What a link stands for; None for one that is forged, too old, or of what is gone."""
    if not Layout(data).watch.is_file():  # to open it would make it
        return None
    with closing(Followers(Layout(data).watch)) as followers:
        followers.drop_unconfirmed(now=now)
        purpose, key = _read(followers, token)
        if purpose == "leave":
            titles = tuple(one.title for one in followers.of_person(key))
            return Link(purpose, titles) if titles else None
        follow = followers.one(key) if purpose else None
        if purpose is None or follow is None:
            return None
        return Link(purpose, (follow.title,), purpose == "confirm" and follow.is_confirmed)


def use_link(data: Path, token: str, *, now: datetime) -> Link | None:
    """Do what a link says; what it stood for. None as `read_link`: nothing is done."""
    link = read_link(data, token, now=now)
    if link is None:
        return None
    with closing(Followers(Layout(data).watch)) as followers:
        _purpose, key = _read(followers, token)
        match link.purpose:
            case "confirm":
                # What is there now is no news: they are told of what comes after it.
                followers.confirm(key, now=now, told=_remembered(followers, data))
            case "stop":
                followers.stop(key)
            case "leave":
                followers.forget(key)
    return link


def forget_address(data: Path, address: str) -> bool:
    """Take an address out, with all that is known of it; whether it was there."""
    if not Layout(data).watch.is_file():
        return False
    with closing(Followers(Layout(data).watch)) as followers:
        return followers.forget_address(plain_address(address))


def watch_counts(data: Path) -> dict[str, int]:
    """How many follow a topic of each kind: no address, no single topic."""
    if not Layout(data).watch.is_file():
        return {}
    with closing(Followers(Layout(data).watch)) as followers:
        return followers.counts()


def send_digests(data: Path, compose: Compose, *, now: datetime) -> Sent:
    """One digest to everybody who knows less than the live snapshot; to nobody twice.

    Takes:  the data folder; what is new since a snapshot that somebody knows of; the instant.
    Gives:  what went out. Who cannot be written to now is told the next time, of all since.
    Raises: NoMail where the server is away; WatchBroken; NoSnapshot where nothing is live.
    """
    sent = waiting = 0
    with closing(Followers(Layout(data).watch)) as followers:
        followers.drop_unconfirmed(now=now)
        live = _remembered(followers, data)
        behind = {who: told for who, told in followers.people().items() if told != live}
        news = {told: _news(followers, told, compose) for told in {*behind.values()}}
        for who in [who for who, told in behind.items() if news[told] is None]:
            followers.knows(who, live)
        due = [who for who, told in behind.items() if news[told] is not None]
        if not due:
            return Sent()
        with mailing() as send:
            for who in due:
                what = news[behind[who]]
                assert what is not None  # those are due
                if not followers.claim(who, live, now=now, died_before=now - DEAD_AFTER):
                    continue
                if _told(followers, who, what, send):
                    followers.sent(who, live, now=now)
                    sent += 1
                else:
                    followers.let_go(who, live)
                    waiting += 1
    return Sent(sent, waiting)


def _remembered(followers: Followers, data: Path) -> str:
    """The live snapshot's id, with its releases kept: it may be swept away before it is news."""
    live = open_lake(data)
    followers.remember(live.id, releases_in(live.manifest))
    return live.id


def releases_in(manifest: Manifest) -> dict[str, str]:
    """The releases of a snapshot, as they are held against another's."""
    return {key_of(release): release["sha256"] for release in manifest["releases"]}


def key_of(release: ReleaseEntry) -> str:
    """What a release and its corrections have in common: the source and the period."""
    return f"{release['source']} {release['period']}"


def _news(followers: Followers, told: str, compose: Compose) -> News | None:
    known = followers.releases(told)
    # Nobody knows what they knew: better nothing than everything as new.
    return None if known is None else compose(told, known)


def _told(followers: Followers, person: str, news: News, send: Send) -> bool:
    """Whether somebody's digest was taken; a server that goes away in between lets go of it."""
    follows = [one for one in followers.of_person(person) if one.is_confirmed]
    leave = _address(followers, "leave", person)
    parts = ["\n".join(news.lines)]
    for one in follows:
        stop = _address(followers, "stop", one.key)
        said = "\n".join(news.of(one.topic))
        parts.append(f"{one.title}\n{'-' * len(one.title)}\n{said}\nStop following this: {stop}")
    parts.append(f"Stop all of these mails, with one click: {leave}")
    message = _message(followers.address_of(person), news.subject, "\n\n".join(parts))
    # RFC 8058: what a mail program's own button does.
    message["List-Unsubscribe"] = f"<{leave}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    try:
        return send(message)
    except LakeError:
        return False


def _asking(followers: Followers, follow: Follow) -> EmailMessage:
    """The mail that confirms, or that says that it is confirmed: only who reads it learns which."""
    address = followers.address_of(follow.person)
    leave = f"Stop all mails to you: {_address(followers, 'leave', follow.person)}"
    if follow.is_confirmed:
        said = f"You follow {follow.title} already. You are written to after each release."
        return _message(address, f"You follow {follow.title}", f"{said}\n\n{leave}")
    confirm = _address(followers, "confirm", follow.key)
    said = (
        f"Somebody, you we hope, asked to follow {follow.title} by e-mail: one mail after each"
        " release or correction.\n\n"
        f"If that was you, say so here within a week:\n{confirm}\n\n"
        "If it was not, do nothing: you are not written to again, and your address is forgotten."
    )
    return _message(address, f"Do you want to follow {follow.title}?", said)


def _message(to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    # A name from a publication may have whatever in it: a header has one line.
    # And what begins there like words in code is none: they could say a line of their own.
    message["Subject"] = " ".join(f"Care Atlas: {subject}".split()).replace("=?", "= ?")[:200]
    message["To"] = to
    message.set_content(f"{text}\n\nCare Atlas is not an NHS product. {front()}\n")
    return message


def _address(followers: Followers, purpose: Purpose, key: str) -> str:
    letter = next(letter for letter, word in _LETTERS.items() if word == purpose)
    said = f"{letter}.{key}"
    return f"{front()}watch/{said}.{_signature(followers.secret, said)}"


def _read(followers: Followers, token: str) -> tuple[Purpose | None, str]:
    """What a token is for, and the key in it; None where its signature is not ours."""
    said, _, signature = token.rpartition(".")
    letter, _, key = said.partition(".")
    is_ours = hmac.compare_digest(_signature(followers.secret, said).encode(), signature.encode())
    return (_LETTERS.get(letter), key) if is_ours else (None, "")


def _signature(secret: bytes, said: str) -> str:
    digest = hmac.digest(secret, said.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()
