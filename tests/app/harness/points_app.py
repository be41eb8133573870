"""A page with two maps and invented organisations, for looking at the points layer alone.

The first map has no tiles, the second has some that never come.

Run it with: shiny run tests.app.harness.points_app:app
"""

from functools import cache

import numpy as np
import polars as pl
from shiny import App, Inputs, Outputs, Session, reactive, render, ui
from shinywidgets import output_widget, render_widget

from app.assets import assets
from app.atlas.drawing import map_layer
from app.atlas.drawing.town_labels import PLACES
from app.joined import route as joined_files

PRACTICES = 6300
WORDS = ["under 20 %", "20 – 40 %", "40 – 60 %", "60 – 80 %", "80 % and over"]
YEARS = ["2020-21", "2021-22"]
INDICATORS = [f"IND{number:03}" for number in range(1, 9)]

app_ui = ui.page_fillable(
    ui.layout_sidebar(
        ui.sidebar(
            ui.input_select("indicator", "Indicator", INDICATORS),
            ui.input_select("year", "Year", YEARS),
            ui.input_switch("sheet", "Show the map", True),
            ui.input_action_button("find", "Find the last practice"),
            ui.output_text("picked"),
            ui.output_text("details"),
            width=220,
        ),
        ui.div(output_widget("map"), id="first", class_="html-fill-container html-fill-item"),
        ui.div(output_widget("areas", height="260px"), id="second"),
        assets(styles=("points",), scripts=("points",)),
        ui.tags.script(
            "$(document).on('shiny:inputchanged', ({name, value}) => {"
            " if (name === 'sheet') $('#first').toggle(value); })"
        ),
        padding=0,
        gap=0,
    ),
    padding=0,
)


def practices(year: str) -> pl.DataFrame:
    """Invented practices round the towns; the first six stand at known places."""
    rng = np.random.default_rng(YEARS.index(year))
    weight = np.array([30, 9, 9, 5, 4, 2, 2, 5, 5] + [1] * (len(PLACES) - 9), dtype=float)
    town = rng.choice(len(PLACES), PRACTICES, p=weight / weight.sum())
    latitude = np.array([place.latitude for place in PLACES])[town] + rng.laplace(
        0, 0.09, PRACTICES
    )
    longitude = np.array([place.longitude for place in PLACES])[town] + rng.laplace(
        0, 0.16, PRACTICES
    )
    # Alone in the Irish Sea; three at one address in the North Sea; one without a place.
    latitude[:6] = [53.9, 54.5, 54.5, 54.5, np.nan, 54.7]
    longitude[:6] = [-4.2, 0.9, 0.9, 0.9, np.nan, -4.4]
    names = [f"{PLACES[place].name} Surgery {index}" for index, place in enumerate(town)]
    names[0] = "The Lighthouse Surgery"
    return pl.DataFrame(
        {
            "organisation_code": [f"A{index:05}" for index in range(PRACTICES)],
            "organisation_name": names,
            "note": [f"{PLACES[place].name} PCN" for place in town],
            "latitude": latitude,
            "longitude": longitude,
        }
    ).with_columns(pl.col("latitude", "longitude").fill_nan(None))


@cache
def results(year: str, indicator: str) -> pl.DataFrame:
    """Invented results; the first practices have known ones: 50 of 100, in the middle band.

    The sixth is in the lowest band in IND001 and IND002, and in the second in IND003.
    """
    rng = np.random.default_rng([YEARS.index(year), INDICATORS.index(indicator)])
    denominator = rng.gamma(1.6, 60, PRACTICES).astype(int)
    share = rng.beta(6, 2.2, PRACTICES)
    numerator = rng.binomial(denominator, share)
    denominator[:6], numerator[:5] = 100, 50
    numerator[5] = 5 + 12 * INDICATORS.index(indicator)
    frame = pl.DataFrame({"numerator": numerator, "denominator": denominator})
    value = 100 * pl.col("numerator") / pl.col("denominator")
    half = 196 * (value / 100 * (1 - value / 100) / pl.col("denominator")).sqrt()
    return frame.with_columns(
        pl.when(pl.col("denominator") > 0).then(value).alias("value"),
        (value - half).clip(0, 100).fill_nan(None).alias("value_low"),
        (value + half).clip(0, 100).fill_nan(None).alias("value_high"),
        (pl.int_range(PRACTICES) % 90 != 89).alias("reported"),
        pl.col("denominator").is_between(1, 9).alias("small"),
    ).with_columns(
        (pl.col("value") / 20).floor().clip(0, 4).cast(pl.UInt8).alias("band"),
        ((pl.col("value_low") / 20).floor() != (pl.col("value_high") / 20).floor()).alias(
            "uncertain"
        ),
    )


def invented_areas() -> pl.DataFrame:
    """One invented area a town, with a list to size it by."""
    return pl.DataFrame(
        {
            "organisation_code": [f"Q{index:02}" for index in range(len(PLACES))],
            "organisation_name": [place.name for place in PLACES],
            "latitude": [place.latitude for place in PLACES],
            "longitude": [place.longitude for place in PLACES],
            "list_size": [2_000_000 // (index + 1) for index in range(len(PLACES))],
        }
    )


CASTS = {year: practices(year) for year in YEARS}


def server(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002  (Shiny's name)
    sent: set[str] = set()
    revision = 0

    @render_widget
    def map():  # noqa: A001  (the output's id)
        return map_layer.points_map()

    @render_widget
    def areas():
        return map_layer.points_map("no-tiles/{z}/{x}/{y}.png", attribution="Tiles by nobody")

    async def send(name: str, message: map_layer.Message) -> None:
        await session.send_custom_message(name, message)

    @reactive.effect(priority=10)
    async def send_codes() -> None:
        nonlocal revision
        revision += 1
        year, indicator = input.year(), input.indicator()
        if year not in sent:
            sent.add(year)
            await send("atlas-cast", map_layer.cast_message("map", year, CASTS[year]))
        await send(
            "atlas-codes",
            map_layer.codes_message(
                "map",
                year,
                results(year, indicator),
                words=WORDS,
                show=map_layer.show_mask(range(16)),
                title=f"{indicator}, {year}",
                revision=revision,
            ),
        )

    @reactive.effect
    async def send_names() -> None:
        await send("atlas-names", map_layer.names_message("map", input.year(), CASTS[input.year()]))

    @reactive.effect
    @reactive.event(input.map_detail)
    async def send_detail() -> None:
        year = input.year()
        frame = results(year, input.indicator())
        await send(
            "atlas-detail",
            map_layer.detail_message("map", year, frame, revision=input.map_detail()),
        )

    @reactive.effect
    @reactive.event(input.find)
    async def find() -> None:
        await send("atlas-select", map_layer.select_message("map", PRACTICES - 1, pan=True))

    @reactive.effect
    async def send_areas() -> None:
        frame = invented_areas()
        bands = pl.DataFrame({"band": [index % 4 for index in range(frame.height)]})
        codes = bands.with_columns(
            pl.lit(True).alias("reported"),
            pl.lit(5000).alias("denominator"),
            pl.lit(False).alias("small"),
            pl.lit(False).alias("uncertain"),
        )
        await send("atlas-cast", map_layer.cast_message("areas", "icb", frame, level="icb"))
        await send(
            "atlas-codes",
            map_layer.codes_message(
                "areas",
                "icb",
                codes,
                words=WORDS[:4],
                show=map_layer.show_mask(range(16)),
                title="Areas",
                revision=1,
            ),
        )
        await send("atlas-names", map_layer.names_message("areas", "icb", frame))

    @render.text
    def picked():
        return f"picked {input.map_pick()}" if "map_pick" in input else "picked nothing"

    @render.text
    def details():
        return f"details {input.map_detail()}" if "map_detail" in input else "details not asked"


app = App(app_ui, server)
app.starlette_app.router.routes.insert(0, joined_files())
