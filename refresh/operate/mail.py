"""Mail: a message to somebody by the mail server that the environment names.

CARE_ATLAS_SMTP is its address: `smtp://USER:PASSWORD@HOST:587`, or `smtps://` where the connection
itself is encrypted; CARE_ATLAS_MAIL_FROM is who writes. Without both nothing is sent. No address
of a reader stands in what is raised or logged here.
"""

import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from engine.errors import LakeError

SERVER, SENDER = "CARE_ATLAS_SMTP", "CARE_ATLAS_MAIL_FROM"
SECONDS = 20
_HERE = ("127.0.0.1", "::1", "localhost")

Send = Callable[[EmailMessage], bool]
"""Gives a message to the server; whether it took it."""


class NoMail(LakeError):
    """There is no mail server, or it does not answer."""


@dataclass(frozen=True)
class Settings:
    """A mail server, and who writes."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    is_encrypted: bool = False

    def __repr__(self) -> str:
        return f"Settings({self.host}:{self.port})"


def settings() -> Settings | None:
    """What the environment says; None where it names no server or nobody who writes.

    Raises: NoMail for an address that is none; it repeats no password.
    """
    address, sender = os.environ.get(SERVER, ""), os.environ.get(SENDER, "")
    if not address or not sender:
        return None
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise NoMail("the mail server's address is none", where=SERVER, expected="smtp://HOST:PORT")
    is_encrypted = parts.scheme == "smtps"
    return Settings(
        host,
        port or (465 if is_encrypted else 587),
        sender,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        is_encrypted,
    )


@contextmanager
def mailing() -> Iterator[Send]:
    """One connection for several messages.

    Raises: NoMail where there is no server, or it does not answer, or would have the password
            without encryption.
    """
    known = settings()
    if known is None:
        raise NoMail("no mail server is named", expected=f"{SERVER} and {SENDER}")
    try:
        server = _opened(known)
    except (OSError, smtplib.SMTPException) as error:
        raise _broken(known, error) from None

    def send(message: EmailMessage) -> bool:
        message["From"] = known.sender
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain=known.sender.rpartition("@")[2].strip("<> "))
        try:
            server.send_message(message)
            return True
        except smtplib.SMTPServerDisconnected as error:
            raise _broken(known, error) from None
        # What is said of one message is said of that one: the others may go.
        except (OSError, smtplib.SMTPException):
            return False

    try:
        yield send
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _opened(known: Settings) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if known.is_encrypted:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            known.host, known.port, timeout=SECONDS, context=secure
        )
    else:
        server = smtplib.SMTP(known.host, known.port, timeout=SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=secure)
        elif known.password and known.host not in _HERE:
            server.close()
            raise NoMail(
                "the mail server takes no encryption: the password is not sent to it",
                where=f"{known.host}:{known.port}",
                next="ask for one that does, or for its smtps:// address",
            )
    if known.user:
        server.login(known.user, known.password)
    return server


def _broken(known: Settings, error: Exception) -> NoMail:
    # Not the error's own words: a server quotes whom it was to write to.
    return NoMail(
        "the mail server does not take messages",
        where=f"{known.host}:{known.port}",
        found=type(error).__name__,
        next="it is tried again the next time",
    )
