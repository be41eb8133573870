"""Guarded: what somebody registered is asked for on the public internet alone, by every run.

An address may lead elsewhere by now than when it was added. To what lies inside the network it does
not lead the machine that refreshes, at no redirect either; a mirror may lie there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from refresh.extract import fetch
from refresh.extract.discover import browser
from refresh.extract.public_only import hosts_of, only_public
from refresh.walk import Walk


@contextmanager
def guarded(walk: Walk) -> Iterator[Walk]:
    """The same walk, by a client that asks nothing inside the network but the mirror."""
    if walk.client is None:
        yield walk
        return
    with (
        only_public(hosts_of(walk.mirror, os.environ.get("CARE_ATLAS_MIRROR"))),
        fetch.open_client(timeout=min(30, walk.patience.total)) as client,
    ):
        get = partial(fetch.open_page, client=client, patience=walk.patience)
        yield replace(walk, client=client, browse=browser(get, mirror=walk.mirror))
