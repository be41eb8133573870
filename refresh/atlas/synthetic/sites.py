"""Where the invented practices stand, and what their surroundings make of them.

Pure: from the towns and a seed to one row a site's practice, with its place on the map, its address
and the leanings (older, poorer, better run) that everything said about it later is drawn from.
"""

import numpy as np
import polars as pl

from refresh.atlas.synthetic import names, places
from refresh.atlas.synthetic.dice import dice

_KM_PER_DEGREE = 111.2
_SHARING = 0.085  # that share stands at another's address: about 15 % then share a postcode
_COMPASS = {
    "": (0.0, 0.0),
    **{"N": (0.0, 1.0), "E": (1.0, 0.0), "S": (0.0, -1.0), "W": (-1.0, 0.0)},
    **{"NE": (0.7, 0.7), "SE": (0.7, -0.7), "SW": (-0.7, -0.7), "NW": (-0.7, 0.7)},
}
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_DISTRICTS = 30


def invent_sites(seed: int, sub_icb_codes: list[str], *, of: str = "practices") -> pl.DataFrame:
    """Place a practice in each of the sub-ICBs named, in that order.

    Takes:  sub-ICB codes, one a practice; towns are drawn by the people they serve. `of` says whose
            sites these are, so that others' are drawn apart.
    Gives:  one row a practice, same order: name, sub_icb_code, ccg_code (its CCG of 2019-20), town,
            street, postcode, latitude, longitude (degrees; equal where a postcode is shared) and
            older, poorer, quality, caution (leanings, in standard deviations).
    """
    rng = dice(seed, "sites", of)
    towns = places.towns()
    town = _draw_towns(rng, towns, sub_icb_codes)
    sites = _scatter(rng, towns[town].with_columns(town_number=pl.Series(town)))
    sites = _share_addresses(rng, sites)
    n = sites.height
    return sites.with_columns(
        name=names.practice_names(rng, sites["town"]),
        quality=pl.Series(rng.standard_normal(n)),
        caution=pl.Series(rng.standard_normal(n)),
    ).select(
        *("name", pl.col("sub_icb").alias("sub_icb_code"), pl.col("ccg").alias("ccg_code")),
        *("town", "street", "postcode", "latitude", "longitude"),
        *("older", "poorer", "quality", "caution"),
    )


def _draw_towns(
    rng: np.random.Generator, towns: pl.DataFrame, sub_icb_codes: list[str]
) -> np.ndarray:
    """Row numbers of `towns`, one for each code."""
    codes = np.array(sub_icb_codes)
    of_town = towns["sub_icb"].to_numpy()
    # Villages have more practices, and smaller ones, than their patients alone would give them.
    people = towns["people"].to_numpy() * np.where(towns["halo"] > 0, 1.3, 1.0)
    drawn = np.empty(len(codes), dtype=np.int64)
    for code in np.unique(codes):
        here, wanted = np.flatnonzero(of_town == code), np.flatnonzero(codes == code)
        drawn[wanted] = rng.choice(here, wanted.size, p=people[here] / people[here].sum())
    return drawn


def _scatter(rng: np.random.Generator, at: pl.DataFrame) -> pl.DataFrame:
    """Give each row a place in its town's streets, or in the villages around it."""
    n = at.height
    reach_km = 0.28 * np.sqrt(at["people"].to_numpy())
    halo_km = at["halo"].to_numpy()
    in_village = (halo_km > 0) & (rng.random(n) < 0.5)
    furthest = np.where(in_village, np.maximum(halo_km, reach_km), reach_km)
    km = furthest * rng.random(n) ** np.where(in_village, 0.5, 0.65)
    bearing = 2 * np.pi * rng.random(n)
    east, north = km * np.sin(bearing), km * np.cos(bearing)
    away = np.array([_COMPASS[point] for point in at["shun"].to_list()])
    # What falls beyond the shore is mirrored back onto the land.
    beyond = np.maximum(east * away[:, 0] + north * away[:, 1], 0)
    east, north = east - 2 * beyond * away[:, 0], north - 2 * beyond * away[:, 1]
    latitude = at["lat"].to_numpy() + north / _KM_PER_DEGREE
    longitude = at["lon"].to_numpy() + east / (_KM_PER_DEGREE * np.cos(np.radians(latitude)))
    inner = np.where(in_village, -0.5, 0.5 - km / reach_km)
    return at.with_columns(
        latitude=pl.Series(latitude.round(6)),
        longitude=pl.Series(longitude.round(6)),
        older=pl.col("older") + pl.Series(0.45 * rng.standard_normal(n) - 0.3 * inner),
        poorer=pl.col("poorer") + pl.Series(0.5 * rng.standard_normal(n) + 0.5 * inner),
    )


def _share_addresses(rng: np.random.Generator, sites: pl.DataFrame) -> pl.DataFrame:
    """Let some practices stand where the one before them in their town stands."""
    n = sites.height
    place = ["latitude", "longitude", "street", "postcode"]
    own = pl.Series("own", rng.random(n) >= _SHARING)
    return (
        sites.with_columns(
            own,
            street=names.street_addresses(rng, n),
            postcode=_postcodes(rng, sites["area"]),
        )
        .with_columns(site=pl.max_horizontal(pl.col("own").cum_sum().over("town_number"), 1))
        .with_columns(pl.col(place).first().over("town_number", "site"))
    )


def _postcodes(rng: np.random.Generator, areas: pl.Series) -> pl.Series:
    """A postcode in each area, no two alike: a number that never repeats, spelt as a postcode."""
    per_district = 10 * len(_INWARD) ** 2
    start = int(rng.integers(_DISTRICTS * per_district))
    nth = pl.DataFrame({"area": areas}).select(pl.int_range(pl.len()).over("area")).to_series()
    # 48,271 shares no factor with the number of postcodes, so the walk visits each once.
    number = (nth * 48_271 + start) % (_DISTRICTS * per_district)
    letters = pl.Series(list(_INWARD))
    return pl.select(
        pl.format(
            "{}{} {}{}{}",
            areas,
            number // per_district + 1,
            number % 10,
            letters.gather(number // 10 % len(_INWARD)),
            letters.gather(number // (10 * len(_INWARD)) % len(_INWARD)),
        )
    ).to_series()
