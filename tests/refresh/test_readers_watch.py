"""The readers' watch: asked for, confirmed once, told once after each release, ended by one click.

The snapshots are those of the small England drawn by hand; mails go to a server on this machine.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from engine import Lake, open_lake
from engine.errors import LakeError
from engine.lake import Layout
from refresh.__main__ import main
from refresh.atlas.watch_digest import news
from refresh.atlas.watch_verbs import after_a_seal, send
from refresh.operate import lifecycle
from refresh.operate.mail import NoMail, settings
from refresh.operate.readers_watch import NotFollowed, read_link, use_link
from refresh.store.followers import Followers
from tests.engine.universe import ACHIEVED, INDICATOR, england
from tests.sinks import Sink, mail_server

NOW = datetime(2026, 11, 30, 9, 0)
DAY = timedelta(days=1)
QOF = {"qof"}
ANN, BOB = "ann@example.org", "bob@example.org"
PRACTICE, ICB = "practice:A00001", "icb:QAA"
LATER = "2022-23 | A00001        | COPD010        | 1         | 3           | 3    | 1"


def release(period: str, sha256: str) -> dict[str, Any]:
    return {
        "source": "qof",
        "name": "Quality and Outcomes Framework",
        "period": period,
        "sha256": sha256 * 64,
        "revision": 1,
        "published_on": None,
        "files": [],
        "demonstration": False,
    }


FIRST = [release("2021-22", "a")]
SECOND = [*FIRST, release("2022-23", "b")]
CORRECTED = [FIRST[0], release("2022-23", "c")]


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder with three: the first year, both, and a correction of the second; their ids."""
    data = tmp_path_factory.mktemp("watched")

    def achieved(numerator: int) -> str:
        new = f"2022-23 | A00001 | COPD010 | {numerator} | 100 | 3 | 1"
        return ACHIEVED.replace(LATER, new)

    def before(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if not line.startswith("2022-23"))

    only = {"percent_achieved": before(ACHIEVED), "indicator": before(INDICATOR)}
    lakes = [england(data, {"releases": FIRST}, **only)]
    lakes += [england(data, {"releases": SECOND}, percent_achieved=achieved(50))]
    lakes += [england(data, {"releases": CORRECTED}, percent_achieved=achieved(55))]
    return data, [lake.id for lake in lakes]


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with mail_server() as sink:
        monkeypatch.setenv("CARE_ATLAS_SMTP", f"smtp://127.0.0.1:{sink.port}")
        monkeypatch.setenv("CARE_ATLAS_MAIL_FROM", "Care Atlas <atlas@example.org>")
        yield sink


@pytest.fixture
def data(
    snapshots: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The first snapshot is live; nobody follows anything yet."""
    monkeypatch.setenv("CARE_ATLAS_WATCH", str(tmp_path / "watch.sqlite"))
    go_live(snapshots, 0)
    return snapshots[0]


def go_live(snapshots: tuple[Path, list[str]], at: int) -> None:
    data, ids = snapshots
    Layout(data).current.write_text(ids[at], encoding="utf-8")


def text_of(message: EmailMessage) -> str:
    return message.get_content().replace("\r\n", "\n")


def token(message: EmailMessage, at: int = 0) -> str:
    """The token of a link in a mail."""
    return re.findall(r"/watch/(\S+)", text_of(message))[at]


def ask(data: Path, address: str = ANN, topic: str = PRACTICE, *, now: datetime = NOW) -> None:
    lifecycle.follow_by_mail(data, address, topic, f"The {topic}", now=now)


def follow(data: Path, mail: Sink, address: str = ANN, topic: str = PRACTICE) -> None:
    """Ask, and confirm by the link that came."""
    ask(data, address, topic)
    assert use_link(data, token(mail.taken.pop()), now=NOW) is not None


# Asked and confirmed


def test_nothing_is_followed_before_the_link_is_used(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    ask(data)
    assert [message["To"] for message in mail.taken] == [ANN]
    go_live(snapshots, 1)
    assert send(data, of=QOF).sent == 0 and lifecycle.watch_counts(data) == {}
    use_link(data, token(mail.taken[0]), now=NOW)
    assert lifecycle.watch_counts(data) == {"practice": 1}


def test_what_is_not_confirmed_within_a_week_is_forgotten(data: Path, mail: Sink):
    ask(data)
    link = token(mail.taken[0])
    assert read_link(data, link, now=NOW + 7 * DAY) is not None
    assert use_link(data, link, now=NOW + 7 * DAY + timedelta(seconds=1)) is None
    assert ANN.encode() not in Layout(data).watch.read_bytes() or _people(data) == {}


def _people(data: Path) -> dict[str, str]:
    with closing(Followers(Layout(data).watch)) as followers:
        return followers.people()


@pytest.mark.parametrize("forged", ["", "c.x.y", "l.{key}.AAAA", "s.{key}.{signature}"])
def test_a_forged_link_does_nothing(data: Path, mail: Sink, forged: str):
    ask(data)
    _letter, key, signature = token(mail.taken[0]).split(".")
    assert use_link(data, forged.format(key=key, signature=signature), now=NOW) is None
    assert lifecycle.watch_counts(data) == {}


def test_somebody_who_follows_is_told_so_by_mail_and_nowhere_else(data: Path, mail: Sink):
    follow(data, mail)
    ask(data)
    assert mail.taken[0]["Subject"] == f"Care Atlas: You follow The {PRACTICE}"
    assert lifecycle.watch_counts(data) == {"practice": 1}


def test_an_address_is_written_to_three_times_a_day_at_most(data: Path, mail: Sink):
    for _ in range(5):
        ask(data)
    assert len(mail.taken) == 3
    ask(data, now=NOW + DAY)
    assert len(mail.taken) == 4


@pytest.mark.parametrize(
    "address",
    [
        *("ann", "ann@", "a b@c.org", "ann@localhost", "a@b.org,c@d.org", "a\0b@c.org"),
        # Words in code: a header would say `bob@c.org`, or another header altogether.
        *("=?utf-8?q?bob=40c.org=2c?=@d.org", "=?utf-8?q?a=0d=0abcc:bob?=@d.org"),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(data: Path, mail: Sink, address: str):
    with pytest.raises(NotFollowed) as refused:
        ask(data, address)
    assert address not in str(refused.value) and mail.taken == []


def test_a_name_in_code_says_no_header_of_its_own(data: Path, mail: Sink):
    """Names are a publisher's, who could have one say where a mail goes."""
    title = "Ward =?utf-8?q?a=0d=0aBcc:bob=40c.org?="
    lifecycle.follow_by_mail(data, ANN, PRACTICE, title, now=NOW)
    (message,) = mail.taken
    assert "Bcc" not in message and "Ward" in message["Subject"]


# Told


def test_one_digest_a_person_and_a_release(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    follow(data, mail, ANN, PRACTICE)
    follow(data, mail, ANN, ICB)
    follow(data, mail, BOB, PRACTICE)
    assert send(data, of=QOF).sent == 0  # what was there when they began is no news
    go_live(snapshots, 1)
    assert send(data, of=QOF).sent == 2 and send(data, of=QOF).sent == 0
    assert sorted(message["To"] for message in mail.taken) == [ANN, BOB]
    anns = next(text_of(message) for message in mail.taken if message["To"] == ANN)
    assert f"The {PRACTICE}\n" in anns and f"The {ICB}\n" in anns
    go_live(snapshots, 2)
    assert send(data, of=QOF).sent == 2 and len(mail.taken) == 4


def test_a_digest_says_what_is_new_what_moved_and_what_was_corrected(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    follow(data, mail)
    go_live(snapshots, 1)
    send(data, of=QOF)
    told = text_of(mail.taken[-1])
    assert "* Quality and Outcomes Framework: 2022-23\n" in told
    # 80 of 100 in 2021-22, 50 of 100 the year after.
    assert "1 fell beyond chance" in told and "80.0 % to 50.0 %, -30.0 points" in told
    go_live(snapshots, 2)
    send(data, of=QOF)
    told = text_of(mail.taken[-1])
    assert "2022-23 (issued again)" in told
    assert "was 50.0 % (50 of 100), is 55.0 % (55 of 100)" in told


def test_a_mail_server_that_was_down_is_asked_again_and_tells_each_once(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    follow(data, mail)
    go_live(snapshots, 1)
    mail.is_down = True
    assert send(data, of=QOF).waiting == 1
    mail.is_down = False
    assert send(data, of=QOF).sent == 1 and send(data, of=QOF).sent == 0
    assert len(mail.taken) == 1


def test_a_server_that_is_not_there_stops_no_load(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
):
    follow(data, mail)
    go_live(snapshots, 1)
    address = f"smtp://127.0.0.1:{mail.port}"
    monkeypatch.setenv("CARE_ATLAS_SMTP", "smtp://127.0.0.1:1")
    after_a_seal(data, of=QOF)
    with pytest.raises(NoMail):
        send(data, of=QOF)
    monkeypatch.setenv("CARE_ATLAS_SMTP", address)
    after_a_seal(data, of=QOF)
    assert len(mail.taken) == 1


def test_two_who_send_at_once_send_once(data: Path, mail: Sink, snapshots: tuple[Path, list[str]]):
    follow(data, mail)
    go_live(snapshots, 1)
    with closing(Followers(Layout(data).watch)) as followers:
        (person,) = followers.people()
        live = open_lake(data).id
        began = datetime.now() - timedelta(seconds=1)
        assert followers.claim(person, live, now=datetime.now() + DAY, died_before=began)
    assert send(data, of=QOF).sent == 0 and mail.taken == []


# Ended


def test_one_click_ends_it_as_a_mail_program_does_it(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    follow(data, mail)
    follow(data, mail, ANN, ICB)
    go_live(snapshots, 1)
    send(data, of=QOF)
    (message,) = mail.taken
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert use_link(data, link, now=NOW) is not None
    go_live(snapshots, 2)
    assert send(data, of=QOF).sent == 0
    assert use_link(data, link, now=NOW) is None  # there is nobody any more


def test_one_thing_is_ended_and_the_other_goes_on(
    data: Path, mail: Sink, snapshots: tuple[Path, list[str]]
):
    follow(data, mail)
    follow(data, mail, ANN, ICB)
    go_live(snapshots, 1)
    send(data, of=QOF)
    stop = next(t for t in re.findall(r"/watch/(s\S+)", text_of(mail.taken[0])))
    use_link(data, stop, now=NOW)
    assert sum(lifecycle.watch_counts(data).values()) == 1
    go_live(snapshots, 2)
    assert send(data, of=QOF).sent == 1


def test_who_is_forgotten_is_gone_and_in_no_ledger(data: Path, mail: Sink, capsys: Any):
    follow(data, mail)
    with closing(Followers(Layout(data).watch)) as followers:
        assert len(followers.people()) == 1
    assert main(["watch", "--forget", ANN.upper(), "--data", str(data)]) == 0
    assert main(["watch", "--forget", ANN, "--data", str(data)]) == 1
    assert _people(data) == {}
    assert all(ANN.encode() not in path.read_bytes() for path in data.rglob("*.sqlite*"))
    assert ANN not in capsys.readouterr().out


# What is told of two snapshots, and what is not


def test_without_a_new_release_there_is_nothing_to_tell(snapshots: tuple[Path, list[str]]):
    data, ids = snapshots
    live = open_lake(data, snapshot=ids[1])
    known = {f"{r['source']} {r['period']}": r["sha256"] for r in SECOND}
    assert news(live, known, live, of=QOF) is None
    assert news(None, {}, live, of={"another"}) is None


def test_a_broken_series_is_named_and_nothing_is_told_across_it(tmp_path: Path):
    broken = INDICATOR.replace(
        "year    | indicator_code | kind      | group_code | points_max",
        "year    | indicator_code | kind      | group_code | points_max | breaks_series",
    )
    broken = "\n".join(
        f"{line} | {'true' if line.startswith('2022-23 | COPD010') else ''}"
        if line[:2] == "20"
        else line
        for line in broken.splitlines()
    )
    live: Lake = england(tmp_path, {"releases": SECOND}, indicator=broken)
    told = news(None, {"qof 2021-22": "a" * 64}, live, of=QOF)
    assert told is not None
    assert "* COPD010: no reason is published" in told.lines
    assert not any("COPD010" in line for line in told.of(PRACTICE))
    # Issued again, its correction is told: that no change is would not be true.
    new = ACHIEVED.replace(LATER, "2022-23 | A00001 | COPD010 | 55 | 100 | 3 | 1")
    again = england(tmp_path, {"releases": CORRECTED}, indicator=broken, percent_achieved=new)
    corrected = news(live, {"qof 2021-22": "a" * 64, "qof 2022-23": "b" * 64}, again, of=QOF)
    assert corrected is not None and not any("COPD010" in line for line in corrected.lines)
    assert any("is 55.0 % (55 of 100)" in line for line in corrected.of(PRACTICE))


# The server's settings


def test_a_password_is_in_nothing_that_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_MAIL_FROM", "a@example.org")
    monkeypatch.setenv("CARE_ATLAS_SMTP", "smtp://ann:s3cret@mail.example:2525")
    assert "s3cret" not in repr(settings()) and settings().password == "s3cret"
    monkeypatch.setenv("CARE_ATLAS_SMTP", "http://ann:s3cret@mail.example")
    with pytest.raises(LakeError) as refused:
        settings()
    assert "s3cret" not in str(refused.value)
    monkeypatch.delenv("CARE_ATLAS_SMTP")
    assert not lifecycle.can_mail()
