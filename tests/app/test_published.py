"""Processes of the app on one lake on object storage, while another snapshot is published."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

import httpx
import polars as pl
import psutil
import pytest

from engine import Lake
from refresh.operate.publishing import publish
from tests.app.serving import PATIENCE, listens, started
from tests.app.waiting import until
from tests.conftest import sealed
from tests.refresh import s3
from tests.refresh.test_publishing import DBA


@contextmanager
def serving(address: str, copies: Path) -> Iterator[tuple[str, Popen[str]]]:
    """The app as an operator starts it for a lake on object storage: address and process."""
    said = {"CARE_ATLAS_DATA": address, "CARE_ATLAS_COPY": str(copies)}
    said |= {"CARE_ATLAS_LOOK_SECONDS": "0.2", "CARE_ATLAS_API_RATE": "0"}
    asked = ("uvicorn", "--no-access-log", "--port", "0", "app.main:app")
    with started(*asked, env=said) as server:
        yield listens(server), server.process


def snapshot(at: str) -> str | None:
    return httpx.get(f"{at}/healthz/ready").json().get("snapshot")


def seal(folder: Path, *names: str) -> Lake:
    frame = pl.DataFrame({"practice_code": names, "practice_name": [f"of {n}" for n in names]})
    return sealed(folder, practice=frame)


def test_two_machines_take_up_a_snapshot_while_they_serve_and_lose_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = tmp_path / "data"
    with s3.serving() as store, ExitStack() as stack:
        for name, value in (s3.KEYS | {"AWS_ENDPOINT_URL": store}).items():
            monkeypatch.setenv(name, value)
        address = f"s3://{s3.bucket(store)}/lake"
        one, two = (
            stack.enter_context(serving(address, tmp_path / name)) for name in ("one", "two")
        )
        every = [one[0], two[0]]
        assert [httpx.get(f"{at}/healthz/ready").status_code for at in every] == [503] * 2
        assert {httpx.get(f"{at}/healthz/live").status_code for at in every} == {200}
        first = seal(data, "A1")
        publish(data, address, by=DBA)
        until(lambda: [snapshot(at) for at in every] == [first.id] * 2)

        statuses: list[int] = []
        second = seal(data, "A1", "B2")
        publish(data, address, by=DBA)

        def both_have_it() -> bool:
            answers = [httpx.get(f"{at}{path}") for at in every for path in ("/about", "/metrics")]
            statuses.extend(answer.status_code for answer in answers)
            return [snapshot(at) for at in every] == [second.id] * 2

        until(both_have_it)
        assert set(statuses) == {200}
        said = httpx.get(f"{every[0]}/healthz").json()["copy"]
        assert said["ok"] and said["checked_at"] and address not in json.dumps(said)
        assert "care_atlas_copy_failing 0.0" in httpx.get(f"{every[0]}/metrics").text

        # Killed, a server leaves nobody behind who goes on bringing.
        [child] = psutil.Process(one[1].pid).children()
        one[1].kill()
        child.wait(timeout=PATIENCE)
