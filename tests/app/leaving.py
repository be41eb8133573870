"""What leaves the page, read back: the words and dots of a picture, the words in its file, and
figures worked out from the published counts without the code that is tested.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from playwright.sync_api import Page

from engine import Lake

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PAINTED = """([...ids]) => ids.every((id) => {
  const atlas = careAtlas?.maps[id];
  return atlas?.paints > 0 && atlas.cast?.codes && atlas.surface.map.getSize().x > 0;
})"""
# Nearer, where most are and dots stand apart, large enough to be told inside from rim.
NEARER = """(id) => new Promise((done) => {
  const { cast, surface: { map } } = careAtlas.maps[id];
  const { worldX: x, worldY: y } = cast;
  const near = (i) => x.filter((_, j) => Math.hypot(x[i] - x[j], y[i] - y[j]) < 0.001).length;
  const counts = [...x.keys()].map(near);
  const most = counts.indexOf(Math.max(...counts));
  map.once('moveend', () => requestAnimationFrame(done));
  const world = 256 * 2 ** 10;
  map.setView(map.unproject([x[most] * world, y[most] * world], 10), 10, { animate: false });
})"""
# What is written on the picture itself; the towns are written on canvases of their own.
COMPOSED = """async () => {
  const { compose, SCALE } = await import('./picture.js');
  const written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (words, x, y, ...rest) {
    written.push({ words, x, y, canvas: this.canvas });
    return fillText.call(this, words, x, y, ...rest);
  };
  try {
    const { canvas, maps } = compose();
    const words = written.filter((one) => one.canvas === canvas)
      .map(({ words, x, y }) => ({ words: String(words), x, y }));
    const pixel = (x, y) =>
      [...canvas.getContext('2d').getImageData(x * SCALE, y * SCALE, 1, 1).data].slice(0, 3);
    const dots = maps.map(({ id, left, top }) => {
      const { cast, codes, surface } = careAtlas.maps[id];
      const seen = [...codes.keys()].filter((i) => surface.shows(i) && surface.inView(i));
      const alone = seen.filter((i) => seen.every((j) => i === j ||
        Math.hypot(surface.x[i] - surface.x[j], surface.y[i] - surface.y[j]) > 12));
      return { id, left, top, dots: alone.map((i) =>
        ({ code: cast.codes[i], pixel: pixel(
          left + surface.x[i] + 0.7 * surface.radiusOf(i), top + surface.y[i]) })) };
    });
    return { words, maps: dots };
  } finally {
    CanvasRenderingContext2D.prototype.fillText = fillText;
  }
}"""


# The same of the picture that a print has in the place of the maps.
PRINTED = """() => {
  const written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) {
    written.push({ words, canvas: this.canvas });
    return fillText.call(this, words, ...rest);
  };
  dispatchEvent(new Event('beforeprint'));
  CanvasRenderingContext2D.prototype.fillText = fillText;
  const canvas = document.querySelector('.atlas-print-picture');
  return written.filter((one) => one.canvas === canvas).map(({ words }) => String(words).trim());
}"""


@dataclass(frozen=True)
class Picture:
    """words  what is written, with its place; maps: from left to right, with dots that are alone:
    each practice's code with the colour that is drawn there
    """

    words: list[dict[str, Any]]
    maps: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """All that is written, in the order of writing."""
        return " ".join(one["words"].strip() for one in self.words)

    def place(self, words: str) -> tuple[float, float]:
        """Where words stand that are written in one piece, and once."""
        [found] = [one for one in self.words if one["words"].strip() == words]
        return found["x"], found["y"]

    def bands(self, nth: int, ramp: tuple[str, ...]) -> dict[str, int]:
        """The band of every dot of one map that nothing touches, by its code.

        Of the colours of a ramp the nearest to that near the dot's rim: its middle is lighter where
        the band is uncertain.
        """
        hues = [bytes.fromhex(hue[1:]) for hue in ramp]
        dots = self.maps[nth]["dots"]
        return {dot["code"]: _nearest(bytes(dot["pixel"]), hues) for dot in dots}

    def counted(self, words: str) -> list[str]:
        """The numbers that stand in the line of some words of the legend, from the left.

        Of all lines that have these words: two bands between equal edges are called the same.
        """
        lines = {one["y"] for one in self.words if one["words"].strip() == words}
        beside = [one for one in self.words if one["y"] in lines and one["words"] != words]
        return [one["words"] for one in sorted(beside, key=lambda one: (one["y"], one["x"]))]


def _nearest(pixel: bytes, hues: list[bytes]) -> int:
    away = [sum((a - b) ** 2 for a, b in zip(pixel, hue, strict=True)) for hue in hues]
    return away.index(min(away))


def painted(page: Page, *maps: str) -> None:
    """Wait until these maps are drawn and know whose dots they have."""
    page.wait_for_function(PAINTED, arg=list(maps or ("map",)))
    page.wait_for_function("() => document.getElementById('shown').textContent.length > 0")


def nearer(page: Page, map_id: str = "map") -> None:
    """Look from near by at where most are; a second map follows."""
    page.wait_for_function(NEARER, arg=map_id)  # an evaluate would wait for ever


def picture_of(page: Page) -> Picture:
    """The picture that the page would save now."""
    found = page.evaluate(COMPOSED)
    return Picture(found["words"], found["maps"])


def printed(page: Page) -> str:
    """What is written on the picture of a print; the page is left as it is for the paper."""
    return " ".join(page.evaluate(PRINTED))


def saved(page: Page, name: str) -> tuple[str, bytes]:
    """What a link or a button of the menu saves: the file's name and its bytes."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).or_(
            page.get_by_role("button", name=name, exact=True)
        ).click()
    path = download.value.path()
    return download.value.suggested_filename, Path(path).read_bytes()


def words_in(png: bytes) -> dict[str, str]:
    """The words in a PNG by keyword, as any reader of such files finds them."""
    assert png.startswith(SIGNATURE)
    at, said = len(SIGNATURE), {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"iTXt":
            keyword, rest = body.split(b"\0", 1)
            said[keyword.decode("latin-1")] = rest[4:].decode("utf-8")
        at += length + 12
    return said


def published(lake: Lake, indicator: str, year: str) -> pl.DataFrame:
    """The counts of an indicator as published, with the share in percent: a row a practice.

    Straight from the table of the files' own counts: no question is asked.
    """
    rows = lake.scan("percent_achieved", year).filter(pl.col("indicator_code") == indicator)
    given = rows.filter(pl.col("numerator").is_not_null() & (pl.col("denominator") > 0))
    share = pl.col("numerator") * 100 / pl.col("denominator")
    return given.select("practice_code", "numerator", "denominator", share=share).collect()


def enough(rows: pl.DataFrame) -> pl.DataFrame:
    """Those with patients enough for a dot that is not faded."""
    return rows.filter(pl.col("denominator") >= 10)


def england(rows: pl.DataFrame) -> str:
    """The share of all of them together, as people read it."""
    return f"{rows['numerator'].sum() * 100 / rows['denominator'].sum():.1f} %"
