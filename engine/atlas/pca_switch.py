"""The PCA switch: the same organisations with patients left out and with nobody left out.

Net achievement leaves out patients with a personalised care adjustment (PCA); patients receiving
the intervention (PRI) counts them. How far a place depends on PCAs is the distance between the two.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from engine.atlas.ask import Question, answer
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.standing import compared, percentile
from engine.bands import Bands
from engine.lake import Lake


def pca_switch(
    lake: Lake, question: Question, *, edges: Sequence[float] | None = None
) -> pl.LazyFrame:
    """Every organisation of the answer under both measures, and how far it moves.

    Takes:  a question; its measure plays no part. Ranks are among the organisations of its area.
            Inner edges in percent, where both shares are to be cut alike; else each is cut by the
            question's bands, whose fifths are those of its own measure.
    Gives:  one row an organisation, by code: `organisation_code`, `organisation_name`,
            `numerator`, `denominator`, `pcas` (null: none recorded), `net`, `pri` (percent) and
            `moves` (pri - net, in percentage points, 0 or less); `net_rank`, `pri_rank` (1 is
            the highest share; equal shares have equal ranks), `net_percentile`, `pri_percentile`
            and `percentile_moves`; `net_band`, `pri_band`, `band_changes` (never null). Ranks and
            percentiles are null where the share cannot be compared (under ten eligible).
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    bands = Bands.parse(question.bands) if edges is None else Bands("given", tuple(edges))
    # One answer for both: PRI is worked out of the same counts, so that nobody is in one alone.
    rows = answer(lake, replace(question, measure="net"))
    # None recorded is none: PRI asks of everybody who could have had the care.
    whole = pl.col("denominator") + pl.col("pcas").fill_null(0)
    return (
        rows.select(
            "organisation_code",
            "organisation_name",
            "numerator",
            "denominator",
            "pcas",
            net="value",
            pri=pl.col("numerator") * 100 / pl.when(whole > 0).then(whole),
        )
        .with_columns(
            net_band=bands.of("net", "net"),
            moves=pl.col("pri") - pl.col("net"),
            pri_band=bands.of("pri", "pri"),
            **_places("net"),
            **_places("pri"),
        )
        .with_columns(
            percentile_moves=pl.col("pri_percentile") - pl.col("net_percentile"),
            band_changes=(pl.col("net_band") != pl.col("pri_band")).fill_null(False),
        )
    )


def _places(name: str) -> dict[str, pl.Expr]:
    value = pl.when(compared(MEASURES["net"])).then(name)
    return {
        f"{name}_rank": value.rank("min", descending=True).cast(pl.Int64),
        f"{name}_percentile": percentile(value),
    }
