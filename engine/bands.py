"""Bands of achievement: where the edges are, and which band a value falls in.

A band includes its lower edge and not its upper one; the top band has no upper edge, so 100 % is
in it. A value that is null (nobody eligible, or nothing reported) is in no band.
"""

from dataclasses import dataclass

import polars as pl

from engine.errors import UnknownName

PRESETS: dict[str, tuple[float, ...]] = {
    "brief": (20, 40, 60),
    "five": (20, 40, 60, 80),
}
LABELS = {
    "brief": "Under 20, 20-40, 40-60, over 60",
    "five": "Five equal bands",
    "quintiles": "Fifths of what is shown",
}
MOST_EDGES = 9
RULE = f"1 to {MOST_EDGES} rising numbers between 0 and 100, such as 50,75,90"
MOST_DECIMALS = 3


@dataclass(frozen=True)
class Bands:
    """Where values are cut: fixed edges in percent, or None for the quintiles of the values.

    >>> [Bands.parse(text).edges for text in ("brief", "custom:70,80.5", "quintiles")]
    [(20, 40, 60), (70.0, 80.5), None]
    """

    name: str
    edges: tuple[float, ...] | None

    @classmethod
    def parse(cls, text: str) -> "Bands":
        """`brief`, `five`, `quintiles` or `custom:` and rising edges from 0 to 100.

        Raises: UnknownName for anything else, saying what there is.
        """
        if text in PRESETS:
            return cls(text, PRESETS[text])
        if text == "quintiles":
            return cls(text, None)
        if text.startswith("custom:"):
            return cls(text, _custom(text.removeprefix("custom:")))
        raise UnknownName(
            f"no bands are called `{text}`",
            expected="brief, five, quintiles or custom:10,50,90",
            found=text,
        )

    @property
    def count(self) -> int:
        return 5 if self.edges is None else len(self.edges) + 1

    def cuts(self, values: str = "value") -> list[pl.Expr]:
        """The inner edges as expressions: literals, or quantiles of the column `values`."""
        if self.edges is None:
            return [pl.col(values).quantile(q / 5, "linear") for q in range(1, 5)]
        return [pl.lit(float(edge)) for edge in self.edges]

    def of(self, column: str, values: str = "value") -> pl.Expr:
        """The band of each value of `column`: 0 is the lowest; null for a null.

        >>> pl.DataFrame({"value": [19.9, 20, 100, None]}).select(
        ...     Bands.parse("five").of("value").alias("band")).to_series().to_list()
        [0, 1, 4, None]
        """
        above = [(pl.col(column) >= cut).cast(pl.UInt8) for cut in self.cuts(values)]
        # Counted and not cut: edges may be quantiles of the rows, which are known only when it is
        # read.
        return pl.sum_horizontal(above, ignore_nulls=False).cast(pl.UInt8)


def edges(lf: pl.LazyFrame, bands: Bands) -> pl.LazyFrame:
    """The inner edges of `bands` on the values of `lf`: one row, `edge_1`, `edge_2`, ... (percent).

    Takes:  any frame with a Float64 `value`, as `answer` gives it.
    Gives:  one row; nulls for quintiles of no values at all.
    """
    return lf.select(cut.alias(f"edge_{i}") for i, cut in enumerate(bands.cuts(), 1))


def distribution(lf: pl.LazyFrame, top: float, *, bins: int = 40, low: float = 0) -> pl.LazyFrame:
    """How many values fall in each of `bins` equal steps from `low` to `top`: the histogram.

    Takes:  any frame with a Float64 `value` in percent; values over `top` count in the last bin.
    Gives:  `bin` (0 to bins - 1) and `organisations`, by bin; bins without any are left out.
    """
    # The top of the scale belongs to the last bin, and what lies beyond it does too.
    step = ((pl.col("value") - low) / (top - low) * bins).floor().clip(0, bins - 1).cast(pl.Int64)
    return (
        lf.filter(pl.col("value").is_not_null())
        .group_by(step.alias("bin"))
        .agg(organisations=pl.len())
        .sort("bin")
    )


def words(edges: tuple[float, ...] | list[float], decimals: int = 2) -> list[str]:
    """Each band in words, lowest first.

    Takes:  rising edges in percent, of which some may be equal; how many decimals they are said
            to, at most: up to three where fewer would make two edges read as one.

    >>> words((20, 40))
    ['under 20 %', '20 to 40 %', '40 % and over']
    >>> words((0.583, 0.612, 0.612), decimals=1)
    ['under 0.58 %', '0.58 to 0.61 %', 'none between', '0.61 % and over']
    """
    shown = _shown(edges, decimals)
    pairs = zip(edges, edges[1:], shown, shown[1:], strict=False)
    return [f"under {shown[0]} %", *(_between(*pair) for pair in pairs), f"{shown[-1]} % and over"]


def _shown(edges: tuple[float, ...] | list[float], decimals: int) -> list[str]:
    said = [f"{edge:.{decimals}f}".rstrip("0").rstrip(".") for edge in edges]
    # Two edges that are said alike would make a band that seems to hold nothing.
    is_enough = len(set(said)) == len(set(edges)) or decimals >= MOST_DECIMALS
    return said if is_enough else _shown(edges, decimals + 1)


def _between(low: float, high: float, low_said: str, high_said: str) -> str:
    if low == high:
        return "none between"
    return f"{low_said} to {high_said} %" if low_said != high_said else f"about {low_said} %"


def _custom(text: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(part) for part in text.split(","))
    except ValueError:
        edges = ()
    rising = all(low < high for low, high in zip(edges, edges[1:], strict=False))
    inside = all(0 < edge < 100 for edge in edges)  # false for nan, which no comparison holds for
    if not edges or len(edges) > MOST_EDGES or not rising or not inside:
        raise UnknownName(
            "these are no edges for bands",
            found=text,
            expected=RULE,
        )
    return edges
