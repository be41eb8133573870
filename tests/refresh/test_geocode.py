"""Geocode: postcodes become places, nobody is asked more than is polite, and England is England."""

import asyncio
import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import polars as pl
import pytest
from geopy.geocoders import Nominatim
from polars.testing import assert_frame_equal

from engine.errors import ContractBroken, PublisherUnreachable
from refresh.extract.geocode import (
    LOCATION,
    from_directory,
    from_nominatim,
    from_postcodes_io,
    inside_england,
    tidy_postcode,
)
from refresh.extract.patience import Patience
from tests.refresh.files import REAL, needs_real
from tests.refresh.publisher import Publisher, Reply, hang, html, status

AT_ONCE = Patience(attempts=3, first=0, longest=0)
TODAY = re.compile(r"asked 20\d\d-\d\d-\d\d")
LIVE = {"TS18 1HU": (-1.318, 54.561), "M1 1AE": (-2.23, 53.48)}
ENDED = {"N1 8JG": (-0.09, 51.53)}


def place(at: tuple[float, float]) -> dict[str, float]:
    return {"longitude": at[0], "latitude": at[1]}


def postcodes_io(method: str, path: str, body: bytes) -> Reply:
    """What postcodes.io answers, for the few postcodes above."""
    if method == "POST":
        result = [
            {"query": p, "result": place(LIVE[p]) if p in LIVE else None}
            for p in json.loads(body)["postcodes"]
        ]
    else:
        gone = path.rpartition("/")[2]
        if gone not in ENDED:
            return Reply(404, b'{"status": 404, "error": "Terminated postcode not found"}')
        result = place(ENDED[gone])
    return Reply(body=json.dumps({"status": 200, "result": result}).encode())


@pytest.fixture
def service(tmp_path):
    with Publisher(tmp_path) as publisher:
        publisher.answer("postcodes", postcodes_io)
        yield publisher


def ask(service: Publisher, postcodes: list[str], timeout: float = 2) -> pl.DataFrame:
    async def asking() -> pl.DataFrame:
        async with httpx.AsyncClient(timeout=timeout) as client:
            return await from_postcodes_io(
                postcodes, client=client, base=service.url, patience=AT_ONCE
            )

    return asyncio.run(asking())


# Postcodes


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("ts18 1hu", "TS18 1HU"),
        (" M11AE ", "M1 1AE"),
        ("SW1A-1AA", "SW1A 1AA"),
        ("EC1Y  8SY", "EC1Y 8SY"),
        ("B338TH", "B33 8TH"),
        ("", None),
        ("NA", None),
        ("12345", None),
        ("TS18 1H", None),
        (None, None),
    ],
)
def test_a_postcode_is_tidied_or_it_is_none(written, tidy):
    assert pl.select(tidy_postcode(pl.lit(written, pl.String))).item() == tidy


# A directory


def test_a_directory_places_what_is_wanted_of_it():
    frame = pl.DataFrame(
        {
            "PCD": ["TS181HU", "M1  1AE", "ZZ1 1ZZ", "GY1 1AA"],
            "PCDS": ["TS18 1HU", "M1 1AE", "ZZ1 1ZZ", "GY1 1AA"],
            "LAT": ["54.561", "53.48", "51.0", "99.999999"],
            "LONG": ["-1.318", "-2.23", "0.1", "0.000000"],
        }
    )
    wanted = pl.Series(["m11ae", "TS18 1HU", "TS18 1HU", "GY1 1AA", "AB1 2CD", "?", None])
    expected = pl.DataFrame(
        {
            "postcode": ["M1 1AE", "TS18 1HU"],
            "longitude": [-2.23, -1.318],
            "latitude": [53.48, 54.561],
            "method": ["postcode_directory"] * 2,
            "vintage": ["2026-02"] * 2,
        },
        schema=LOCATION,
    )
    assert_frame_equal(from_directory(frame, wanted, "2026-02"), expected)


def test_points_placed_already_are_read_by_their_own_names():
    frame = pl.DataFrame(
        {
            "postcode": ["TS18 1HU"] * 3,
            "lat": [54.56, 54.57, -35.4],
            "lon": [-1.31, -1.32, 149.0],
        }
    )
    result = from_directory(frame, pl.Series(["TS18 1HU"]), "x", method="ready")
    assert result.row(0) == ("TS18 1HU", -1.31, 54.56, "ready", "x")


def test_a_directory_without_its_columns_is_named_with_those_it_has():
    with pytest.raises(ContractBroken, match="LONG or LON or LONGITUDE\n.*pcds, lat"):
        from_directory(pl.DataFrame({"pcds": ["x"], "lat": ["1"]}), pl.Series(["x"]), "2026")


# postcodes.io


def test_live_ended_and_unknown_postcodes_each_get_their_row(service):
    result = ask(service, ["M1 1AE", "ZZ1 1ZZ", "N1 8JG", "TS18 1HU", "M1 1AE"])
    assert result.schema == pl.Schema(LOCATION)
    assert result.select("postcode", "longitude", "latitude").rows() == [
        ("M1 1AE", -2.23, 53.48),
        ("ZZ1 1ZZ", None, None),
        ("N1 8JG", -0.09, 51.53),
        ("TS18 1HU", -1.318, 54.561),
    ]
    assert set(result["method"]) == {"postcodes_io"}
    assert all(TODAY.fullmatch(vintage) for vintage in result["vintage"])


def test_a_hundred_are_asked_at_a_time(service, monkeypatch):
    many = {f"M{n // 10} {n % 10}AA": (0.0, 52.0) for n in range(10, 260)}
    monkeypatch.setattr("tests.refresh.test_geocode.LIVE", many)
    assert ask(service, list(many)).height == 250
    assert [asked.method for asked in service.requests] == ["POST"] * 3


def test_nothing_to_ask_is_not_asked(service):
    assert ask(service, []).is_empty()
    assert service.requests == []


@pytest.mark.parametrize("step", [status(500), status(429), html()])
def test_a_passing_trouble_of_the_service_is_waited_out(service, step):
    service.fault("postcodes", step, step)
    assert ask(service, ["M1 1AE"])["latitude"].to_list() == [53.48]


@pytest.mark.parametrize(
    ("step", "found"),
    [(status(503), "503"), (status(403), "403"), (status(404), "404"), (hang(), "Timeout")],
)
def test_a_service_that_does_not_answer_is_named(service, step, found):
    service.fault("postcodes", *[step] * 3)
    with pytest.raises(PublisherUnreachable, match=rf"{service.url}/postcodes.*\n.*\n.*{found}"):
        ask(service, ["M1 1AE"], timeout=0.1)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"result": [1]}', b'{"result": [{"query": "M1 1AE", "result": 7}]}', b"[]"]
)
def test_an_answer_of_another_shape_is_no_place(tmp_path, body):
    with Publisher(tmp_path) as service:
        service.answer("postcodes", lambda *_: Reply(body=body))
        with pytest.raises(PublisherUnreachable, match="not what it was"):
            ask(service, ["M1 1AE"])


# Nominatim


def nominatim(method: str, path: str, body: bytes) -> Reply:
    [postcode] = parse_qs(urlsplit(path).query)["postalcode"]
    found = [{"lat": "53.48", "lon": "-2.23", "display_name": "x"}] if postcode in LIVE else []
    return Reply(body=json.dumps(found).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def osm(tmp_path):
    with Publisher(tmp_path) as publisher:
        publisher.answer("search", nominatim)
        yield publisher


def geocoder(publisher: Publisher) -> Nominatim:
    domain = publisher.url.removeprefix("http://")
    return Nominatim(user_agent="CareAtlas/test", domain=domain, scheme="http", timeout=2)


def test_the_last_few_are_asked_one_by_one_and_by_name(osm):
    result = from_nominatim(["M1 1AE", "ZZ1 1ZZ"], geocoder=geocoder(osm), pause=0)
    assert result.rows() == [
        ("M1 1AE", -2.23, 53.48, "nominatim", "OpenStreetMap"),
        ("ZZ1 1ZZ", None, None, "nominatim", "OpenStreetMap"),
    ]
    assert {asked.headers["User-Agent"] for asked in osm.requests} == {"CareAtlas/test"}
    assert all("countrycodes=gb" in asked.path for asked in osm.requests)


def test_only_so_many_are_asked_of_nominatim(osm):
    asked = [f"M1 {n}AA" for n in range(9)]
    assert from_nominatim(asked, geocoder=geocoder(osm), at_most=4, pause=0).height == 4
    assert len(osm.requests) == 4


def test_two_calls_to_nominatim_are_a_pause_apart(osm):
    start = time.monotonic()
    from_nominatim(["M1 1AE", "TS18 1HU"], geocoder=geocoder(osm), pause=0.1)
    assert time.monotonic() - start >= 0.1


def test_a_nominatim_that_turns_us_away_is_named(osm):
    osm.fault("search", *[status(403)] * 3)
    with pytest.raises(PublisherUnreachable, match="127.0.0.1.*\n.*\n.*403"):
        from_nominatim(["M1 1AE"], geocoder=geocoder(osm), pause=0)


# England


def inside(longitude: float | None, latitude: float | None) -> bool:
    frame = pl.DataFrame({"x": [longitude], "y": [latitude]}, schema={"x": float, "y": float})
    return frame.select(inside_england("x", "y")).item()


@pytest.mark.parametrize(
    ("name", "longitude", "latitude"),
    [
        ("St Mary's, Scilly", -6.31, 49.91),
        ("St Just", -5.68, 50.12),
        ("The Lizard", -5.20, 49.97),
        ("Ventnor, Isle of Wight", -1.21, 50.59),
        ("Dover", 1.31, 51.13),
        ("Margate", 1.39, 51.39),
        ("Lowestoft", 1.75, 52.48),
        ("Cromer", 1.30, 52.93),
        ("Holy Island", -1.80, 55.67),
        ("Berwick-upon-Tweed", -2.00, 55.77),
        ("Carlisle", -2.94, 54.89),
        ("Whitehaven", -3.59, 54.55),
        ("Barrow-in-Furness", -3.23, 54.11),
        ("Hoylake", -3.18, 53.39),
        ("Chester", -2.89, 53.19),
        ("Oswestry", -3.05, 52.86),
        ("Bishop's Castle", -3.00, 52.49),
        ("Kington", -3.03, 52.20),
        ("Coleford", -2.62, 51.79),
        ("Portishead", -2.77, 51.48),
        ("Minehead", -3.47, 51.20),
        ("Hartland", -4.48, 50.99),
    ],
)
def test_what_is_england_is_inside(name, longitude, latitude):
    assert inside(longitude, latitude)


@pytest.mark.parametrize(
    ("name", "longitude", "latitude"),
    [
        ("Cardiff", -3.18, 51.48),
        ("Newport", -2.99, 51.58),
        ("Barry", -3.27, 51.40),
        ("Swansea", -3.94, 51.62),
        ("Abergavenny", -3.02, 51.82),
        ("Brecon", -3.39, 51.95),
        ("Newtown, Powys", -3.31, 52.51),
        ("Welshpool", -3.15, 52.66),
        ("Llangollen", -3.17, 52.97),
        ("Wrexham", -2.99, 53.05),
        ("Mold", -3.14, 53.17),
        ("Rhyl", -3.49, 53.32),
        ("Edinburgh", -3.19, 55.95),
        ("Kelso", -2.43, 55.60),
        ("Jedburgh", -2.55, 55.48),
        ("Dumfries", -3.61, 55.07),
        ("Douglas, Isle of Man", -4.48, 54.15),
        ("Dublin", -6.26, 53.35),
        ("Belfast", -5.93, 54.60),
        ("St Peter Port, Guernsey", -2.54, 49.46),
        ("Calais", 1.85, 50.95),
        ("Connecticut", -72.72, 41.70),
        ("Delaware", -75.97, 39.57),
        ("India", 80.98, 16.87),
        ("nowhere at all", 0.0, 0.0),
        ("longitude and latitude swapped", 51.5, -0.1),
    ],
)
def test_what_is_not_england_is_outside(name, longitude, latitude):
    assert not inside(longitude, latitude)


@pytest.mark.parametrize(("longitude", "latitude"), [(None, 52.0), (-1.0, None), (None, None)])
def test_what_has_no_place_is_not_inside(longitude, latitude):
    assert inside(longitude, latitude) is False


@needs_real
def test_of_all_english_practices_only_those_placed_abroad_are_outside():
    folder = REAL / "qof" / "parquet-copies"
    english = pl.read_parquet(folder / "structures_2022_2023.parquet")["PRACTICE_CODE"]
    placed = pl.read_parquet(folder / "practice_location_info.parquet")
    points = placed.filter(pl.col("practice_code").is_in(english.implode()))
    outside = points.filter(~inside_england("long", "lat"))
    assert points["practice_code"].n_unique() == english.len() == 6_378
    assert sorted(outside["postcode"]) == [
        "BS5 7PH",  # Utah
        "N1 8JG",  # Adelaide
        "NE37 2PU",  # North Carolina
        "NE37 2PU",  # Massachusetts
        "OL8 2QD",  # North Carolina
        "TA3 6NQ",  # Canberra
    ]


@needs_real
def test_nearly_all_welsh_practices_are_outside():
    placed = pl.read_parquet(REAL / "qof/parquet-copies/practice_location_info.parquet")
    welsh = placed.filter(pl.col("practice_code").str.starts_with("W"))
    within = welsh.filter(inside_england("long", "lat"))
    assert welsh.height > 700
    assert within.height <= 10
