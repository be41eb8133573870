"""Where the app is reached from outside: what mails, messages and agents link to."""

import os

FRONT = "http://127.0.0.1:8000/"


def front() -> str:
    """The address of the app's front page, with a slash at its end: CARE_ATLAS_ADDRESS."""
    return (os.environ.get("CARE_ATLAS_ADDRESS") or FRONT).rstrip("/") + "/"
