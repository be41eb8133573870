"""Area: practices of one organisation, practices that somebody listed, or all of England.

In questions, links and addresses an area is text (`icb:QOP`, `group:A81001.A81002`, empty for
England). Here alone that text is read and written.
"""

from dataclasses import dataclass

import polars as pl

from engine.atlas.rollup import organisation_code

GROUP = "group"


@dataclass(frozen=True)
class Area:
    """Where practices lie.

    level  the level of an organisation, `group`, or empty for all of England; whether there is such
           a level is for who asks
    codes  the organisation's code, or those of the group's practices

    >>> Area.parse("icb:QOP"), Area.parse("group:A81001.A81002").codes
    (Area(level='icb', codes=('QOP',)), ('A81001', 'A81002'))
    >>> str(Area.parse("icb:QOP")), str(Area())
    ('icb:QOP', '')
    """

    level: str = ""
    codes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Area":
        """The area that a text names; one without a code holds nobody."""
        level, _, code = text.partition(":")
        codes = code.split(".") if level == GROUP else [code]
        return cls(level, tuple(filter(None, codes)))

    def __str__(self) -> str:
        return f"{self.level}:{self.code}" if self.level else ""

    @property
    def code(self) -> str:
        """The organisation's code; of a group its practices', as a link has them."""
        return ".".join(self.codes)

    @property
    def is_group(self) -> bool:
        """Whether somebody listed its practices: it is no organisation."""
        return self.level == GROUP

    @property
    def upper(self) -> "Area":
        """The same with its codes as they are published, in capitals."""
        return Area(self.level, tuple(code.upper() for code in self.codes))

    @property
    def holds(self) -> pl.Expr:
        """Whether a practice lies in it.

        Takes: the columns of practice_geography; an area that is not all of England.
        """
        if self.is_group:
            return pl.col("practice_code").is_in(list(self.codes))
        return organisation_code(self.level) == self.code
