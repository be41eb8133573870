"""Channels: where alerts go beside the inbox of the app, as CARE_ATLAS_ALERT_CHANNELS says it.

Words parted by blanks, each an address of Apprise, with the severities it is for before it:
`critical=slack://... critical,warning=mailto://... json://...` (none named: all of them). An
address has a password in it: it is kept nowhere, and a channel is known by its kind and a mark.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from engine.errors import LakeError, UnknownName
from engine.vocabulary import AlertSeverity

VARIABLE = "CARE_ATLAS_ALERT_CHANNELS"
SEVERITIES: Sequence[AlertSeverity] = get_args(AlertSeverity)
_ENTRY = re.compile(r"(?:(?P<severities>[a-z]+(?:,[a-z]+)*)=)?(?P<address>[a-z0-9]+://\S+)", re.I)


class NoChannel(LakeError):
    """A channel that is declared in words nobody understands."""

    exit_code = 2


@dataclass(frozen=True)
class Channel:
    """Where alerts of some severities go; its address is for Apprise alone."""

    mark: str
    severities: tuple[AlertSeverity, ...]
    address: str

    def __repr__(self) -> str:
        # A traceback or a log must not have the password in it.
        return f"Channel({self.mark})"


def channels(text: str | None = None) -> tuple[Channel, ...]:
    """The channels that a text, or else the environment, declares.

    Raises: NoChannel for a word that is no address, or a severity that there is not; it repeats no
            address.

    >>> [(one.mark, one.severities) for one in channels("critical=json://localhost:8080/")]
    [('json-11ea96', ('critical',))]
    """
    words = (os.environ.get(VARIABLE, "") if text is None else text).split()
    return tuple(_channel(number, word) for number, word in enumerate(words, 1))


def by_severity(known: Sequence[Channel]) -> dict[AlertSeverity, list[str]]:
    """The marks of the channels that are told of each severity."""
    return {
        severity: [one.mark for one in known if severity in one.severities]
        for severity in SEVERITIES
    }


def channel_called(mark: str, known: Sequence[Channel]) -> Channel:
    """The channel of a mark.

    Raises: UnknownName.
    """
    found = next((one for one in known if one.mark == mark), None)
    if found is None:
        marks = ", ".join(one.mark for one in known) or f"none: {VARIABLE} names none"
        raise UnknownName(f"no channel is called `{mark}`", found=mark[:60], expected=marks)
    return found


def send(channel: Channel, *, title: str, body: str, severity: AlertSeverity) -> bool:
    """Give a message to a channel; whether it took it.

    Raises: NoChannel where Apprise does not know such an address, or is not here.
    """
    try:
        # Takes half a second to import, and most runs tell nobody anything.
        from apprise import Apprise, NotifyFormat, NotifyType
    except ImportError as error:
        raise NoChannel("apprise is not here", next="pip install -r requirements.txt") from error
    kinds: Mapping[AlertSeverity, NotifyType] = {
        "critical": NotifyType.FAILURE,
        "warning": NotifyType.WARNING,
        "info": NotifyType.INFO,
    }
    sender = Apprise()
    if not sender.add(channel.address):
        raise NoChannel(
            "Apprise knows no such address",
            where=f"{VARIABLE}: {channel.mark}",
            next="see its list of services for how the address is written",
        )
    took = sender.notify(
        body=body, title=title, notify_type=kinds[severity], body_format=NotifyFormat.TEXT
    )
    return bool(took)


def _channel(number: int, word: str) -> Channel:
    entry = _ENTRY.fullmatch(word)
    named = (entry["severities"] or "").lower().split(",") if entry else []
    unknown = [name for name in filter(None, named) if name not in SEVERITIES]
    if entry is None or unknown:
        raise NoChannel(
            "a channel is declared in words nobody understands",
            where=f"{VARIABLE}, word {number}",
            expected=f"[{'|'.join(SEVERITIES)}=]KIND://...",
            found=f"severity {', '.join(unknown)}" if unknown else "no address",
        )
    address = entry["address"]
    mark = hashlib.sha256(address.encode()).hexdigest()[:6]
    severities = tuple(one for one in SEVERITIES if one in named) or tuple(SEVERITIES)
    return Channel(f"{address.split('://')[0].lower()}-{mark}", severities, address)
