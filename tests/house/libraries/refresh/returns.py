"""The council's monthly return: where it is announced, and what its files are called."""

import re

from engine.libraries.tables import OWNER

from engine.period import Calendar
from refresh.source import Link, Part, Source

_FILE = r"^library_returns_(?P<year>20\d\d)_(?P<month>0[1-9]|1[0-2])\.csv$"


def period(name: re.Match[str], _link: Link) -> str:
    """`2026-05` from the file's name."""
    return f"{name['year']}-{name['month']}"


SOURCE = Source(
    code="library_returns",
    name="Library returns",
    publisher="The council",
    pages=("https://libraries.example.org/returns",),
    files=(_FILE,),
    parts=(
        Part("library_return", members=(_FILE,), required=True),
        Part("library", members=(_FILE,), required=True),
    ),
    period=period,
    calendar=Calendar("month", after_days=30, grace_days=30),
    owner=OWNER,
    purpose="What is lent, and what it costs.",
)
